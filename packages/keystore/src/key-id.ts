import { createHash } from 'node:crypto'
import { concat, toHex, utf8 } from '@edgeward/base'
import type { KeyPurpose } from './keystore.ts'

/** What a key is called after. */
export interface KeySubject {
  /** The site's 16 bytes. */
  readonly site: Uint8Array
  readonly purpose: KeyPurpose
  /** 8 bytes: a module's or key group's party id; absent for a key of the whole site. */
  readonly subject?: Uint8Array
}

/** Key id of keys.md §6: 8 bytes, lower-case hex. Throws a RangeError for a site or subject of another length. */
export function keyIdOf({ site, purpose, subject }: KeySubject): string {
  if (site.length !== 16) throw new RangeError('a site id has 16 bytes')
  if (subject !== undefined && subject.length !== 8) throw new RangeError('the subject of a key has 8 bytes')
  const name = concat(utf8('edgeward/key/1\0'), site, utf8(`${purpose}\0`), subject ?? new Uint8Array())
  return toHex(createHash('sha256').update(name).digest().subarray(0, 8))
}
