import { KeyStoreError } from '../errors.ts'
import type { Disk, FolderLock } from './disk.ts'

/** A folder in memory: for tests and simulations. Its content outlives the store that used it. */
export class MemoryDisk implements Disk {
  readonly #files = new Map<string, Uint8Array>()
  #locked = false

  async read(name: string): Promise<Uint8Array | undefined> {
    const file = this.#files.get(name)
    return file && Uint8Array.from(file)
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    // A copy, also of a Buffer that its owner wipes.
    this.#files.set(name, Uint8Array.from(bytes))
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.#files.get(from)
    if (file === undefined) throw new Error(`no file ${from}`)
    this.#files.delete(from)
    this.#files.set(to, file)
  }

  async syncFolder(): Promise<void> {
    // Memory has nothing to force.
  }

  async lock(): Promise<FolderLock> {
    if (this.#locked) throw new KeyStoreError('busy', 'another store has this folder open')
    this.#locked = true
    return {
      release: async () => {
        this.#locked = false
      },
    }
  }
}
