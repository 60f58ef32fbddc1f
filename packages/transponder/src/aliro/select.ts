/** SELECT and its answer. aliro.md §3. */
import { bytesEqual, concat, WireError } from '@edgeward/base'
import { decodeTable, encodeTlv } from '../apdu/tlv.ts'

/** A CSA application. */
const csaApplication = Uint8Array.of(0, 0)

const answerTable = { file: { tag: 0x6f, length: [0, 1_024] } } as const
const fileTable = {
  aid: { tag: 0x84, length: [0, 16] },
  proprietary: { tag: 0xa5, length: [0, 512] },
} as const
const proprietaryTable = {
  applicationType: { tag: 0x80, length: 2 },
  versions: { tag: 0x5c, length: [2, 64], optional: true },
  limits: { tag: 0x7f66, length: [0, 16], optional: true },
  vendor: { tag: 0xb3, length: [0, 127], optional: true },
} as const

/** What a device says of itself when it is selected. */
export interface SelectAnswer {
  readonly aid: Uint8Array
  readonly isCsaApplication: boolean
  /** Most wanted first. */
  readonly versions: readonly Uint8Array[]
  /** The A5 element byte by byte: part of every key derivation. */
  readonly proprietaryTlv: Uint8Array
}

/** The A5 element of a device with these versions. */
export function encodeProprietary(versions: readonly Uint8Array[]): Uint8Array {
  return encodeTlv(0xa5, encodeTlv(0x80, csaApplication), encodeTlv(0x5c, concat(...versions)))
}

/** The answer to a SELECT of this application. */
export function encodeSelectAnswer(aid: Uint8Array, proprietaryTlv: Uint8Array): Uint8Array {
  return encodeTlv(0x6f, encodeTlv(0x84, aid), proprietaryTlv)
}

/** What a device answered. Throws a WireError. */
export function decodeSelectAnswer(bytes: Uint8Array): SelectAnswer {
  const { file } = decodeTable(bytes, answerTable)
  const { aid, proprietary } = decodeTable(file.value, fileTable)
  const { applicationType, versions } = decodeTable(proprietary.value, proprietaryTable)
  if (!versions) throw new WireError('a device without versions')
  return {
    aid: aid.value,
    isCsaApplication: bytesEqual(applicationType.value, csaApplication),
    versions: splitVersions(versions.value),
    proprietaryTlv: proprietary.raw,
  }
}

function splitVersions(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length % 2 !== 0) throw new WireError('half a version')
  return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.slice(2 * i, 2 * i + 2))
}

/** The version that a reader takes: 1.0 if both have it, else the device's first that the reader has. */
export function commonVersion(
  offered: readonly Uint8Array[],
  own: readonly Uint8Array[],
  preferred: Uint8Array,
): Uint8Array | undefined {
  const common = offered.filter(version => own.some(supported => bytesEqual(supported, version)))
  return common.find(version => bytesEqual(version, preferred)) ?? common[0]
}
