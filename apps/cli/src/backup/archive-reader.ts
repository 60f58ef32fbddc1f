/** Reads a backup file from its beginning, member by member, and checks all of it. Used twice: to look, then to write. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { PassThrough, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { CliError } from '../cli-error.ts'
import { backupFault, damaged } from './failure.ts'
import { type BackupHead, headPath, type ManifestMember, manifestPath, readHead, readMembers } from './manifest.ts'
import { openingStream, sealedHeadBytes, sealedMagic } from './sealed-stream.ts'
import { blockBytes, readTarHeader, type TarMember, tarPadding } from './tar.ts'

const gzipMagic = Buffer.from([0x1f, 0x8b])
/** Head and list of contents are read whole. */
const longestText = 64 * 2 ** 20
/** What a data folder may hold; anything else is no backup of ours. */
const places = /^(database|service|modules|wallets)(\/|$)|^(clock\.json|demo-pins\.txt)$/

/** Takes the members, in their order. Folders come before what is in them. */
export interface MemberTaker {
  folder(path: string): Promise<void>
  /** The content, piece by piece; all of it is here when it ends. */
  file(path: string, content: AsyncIterable<Buffer>): Promise<void>
}

export interface ReadBackup {
  readonly head: BackupHead
  readonly members: readonly ManifestMember[]
}

/** Whether a backup needs a passphrase. Throws a CliError `not-a-backup`. */
export async function isSealed(file: FileHandle): Promise<boolean> {
  const start = Buffer.alloc(sealedMagic.length)
  const { bytesRead } = await file.read(start, 0, start.length, 0)
  if (bytesRead === start.length && start.equals(sealedMagic)) return true
  if (bytesRead >= gzipMagic.length && start.subarray(0, 2).equals(gzipMagic)) return false
  throw notABackup()
}

/** Reads all of it; what is wrong is a CliError (see `BackupFault`). */
export async function readBackup(
  file: FileHandle,
  passphrase: string | undefined,
  taker: MemberTaker,
): Promise<ReadBackup> {
  const sealed = await isSealed(file)
  const output = new PassThrough()
  const piped = decode(file, sealed ? await openingOf(file, passphrase) : undefined, output)
  piped.catch((error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))))
  try {
    const read = await readMembersOf(new Pieces(output), taker)
    await piped
    return read
  } catch (error) {
    throw explained(error)
  } finally {
    output.destroy()
    await piped.catch(() => undefined)
  }
}

async function openingOf(file: FileHandle, passphrase: string | undefined): Promise<Transform> {
  const head = Buffer.alloc(sealedHeadBytes)
  const { bytesRead } = await file.read(head, 0, head.length, 0)
  if (bytesRead < head.length) throw damaged('it ends too early')
  return openingStream(passphrase ?? '', head)
}

function decode(file: FileHandle, opening: Transform | undefined, output: PassThrough): Promise<void> {
  const bytes = file.createReadStream({ start: opening ? sealedHeadBytes : 0, autoClose: false })
  const gunzip = createGunzip()
  return opening ? pipeline(bytes, opening, gunzip, output) : pipeline(bytes, gunzip, output)
}

async function readMembersOf(pieces: Pieces, taker: MemberTaker): Promise<ReadBackup> {
  const head = await firstMember(pieces)
  const found: ManifestMember[] = []
  const seen = new Set<string>()
  for (;;) {
    const member = readTarHeader(await pieces.block())
    if (member === undefined) throw damaged('its list of contents is missing')
    if (member.path === manifestPath) {
      const text = await textOf(pieces, member)
      const members = readMembers(text)
      if (JSON.stringify(readHead(text)) !== JSON.stringify(head)) throw damaged('its first words were changed')
      checkSame(found, members)
      if (readTarHeader(await pieces.block()) !== undefined) throw damaged('something follows after its end')
      await pieces.drain()
      return { head, members }
    }
    checkPlace(member, seen)
    found.push(await take(pieces, member, taker))
  }
}

async function firstMember(pieces: Pieces): Promise<BackupHead> {
  let member: TarMember | undefined
  try {
    member = readTarHeader(await pieces.block())
  } catch (error) {
    // A gzip file of something else.
    if (error instanceof CliError && error.code === 'backup-damaged' && pieces.taken === blockBytes) throw notABackup()
    throw error
  }
  if (member?.path !== headPath) throw notABackup()
  return readHead(await textOf(pieces, member))
}

/** Where a plant has something, once, in a folder that came before. */
function checkPlace({ path, kind }: TarMember, seen: Set<string>): void {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  if (!places.test(path) || seen.has(path) || (parent !== '' && !seen.has(`${parent}/`))) {
    throw backupFault(
      'backup-refused',
      `The backup holds ${JSON.stringify(path)}, which has no place in a data folder. Edgeward makes no such backup; nothing was restored.`,
    )
  }
  seen.add(path)
  if (kind === 'folder') seen.add(`${path}/`)
}

async function take(pieces: Pieces, member: TarMember, taker: MemberTaker): Promise<ManifestMember> {
  const { path, kind, size } = member
  if (kind === 'folder') {
    await taker.folder(path)
    return { path, size: 0 }
  }
  const hash = createHash('sha256')
  await taker.file(path, hashed(pieces.content(size), hash))
  return { path, size, sha256: hash.digest('hex') }
}

async function* hashed(content: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>): AsyncIterable<Buffer> {
  for await (const piece of content) {
    hash.update(piece)
    yield piece
  }
}

function checkSame(found: readonly ManifestMember[], listed: readonly ManifestMember[]): void {
  if (found.length !== listed.length) throw damaged('it does not hold what it lists')
  for (const [i, member] of found.entries()) {
    const { path, size, sha256 } = listed[i] as ManifestMember
    if (path !== member.path || size !== member.size || sha256 !== member.sha256)
      throw damaged(`${member.path} is not what was backed up`)
  }
}

async function textOf(pieces: Pieces, { size }: TarMember): Promise<string> {
  if (size > longestText) throw damaged('what it says of itself is too long')
  const chunks: Buffer[] = []
  for await (const piece of pieces.content(size)) chunks.push(piece)
  return Buffer.concat(chunks).toString('utf8')
}

/** Faults of the layers below, as what they mean. */
function explained(error: unknown): unknown {
  if (error instanceof CliError) return error
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' && (code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE'))
    return damaged(code === 'Z_BUF_ERROR' ? 'it ends too early' : 'it was changed', error)
  return error
}

function notABackup(): CliError {
  return backupFault(
    'not-a-backup',
    'This file is no backup of Edgeward. Give one that `edgeward backup FILE` has made. Nothing was restored.',
  )
}

/** Bytes of a stream, as many at a time as one wants. */
class Pieces {
  readonly #source: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)
  taken = 0

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async block(): Promise<Buffer> {
    const parts: Buffer[] = []
    for await (const part of this.#exactly(blockBytes)) parts.push(part)
    this.taken += blockBytes
    return Buffer.concat(parts)
  }

  /** The content of a member and what fills its last block. */
  async *content(size: number): AsyncIterable<Buffer> {
    yield* this.#exactly(size)
    for await (const _ of this.#exactly(tarPadding(size).length));
  }

  /** Nothing but zeros may follow. */
  async drain(): Promise<void> {
    for (let next = this.#rest; ; ) {
      if (next.some(byte => byte !== 0)) throw damaged('something follows after its end')
      const { value, done } = await this.#source.next()
      if (done) return
      next = value
    }
  }

  async *#exactly(size: number): AsyncIterable<Buffer> {
    for (let left = size; left > 0; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#source.next()
        if (done) throw damaged('it ends too early')
        this.#rest = value
        continue
      }
      const part = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(part.length)
      left -= part.length
      yield part
    }
  }
}
