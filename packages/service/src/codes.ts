/**
 * Codes that a person carries from one screen to another: 128 bits in Crockford's base 32. The database has their
 * hashes alone; with so much randomness a plain hash cannot be searched.
 */
import { createHash } from 'node:crypto'
import { concat, type Random, utf8 } from '@edgeward/base'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codeBytes = 16
const codeCharacters = 26
const group = 5

/** What a code is for; part of its hash, so that one kind is no good as another. */
export type CodeKind = 'log-in-link' | 'invitation' | 'commissioning-order' | 'session' | 'csrf' | 'challenge'

/** A fresh code: `7K2QF-…`. */
export function newCode(random: Random): string {
  let bits = random.bytes(codeBytes).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  let text = ''
  for (let i = 0; i < codeCharacters; i++) {
    text = alphabet[Number(bits & 31n)] + text
    bits >>= 5n
  }
  return (text.match(new RegExp(`.{1,${group}}`, 'g')) ?? []).join('-')
}

/** What a code that was typed means: case, hyphens, blanks and look-alikes do not matter. Undefined: no code. */
export function normalCode(typed: string): string | undefined {
  const text = typed.toUpperCase().replaceAll(/[-\s]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return text.length === codeCharacters && [...text].every(character => alphabet.includes(character)) ? text : undefined
}

/** What the database keeps of a code, or undefined for what is none. */
export function codeHash(kind: CodeKind, typed: string): Uint8Array | undefined {
  const code = normalCode(typed)
  return code === undefined ? undefined : secretHash(kind, utf8(code))
}

/** SHA-256 of a secret of at least 128 bits, by kind. */
export function secretHash(kind: CodeKind, secret: Uint8Array): Uint8Array {
  return Uint8Array.from(
    createHash('sha256')
      .update(concat(utf8(`edgeward/${kind}/1\0`), secret))
      .digest(),
  )
}
