import type { Disk, FolderLock } from '@edgeward/keystore/software'
import type { Chance } from '../kernel/chance.ts'
import { DiskError, type Power } from '../kernel/power.ts'

/** The folder of a key store, as it is on the disk: it outlives the machine's lives. */
export class KeyFolder {
  /** What a rename that was not forced yet may fall back to. */
  forced: ReadonlyMap<string, Uint8Array> = new Map()
  files: Map<string, Uint8Array> = new Map()

  /** After a cut: a rename that was not forced may be there or not. */
  settle(chance: Chance): void {
    if (chance.percent(50)) this.files = new Map(this.forced)
    this.forced = new Map(this.files)
  }
}

/** The folder during one life of the machine. */
export class SimDisk implements Disk {
  readonly #folder: KeyFolder
  readonly #power: Power
  readonly #chance: Chance

  constructor(folder: KeyFolder, power: Power, chance: Chance) {
    this.#folder = folder
    this.#power = power
    this.#chance = chance
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    this.#power.operate()
    const file = this.#folder.files.get(name)
    return file && Uint8Array.from(file)
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const { files } = this.#folder
    try {
      this.#power.operate()
      if (this.#power.fault === 'full') throw new DiskError('ENOSPC')
    } catch (error) {
      // What was begun may be there in part.
      if (this.#power.isOn || !this.#chance.percent(50)) throw error
      files.set(name, bytes.slice(0, this.#chance.below(bytes.length)))
      this.#folder.forced = new Map([...this.#folder.forced, [name, files.get(name) ?? new Uint8Array()]])
      throw error
    }
    files.set(name, Uint8Array.from(bytes))
    this.#folder.forced = new Map([...this.#folder.forced, [name, Uint8Array.from(bytes)]])
  }

  async rename(from: string, to: string): Promise<void> {
    this.#power.operate()
    const { files } = this.#folder
    const file = files.get(from)
    if (file === undefined) throw new Error(`no file ${from}`)
    files.delete(from)
    files.set(to, file)
  }

  async syncFolder(): Promise<void> {
    this.#power.operate()
    this.#folder.forced = new Map(this.#folder.files)
  }

  async lock(): Promise<FolderLock> {
    return { release: async () => undefined }
  }
}
