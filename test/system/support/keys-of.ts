/** The secret bytes of the keys in a key store's folder. Only a test opens a store from beside it: with the file, root and time, the `software` driver hides nothing. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SystemRandom } from '@edgeward/base'
import { FileDisk } from '../../../packages/keystore/src/software/file-disk.ts'
import { openKeyFile } from '../../../packages/keystore/src/software/key-file.ts'
import { secretBytes } from '../../../packages/keystore/src/software/key-material.ts'

export interface SecretKey {
  readonly keyId: string
  readonly version: number
  readonly purpose: string
  readonly secret: Buffer
}

export async function keysOf(folder: string): Promise<readonly SecretKey[]> {
  const copy = mkdtempSync(join(tmpdir(), 'edgeward-keys-'))
  try {
    cpSync(folder, copy, { recursive: true, filter: path => !path.endsWith('.pid') && !path.endsWith('lock') })
    const { keys } = await openKeyFile(new FileDisk(copy), new SystemRandom(), undefined)
    return [...keys.values()].map(({ handle, material }) => ({
      keyId: handle.keyId,
      version: handle.version,
      purpose: handle.purpose,
      secret: secretBytes(handle.algorithm, material),
    }))
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
