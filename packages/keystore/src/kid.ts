import { concat, fromHex, Reader, toHex, uintBytes } from '@edgeward/base'

/** Id and version of a key: what a `kid` on the wire says. A KeyHandle is one too. */
export interface KeyName {
  /** 8 bytes, lower-case hex. */
  readonly keyId: string
  readonly version: number
}

/** Bytes of a `kid`: key id and version (u32, big endian). envelope.md §1 */
export const kidBytes = 12

/** The 12 bytes of a `kid`. */
export function encodeKid({ keyId, version }: KeyName): Uint8Array {
  return concat(fromHex(keyId), uintBytes(version, 4))
}

/** Id and version in a `kid`. Throws a WireError for another length. */
export function decodeKid(kid: Uint8Array): KeyName {
  const reader = new Reader(kid)
  const keyId = toHex(reader.take(8))
  const version = reader.u32()
  reader.end()
  return { keyId, version }
}
