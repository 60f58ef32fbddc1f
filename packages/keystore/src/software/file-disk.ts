import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk, FolderLock } from './disk.ts'
import { lockFolder } from './folder-lock.ts'

const ownerOnly = 0o600

/** A folder of the file system, made with mode 0700 when it is not there. */
export class FileDisk implements Disk {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    try {
      return Uint8Array.from(await readFile(join(this.#folder, name)))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const file = await open(join(this.#folder, name), 'w', ownerOnly)
    try {
      // A file that was there keeps its mode when it is opened.
      await file.chmod(ownerOnly)
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(join(this.#folder, from), join(this.#folder, to))
  }

  async syncFolder(): Promise<void> {
    const folder = await open(this.#folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }

  async lock(): Promise<FolderLock> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    return lockFolder(this.#folder)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
