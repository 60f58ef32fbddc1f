import { createHash } from 'node:crypto'
import { concat, utf8 } from '@edgeward/base'
import { fingerprintWords } from './words.ts'

const words = 6
const bitsPerWord = 10n

/** The public keys of a module, `pub65` each. */
export interface ModulePublicKeys {
  readonly identity: Uint8Array
  readonly agreement: Uint8Array
  readonly reader: Uint8Array
}

/**
 * What an installer compares: six words, the first 60 bits of
 * SHA-256("edgeward/fingerprint/1" || 00 || identity || agreement || reader).
 */
export function keyFingerprint({ identity, agreement, reader }: ModulePublicKeys): string {
  const hashed = concat(utf8('edgeward/fingerprint/1\0'), identity, agreement, reader)
  const digest = createHash('sha256').update(hashed).digest()
  const bits = digest.readBigUInt64BE(0) >> (64n - BigInt(words) * bitsPerWord)
  const indices = Array.from({ length: words }, (_, i) => (bits >> (BigInt(words - 1 - i) * bitsPerWord)) & 0x3ffn)
  return indices.map(index => fingerprintWords[Number(index)]).join(' ')
}
