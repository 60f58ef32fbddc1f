/** Reads a site file that somebody named: what is no ordinary file is refused at once, and nothing is read without end. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { basename } from 'node:path'
import { maxSiteFileBytes } from '@edgeward/service/api'
import { CliError } from './cli-error.ts'

/** Text and shown name of a site file. Throws a CliError; a pipe or a device is never waited for (T42). */
export function readSiteFile(path: string): { readonly text: string; readonly fileName: string } {
  const bytes = bytesOf(path)
  if (bytes.length > maxSiteFileBytes) {
    throw new CliError(
      'too-large',
      `${path} has more than ${maxSiteFileBytes} bytes, the most of a site file. Split the site.`,
    )
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), fileName: basename(path) }
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CliError('not-utf-8', `${path} is not valid UTF-8. Save it as UTF-8.`, { cause })
  }
}

/** At most one byte more than a site file may have. */
function bytesOf(path: string): Uint8Array {
  try {
    // Looked at before it is opened, for opening a device may already do something; and again behind it.
    checkKind(path, statSync(path))
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      checkKind(path, fstatSync(file))
      return readWhole(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (error instanceof CliError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new CliError('no-such-file', `${path} cannot be read: ${why}`, { cause: error })
  }
}

function checkKind(path: string, stat: Stats): void {
  if (stat.isFile()) return
  throw new CliError('not-a-file', `${path} is ${kindOf(stat)}, not a site file. Name a file.`)
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a folder'
  if (stat.isFIFO()) return 'a pipe'
  if (stat.isSocket()) return 'a socket'
  return 'a device'
}

/** Bytes asked for at once. */
const leastRead = 64 * 1024

/** A file that grows meanwhile, or says that it has no size, is still read no further than the bound. */
function readWhole(file: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(leastRead, Math.min(fstatSync(file).size, maxSiteFileBytes) + 1))
  const parts: Uint8Array[] = []
  let total = 0
  for (let read = -1; read !== 0 && total <= maxSiteFileBytes; ) {
    read = readSync(file, bytes)
    parts.push(bytes.slice(0, read))
    total += read
  }
  return Buffer.concat(parts)
}
