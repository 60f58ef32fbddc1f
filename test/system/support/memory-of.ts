/** The memory of a process as a core dump of it would hold it: every private page that can be read (proc(5)). Needs root. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const chunkBytes = 1 << 24
/** `from-to perms offset device inode path`. Files and the kernel's own pages are left out. */
const privatePages = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \d+\s*(?:\[(?:heap|stack|anon.*)\])?$/

export function memoryOf(pid: number): readonly Buffer[] {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8')
      .split('\n')
      .flatMap(line => {
        const [, from, to] = privatePages.exec(line) ?? []
        return from === undefined || to === undefined ? [] : [readRange(memory, from, to)]
      })
  } finally {
    closeSync(memory)
  }
}

function readRange(memory: number, from: string, to: string): Buffer {
  const [start, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)]
  const bytes = Buffer.alloc(Number(end - start))
  let read = 0
  while (read < bytes.length) {
    const count = readSome(memory, bytes, { read, at: start + BigInt(read) })
    if (count === 0) break
    read += count
  }
  return bytes.subarray(0, read)
}

/** 0 where the pages went away meanwhile, or were never there. */
function readSome(memory: number, bytes: Buffer, { read, at }: { read: number; at: bigint }): number {
  try {
    return readSync(memory, bytes, read, Math.min(chunkBytes, bytes.length - read), at)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EIO') return 0
    throw error
  }
}
