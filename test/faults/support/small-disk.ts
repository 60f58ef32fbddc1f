/** A file system of a few MiB that a test fills and frees. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ballast = 'ballast-'
const pageBytes = 4_096

export class SmallDisk {
  readonly folder: string
  #files = 0

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Throws when this process may not mount one. */
  static mount(mebibytes: number): SmallDisk {
    const folder = mkdtempSync(join(tmpdir(), 'edgeward-disk-'))
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], { stdio: 'pipe' })
    } catch (cause) {
      rmSync(folder, { recursive: true })
      throw new Error('a disk of its own cannot be mounted: run these tests as root, where mounting is allowed', {
        cause,
      })
    }
    return new SmallDisk(folder)
  }

  /** Bytes that are free. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.folder)
    return bavail * bsize
  }

  /** Takes every byte that is free. */
  fill(): void {
    this.#files += 1
    const file = openSync(join(this.folder, `${ballast}${this.#files}`), 'w')
    const page = new Uint8Array(pageBytes)
    try {
      for (;;) writeSync(file, page)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    } finally {
      closeSync(file)
    }
  }

  /** Gives back what `fill` took. */
  empty(): void {
    for (const name of readdirSync(this.folder)) {
      if (name.startsWith(ballast)) rmSync(join(this.folder, name))
    }
  }

  unmount(): void {
    execFileSync('umount', [this.folder], { stdio: 'pipe' })
    rmSync(this.folder, { recursive: true })
  }
}
