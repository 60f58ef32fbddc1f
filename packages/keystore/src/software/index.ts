/** The door of the software driver. */
import { type Random, SystemRandom } from '@edgeward/base'
import type { KeyStore } from '../keystore.ts'
import type { Disk } from './disk.ts'
import { FileDisk } from './file-disk.ts'
import { MemoryDisk } from './memory-disk.ts'
import { openOnDisk } from './software-key-store.ts'

export type { Disk, FolderLock } from './disk.ts'
export { MemoryDisk } from './memory-disk.ts'

export interface SoftwareKeyStoreOptions {
  /** Where the key file lies; made with mode 0700 when missing. */
  readonly folder: string
  /** Without one, a machine secret of mode 0600 lies beside the key file and protects nothing against a copied folder. */
  readonly passphrase?: string
  /** Default: the operating system's generator. */
  readonly random?: Random
  /** Default: the file system. */
  readonly disk?: Disk
}

/**
 * Opens the key store of a folder, or makes an empty one. Throws a KeyStoreError: `busy` (another process has it),
 * `authentication-failed` (passphrase), `damaged`, `self-test-failed`, `gone` (the folder cannot be used).
 */
export async function openSoftwareKeyStore(options: SoftwareKeyStoreOptions): Promise<KeyStore> {
  const { folder, passphrase, random = new SystemRandom(), disk = new FileDisk(folder) } = options
  return openOnDisk({ disk, random, ...(passphrase !== undefined && { passphrase }) })
}

/** A key store that is gone with the process: for tests, simulations and conformance runs. */
export async function createMemoryKeyStore(random: Random = new SystemRandom()): Promise<KeyStore> {
  return openOnDisk({ disk: new MemoryDisk(), random })
}
