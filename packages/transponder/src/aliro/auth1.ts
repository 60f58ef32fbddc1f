/** AUTH1: the reader's proof, and behind it, encrypted, the credential's. aliro.md §6. */
import { concat, fromUtf8, uintBytes, utf8, WireError } from '@edgeward/base'
import { decodeTable, encodeTlv } from '../apdu/tlv.ts'

const commandTable = {
  parameters: { tag: 0x41, length: 1 },
  signature: { tag: 0x9e, length: 64 },
  certificate: { tag: 0x90, length: [1, 4096], optional: true },
} as const
const answerTable = {
  keySlot: { tag: 0x4e, length: 8, optional: true },
  publicKey: { tag: 0x5a, length: 65, optional: true },
  signature: { tag: 0x9e, length: 64, optional: true },
  mailboxSubset: { tag: 0x4b, length: [0, 65_535], optional: true },
  signalingBitmap: { tag: 0x5e, length: 2 },
  credentialTimestamp: { tag: 0x91, length: 20, optional: true },
  revocationTimestamp: { tag: 0x92, length: 20, optional: true },
} as const

/** Bit of the parameters: answer with the public key, else with the key slot. */
const publicKeyRequested = 0x01

export interface Auth1Command {
  readonly wantsPublicKey: boolean
  readonly signature: Uint8Array
  readonly certificate?: Uint8Array
}

/** The plaintext of the answer. A reader finds out whether what it needs is there. */
export interface Auth1Answer {
  readonly keySlot?: Uint8Array
  readonly publicKey?: Uint8Array
  readonly signature?: Uint8Array
  readonly signalingBitmap: number
  /** `YYYY-MM-DDThh:mm:ssZ`. */
  readonly credentialTimestamp?: string
  readonly revocationTimestamp?: string
}

export function encodeAuth1({ wantsPublicKey, signature, certificate }: Auth1Command): Uint8Array {
  return concat(
    encodeTlv(0x41, Uint8Array.of(wantsPublicKey ? publicKeyRequested : 0)),
    encodeTlv(0x9e, signature),
    certificate ? encodeTlv(0x90, certificate) : new Uint8Array(0),
  )
}

/** Throws a WireError. */
export function decodeAuth1(bytes: Uint8Array): Auth1Command {
  const { parameters, signature, certificate } = decodeTable(bytes, commandTable)
  return {
    wantsPublicKey: ((parameters.value[0] as number) & publicKeyRequested) !== 0,
    signature: signature.value,
    ...(certificate ? { certificate: certificate.value } : {}),
  }
}

export function encodeAuth1Answer(answer: Auth1Answer): Uint8Array {
  const element = (tag: number, value: Uint8Array | undefined) => (value ? encodeTlv(tag, value) : new Uint8Array(0))
  const text = (value: string | undefined) => (value === undefined ? undefined : utf8(value))
  return concat(
    element(0x4e, answer.keySlot),
    element(0x5a, answer.publicKey),
    element(0x9e, answer.signature),
    encodeTlv(0x5e, uintBytes(answer.signalingBitmap, 2)),
    element(0x91, text(answer.credentialTimestamp)),
    element(0x92, text(answer.revocationTimestamp)),
  )
}

/** Throws a WireError. A missing key or signature is left to the reader, which has a status for each. */
export function decodeAuth1Answer(plaintext: Uint8Array): Auth1Answer {
  const fields = decodeTable(plaintext, answerTable)
  const [high = 0, low = 0] = fields.signalingBitmap.value
  const credentialTimestamp = timestamp(fields.credentialTimestamp?.value)
  const revocationTimestamp = timestamp(fields.revocationTimestamp?.value)
  return {
    ...(fields.keySlot ? { keySlot: fields.keySlot.value } : {}),
    ...(fields.publicKey ? { publicKey: fields.publicKey.value } : {}),
    ...(fields.signature ? { signature: fields.signature.value } : {}),
    signalingBitmap: (high << 8) | low,
    ...(credentialTimestamp === undefined ? {} : { credentialTimestamp }),
    ...(revocationTimestamp === undefined ? {} : { revocationTimestamp }),
  }
}

/** Zeros say that there is no document. aliro.md §4. */
function timestamp(value: Uint8Array | undefined): string | undefined {
  if (!value || value.every(byte => byte === 0)) return undefined
  if (!value.every(byte => byte >= 0x20 && byte < 0x7f)) throw new WireError('a timestamp that is not ASCII')
  return fromUtf8(value)
}
