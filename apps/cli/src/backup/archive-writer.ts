/** Writes a backup file: members as they come, each hashed on its way, the hashes last. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { PassThrough, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { BackupSink } from '@edgeward/service/backup'
import { type BackupHead, headPath, type ManifestMember, manifestPath } from './manifest.ts'
import { sealingStream } from './sealed-stream.ts'
import { tarEnd, tarHeader, tarPadding } from './tar.ts'

const readBytes = 1 << 20
/** What is much is zeros; more effort is hardly smaller. */
const gzipLevel = 1

export class ArchiveWriter implements BackupSink {
  readonly #head: BackupHead
  readonly #members: ManifestMember[] = []
  readonly #input = new PassThrough()
  readonly #written: Promise<void>
  #failure: Error | undefined

  private constructor(head: BackupHead, path: string, sealing: Transform | undefined) {
    this.#head = head
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
    const gzip = createGzip({ level: gzipLevel })
    this.#written = sealing ? pipeline(this.#input, gzip, sealing, file) : pipeline(this.#input, gzip, file)
    // Told at the next write, or at the end.
    this.#written.catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(String(error))
    })
  }

  /** Begins a file that is not there yet, readable by its owner alone. */
  static async begin(path: string, head: BackupHead, passphrase: string | undefined): Promise<ArchiveWriter> {
    const writer = new ArchiveWriter(head, path, passphrase === undefined ? undefined : await sealingStream(passphrase))
    await writer.#member(headPath, Buffer.from(JSON.stringify(head)))
    return writer
  }

  get size(): number {
    return this.#members.reduce((sum, { size }) => sum + size, 0)
  }

  async folder(path: string): Promise<void> {
    await this.#write(tarHeader({ path, kind: 'folder', size: 0 }, this.#seconds))
    this.#members.push({ path, size: 0 })
  }

  async bytes(path: string, content: Uint8Array): Promise<void> {
    this.#members.push({ path, size: content.length, sha256: createHash('sha256').update(content).digest('hex') })
    await this.#member(path, content)
  }

  /** As long as it is when it is opened: what grows meanwhile is cut, what shrinks is filled with zeros. */
  async file(path: string, from: string): Promise<void> {
    let handle: Awaited<ReturnType<typeof open>>
    try {
      handle = await open(from, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    try {
      const { size } = await handle.stat()
      await this.#write(tarHeader({ path, kind: 'file', size }, this.#seconds))
      const hash = createHash('sha256')
      for (let at = 0; at < size; ) {
        const wanted = Math.min(readBytes, size - at)
        const piece = Buffer.alloc(wanted)
        const { bytesRead } = await handle.read(piece, 0, wanted, at)
        const part = piece.subarray(0, bytesRead === 0 ? wanted : bytesRead)
        hash.update(part)
        await this.#write(part)
        at += part.length
      }
      await this.#write(tarPadding(size))
      this.#members.push({ path, size, sha256: hash.digest('hex') })
    } finally {
      await handle.close()
    }
  }

  /** The hashes, and everything on the disk. */
  async end(): Promise<void> {
    await this.#member(manifestPath, Buffer.from(JSON.stringify({ ...this.#head, members: this.#members })))
    await this.#write(tarEnd)
    this.#input.end()
    await this.#written
  }

  /** Gives up. The file is for the caller to remove. */
  async abandon(): Promise<void> {
    this.#input.destroy()
    await this.#written.catch(() => undefined)
  }

  get #seconds(): number {
    return Math.floor(Date.parse(this.#head.takenAt) / 1000)
  }

  async #member(path: string, content: Uint8Array): Promise<void> {
    await this.#write(tarHeader({ path, kind: 'file', size: content.length }, this.#seconds))
    await this.#write(content)
    await this.#write(tarPadding(content.length))
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#check()
    if (bytes.length === 0 || this.#input.write(bytes)) return
    await Promise.race([once(this.#input, 'drain'), this.#written])
    this.#check()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}
