/** What our wallets lay into the Aliro mailbox: a directory, then what it names. aliro.md §20. */
import { concat, Reader, uintBytes } from '@edgeward/base'
import { TransponderError } from '../errors.ts'

/** The least a mailbox of ours holds, which a module reads in one EXCHANGE: the directory and a document of 1,024 bytes. */
export const firstReadBytes = 1_088
/** Offsets have 16 bits. */
export const maxMailboxBytes = 65_535
export const directoryBytes = 64
/** Entries of one directory; what is more goes into a further directory. */
const maxDirectoryEntries = 4
/** Directories that a reader follows. */
const maxDirectories = 24

/** What an entry is: its number on the wire. */
export const entryKinds = { credentialDocument: 1, envelopeForModule: 2, envelopeForService: 3, directory: 4 } as const
export type EntryKind = keyof typeof entryKinds

/** Sizes that a credential document on a phone has. envelope.md §7. */
const documentSizes: readonly number[] = [1_024, 4_096]

const format = 1

/** Something to be laid into a mailbox. */
export interface MailboxContent {
  readonly kind: Exclude<EntryKind, 'directory'>
  /** For whom: key group, module or service, 8 bytes. */
  readonly to: Uint8Array
  readonly content: Uint8Array
}

/** Where something lies in a mailbox. */
export interface DirectoryEntry {
  readonly kind: EntryKind
  readonly to: Uint8Array
  readonly offset: number
  readonly length: number
}

/**
 * The bytes of a mailbox: the document that will probably be asked for comes first in the list and lies at 64.
 * Throws `mailbox-beyond` when it does not fit, `mailbox-format` for a content that no entry can name.
 */
export function layOutMailbox(contents: readonly MailboxContent[]): Uint8Array {
  const groups = directoryGroups(contents)
  if (groups.length > maxDirectories)
    throw new TransponderError('mailbox-beyond', `more than ${maxDirectories} directories`)
  let offset = directoryBytes
  const parts: Uint8Array[] = []
  const place = (bytes: Uint8Array): number => {
    const at = offset
    offset += bytes.length
    if (offset > maxMailboxBytes) throw new TransponderError('mailbox-beyond', `more than ${maxMailboxBytes} bytes`)
    parts.push(bytes)
    return at
  }

  const directories = groups.map(group =>
    group.map(item => {
      checkContent(item)
      return { kind: item.kind, to: item.to, offset: place(item.content), length: item.content.length }
    }),
  )
  // The further directories lie behind all contents, the last one last: each names the next.
  let next: DirectoryEntry | undefined
  for (const entries of directories.slice(1).reverse()) {
    const bytes = encodeDirectory(next ? [...entries, next] : entries)
    next = { kind: 'directory', to: new Uint8Array(8), offset: place(bytes), length: directoryBytes }
  }
  const first = encodeDirectory(next ? [...(directories[0] ?? []), next] : (directories[0] ?? []))
  const used = concat(first, ...parts)
  return used.length >= firstReadBytes ? used : concat(used, new Uint8Array(firstReadBytes - used.length))
}

/** Four entries in the last directory, three and the name of the next one in those before. */
function directoryGroups(contents: readonly MailboxContent[]): (readonly MailboxContent[])[] {
  const groups: (readonly MailboxContent[])[] = []
  let rest = contents
  while (rest.length > maxDirectoryEntries) {
    groups.push(rest.slice(0, maxDirectoryEntries - 1))
    rest = rest.slice(maxDirectoryEntries - 1)
  }
  return [...groups, rest]
}

function checkContent({ kind, to, content }: MailboxContent): void {
  if (to.length !== 8) throw new TransponderError('mailbox-format', `an entry is for 8 bytes, not ${to.length}`)
  if (!lengthFits(kind, content.length)) {
    throw new TransponderError('mailbox-format', `${content.length} bytes are no ${kind}`)
  }
}

/** The 64 bytes of a directory. */
function encodeDirectory(entries: readonly DirectoryEntry[]): Uint8Array {
  if (entries.length > maxDirectoryEntries) throw new TransponderError('mailbox-format', 'more than 4 entries')
  const listed = entries.map(({ kind, to, offset, length }) =>
    concat(Uint8Array.of(entryKinds[kind]), to, uintBytes(offset, 2), uintBytes(length, 2)),
  )
  const used = concat(Uint8Array.of(format, entries.length), ...listed)
  return concat(used, new Uint8Array(directoryBytes - used.length))
}

/**
 * The entries of a directory. `mailboxBytes` is what is known of the mailbox's size (default: all that offsets reach).
 * Throws `mailbox-format`, `mailbox-overlap` or `mailbox-beyond`; whoever reads then goes on as without a document.
 */
export function readDirectory(bytes: Uint8Array, mailboxBytes: number = maxMailboxBytes): readonly DirectoryEntry[] {
  if (bytes.length < directoryBytes)
    throw new TransponderError('mailbox-format', `a directory of ${bytes.length} bytes`)
  const reader = new Reader(bytes.subarray(0, directoryBytes))
  if (reader.u8() !== format) throw new TransponderError('mailbox-format', 'not a directory of format 1')
  const count = reader.u8()
  if (count > maxDirectoryEntries) throw new TransponderError('mailbox-format', `${count} entries`)
  const entries = Array.from({ length: count }, () => readEntry(reader))
  if (reader.take(reader.remaining).some(byte => byte !== 0)) {
    throw new TransponderError('mailbox-format', 'something behind the last entry')
  }
  checkPlaces(entries, mailboxBytes)
  return entries
}

/**
 * All entries of a mailbox, further directories followed, for a reader that fetches by `read`.
 * Throws what `read` throws and what `readDirectory` throws; `mailbox-format` for more than 24 directories.
 */
export async function readEntries(
  first: Uint8Array,
  read: (offset: number, length: number) => Promise<Uint8Array>,
): Promise<readonly DirectoryEntry[]> {
  const all: DirectoryEntry[] = []
  let bytes: Uint8Array | undefined = first
  for (let directories = 0; bytes !== undefined; directories++) {
    if (directories >= maxDirectories) throw new TransponderError('mailbox-format', 'directories without end')
    const entries = readDirectory(bytes)
    all.push(...entries)
    checkPlaces(all, maxMailboxBytes)
    const further: DirectoryEntry | undefined = entries.find(({ kind }) => kind === 'directory')
    bytes = further && (await read(further.offset, further.length))
  }
  return all.filter(({ kind }) => kind !== 'directory')
}

function readEntry(reader: Reader): DirectoryEntry {
  const number = reader.u8()
  const kind = (Object.keys(entryKinds) as EntryKind[]).find(name => entryKinds[name] === number)
  if (kind === undefined) throw new TransponderError('mailbox-format', `an entry of kind ${number}`)
  const entry = { kind, to: reader.take(8).slice(), offset: reader.u16(), length: reader.u16() }
  if (!lengthFits(kind, entry.length))
    throw new TransponderError('mailbox-format', `${entry.length} bytes are no ${kind}`)
  if (kind === 'directory' && entry.to.some(byte => byte !== 0)) {
    throw new TransponderError('mailbox-format', 'a directory for somebody')
  }
  return entry
}

function lengthFits(kind: EntryKind, length: number): boolean {
  if (kind === 'credentialDocument') return documentSizes.includes(length)
  if (kind === 'directory') return length === directoryBytes
  return length > 0
}

function checkPlaces(entries: readonly DirectoryEntry[], mailboxBytes: number): void {
  if (entries.filter(({ kind }) => kind === 'directory').length > maxDirectories) {
    throw new TransponderError('mailbox-format', 'directories without end')
  }
  for (const { offset, length } of entries) {
    if (offset + length > mailboxBytes)
      throw new TransponderError('mailbox-beyond', `an entry ends at ${offset + length}`)
  }
  let end = directoryBytes
  for (const { offset, length } of [...entries].sort((a, b) => a.offset - b.offset)) {
    if (offset < end) throw new TransponderError('mailbox-overlap', `an entry begins at ${offset}, before ${end}`)
    end = offset + length
  }
}
