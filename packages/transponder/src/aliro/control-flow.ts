/** CONTROL FLOW: a reader gives up. aliro.md §10. */
import { concat } from '@edgeward/base'
import { decodeTable, encodeTlv } from '../apdu/tlv.ts'

/** Second byte: why. */
export const controlFlowReason = { none: 0x00, versionNotSupported: 0x27 } as const
const finishedWithFailure = 0x00

const table = {
  s1: { tag: 0x41, length: 1 },
  s2: { tag: 0x42, length: 1 },
  data: { tag: 0x43, length: [0, 250], optional: true },
} as const

export function encodeControlFlow(s2: number): Uint8Array {
  return concat(encodeTlv(0x41, Uint8Array.of(finishedWithFailure)), encodeTlv(0x42, Uint8Array.of(s2)))
}

/** Throws a WireError. */
export function decodeControlFlow(bytes: Uint8Array): { readonly s1: number; readonly s2: number } {
  const { s1, s2 } = decodeTable(bytes, table)
  return { s1: s1.value[0] as number, s2: s2.value[0] as number }
}
