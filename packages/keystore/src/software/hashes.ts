import { createHmac, hkdfSync, type KeyObject } from 'node:crypto'

/** HMAC-SHA-256 (RFC 2104), all 32 bytes. */
export function hmacSha256(key: KeyObject, data: Uint8Array): Uint8Array {
  return Uint8Array.from(createHmac('sha256', key).update(data).digest())
}

/** HKDF-SHA-256 (RFC 5869): `size` bytes, at most 255 * 32, in a buffer that the caller wipes. Throws a RangeError. */
export function hkdfSha256(
  secret: Uint8Array,
  { salt, info, size }: { salt: Uint8Array; info: Uint8Array; size: number },
): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, size))
}
