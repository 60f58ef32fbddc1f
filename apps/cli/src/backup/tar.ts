/**
 * Archives as `tar` reads them (POSIX ustar), of regular files and folders alone. The reader takes only what this writer
 * makes: no links, no devices, no path that leaves the folder.
 */
import { backupFault, damaged } from './failure.ts'

export const blockBytes = 512
const longestName = 100
const longestPrefix = 155
const mostSegments = 16

/** One member as its header says. */
export interface TarMember {
  /** Relative, with `/`, no `.` and no `..` in it. */
  readonly path: string
  readonly kind: 'file' | 'folder'
  /** Bytes; 0 for a folder. */
  readonly size: number
}

/** A header block. Throws a RangeError for a path that does not fit. */
export function tarHeader({ path, kind, size }: TarMember, seconds: number): Buffer {
  const { name, prefix } = splitPath(path)
  const block = Buffer.alloc(blockBytes)
  block.write(name, 0, longestName, 'utf8')
  octal(block, 100, 8, kind === 'folder' ? 0o700 : 0o600)
  octal(block, 108, 8, 0)
  octal(block, 116, 8, 0)
  octal(block, 124, 12, size)
  octal(block, 136, 12, seconds)
  block.write(kind === 'folder' ? '5' : '0', 156, 'latin1')
  block.write('ustar\0' + '00', 257, 'latin1')
  block.write(prefix, 345, longestPrefix, 'utf8')
  octal(block, 148, 7, checksum(block))
  block[155] = 0x20
  return block
}

/** Zeros up to the next block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes)
}

/** Two blocks of zeros. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes)

/** What a header block says; undefined: the end. Throws a CliError `backup-damaged` or `backup-refused`. */
export function readTarHeader(block: Buffer): TarMember | undefined {
  if (block.every(byte => byte === 0)) return undefined
  if (block.toString('latin1', 257, 263) !== 'ustar\0' || readOctal(block, 148, 8) !== checksum(block))
    throw damaged('a member of it has no header')
  const name = text(block, 0, longestName)
  const prefix = text(block, 345, longestPrefix)
  const path = checkPath(prefix === '' ? name : `${prefix}/${name}`)
  const size = readOctal(block, 124, 12)
  const type = String.fromCharCode(block[156] ?? 0)
  const seconds = readOctal(block, 136, 12)
  if (type === '5' && size === 0) return asWritten(block, { path, kind: 'folder', size }, seconds)
  if (type === '0') return asWritten(block, { path, kind: 'file', size }, seconds)
  throw backupFault(
    'backup-refused',
    `The backup holds ${JSON.stringify(path)}, which is neither file nor folder. Edgeward makes no such backup; nothing was restored.`,
  )
}

/** A header has one form (R14): whatever stands in it beside what was read is damage. */
function asWritten(block: Buffer, member: TarMember, seconds: number): TarMember {
  if (!tarHeader(member, seconds).equals(block)) throw damaged('a member of it has another header than Edgeward writes')
  return member
}

function splitPath(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= longestName) return { name: path, prefix: '' }
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
    if (Buffer.byteLength(prefix) <= longestPrefix && Buffer.byteLength(name) <= longestName) return { name, prefix }
  }
  throw new RangeError(`the path ${path} is too long for a backup`)
}

function checkPath(path: string): string {
  const segments = path.split('/')
  const isPlain = (segment: string): boolean =>
    segment !== '' && segment !== '.' && segment !== '..' && !/[\\\0-\x1f\x7f]/.test(segment)
  if (segments.length <= mostSegments && segments.every(isPlain)) return path
  throw backupFault(
    'backup-refused',
    `The backup holds the path ${JSON.stringify(path)}, which would leave the folder. Edgeward makes no such backup; nothing was restored.`,
  )
}

function octal(block: Buffer, at: number, length: number, value: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, length, 'latin1')
}

function readOctal(block: Buffer, at: number, length: number): number {
  const digits = text(block, at, length).trim()
  if (!/^[0-7]{1,11}$/.test(digits)) throw damaged('a number in it is none')
  return Number.parseInt(digits, 8)
}

function text(block: Buffer, at: number, length: number): string {
  const end = block.subarray(at, at + length).indexOf(0)
  return block.toString('utf8', at, end < 0 ? at + length : at + end)
}

/** The sum of all bytes, those of the sum itself as spaces. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
}
