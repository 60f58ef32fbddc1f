/** Looking for words that should be nowhere. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A word as it is, and as bytes of it look in text: in hex, and in base64 wherever it begins. */
export function disguises(word: string): readonly string[] {
  const bytes = Buffer.from(word)
  const base64 = [0, 1, 2].map(lead => {
    const encoded = Buffer.concat([Buffer.alloc(lead), bytes]).toString('base64url')
    // What depends on the neighbours is cut off at both ends.
    const [from, rest] = [Math.ceil((lead * 8) / 6), (lead + bytes.length) % 3]
    return encoded.slice(from, rest === 0 ? undefined : -1)
  })
  return [word, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...base64]
}

/** Which of the words stand in it, in whatever disguise. */
export function found(words: readonly string[], where: Buffer | string): readonly string[] {
  const bytes = typeof where === 'string' ? Buffer.from(where) : where
  return words.filter(word => disguises(word).some(disguise => bytes.includes(disguise)))
}

/** The same in every file of a folder. */
export function foundInFolder(words: readonly string[], folder: string): readonly string[] {
  const hits = filesOf(folder).flatMap(path => found(words, readFileSync(path)))
  return words.filter(word => hits.includes(word))
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    const status = statSync(path)
    if (status.isDirectory()) return filesOf(path)
    return status.isFile() ? [path] : []
  })
}
