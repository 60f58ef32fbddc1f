/** The file of a backup: what goes in comes out, and nothing that was cut, changed or made up is restored. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MemberTaker, readBackup } from '../../src/backup/archive-reader.ts'
import { ArchiveWriter } from '../../src/backup/archive-writer.ts'
import { type BackupHead, headPath, manifestPath } from '../../src/backup/manifest.ts'
import { openingStream, sealedHeadBytes, sealingStream } from '../../src/backup/sealed-stream.ts'
import { readTarHeader, tarEnd, tarHeader, tarPadding } from '../../src/backup/tar.ts'
import { restore } from '../../src/commands/restore.ts'

const head: BackupHead = {
  format: 1,
  edgeward: '0.1.0',
  takenAt: '2026-11-24T10:00:00Z',
  site: { id: 'works', name: 'Works' },
  running: true,
}
const desk = mkdtempSync(join(tmpdir(), 'edgeward-archive-'))
let count = 0
const fresh = (): string => join(desk, `b${++count}`)
const passphrase = 'correct horse battery staple'
let whole: Buffer

const write = async (contents: Readonly<Record<string, Uint8Array>>, sealed?: string): Promise<string> => {
  const file = fresh()
  const writer = await ArchiveWriter.begin(file, head, sealed)
  await writer.folder('service')
  for (const [path, content] of Object.entries(contents)) await writer.bytes(path, content)
  await writer.end()
  return file
}

const read = async (file: string, sealed?: string): Promise<Readonly<Record<string, Buffer>>> => {
  const taken: Record<string, Buffer> = {}
  const taker: MemberTaker = {
    folder: async () => undefined,
    async file(path, content) {
      const parts: Buffer[] = []
      for await (const part of content) parts.push(Buffer.from(part))
      taken[path] = Buffer.concat(parts)
    },
  }
  const handle = await open(file)
  try {
    await readBackup(handle, sealed, taker)
    return taken
  } finally {
    await handle.close()
  }
}

const codeOf = async (bytes: Uint8Array, sealed?: string): Promise<unknown> => {
  const file = fresh()
  writeFileSync(file, bytes)
  return read(file, sealed).then(
    () => undefined,
    (error: unknown) => (error as { readonly code?: unknown }).code,
  )
}

const member = (path: string, content: string): Buffer => {
  const bytes = Buffer.from(content)
  return Buffer.concat([tarHeader({ path, kind: 'file', size: bytes.length }, 0), bytes, tarPadding(bytes.length)])
}
/** A backup of these blocks, with whatever it lists. */
const madeUp = (blocks: readonly Buffer[], members: readonly unknown[], over: object = {}): Buffer =>
  gzipSync(
    Buffer.concat([
      member(headPath, JSON.stringify({ ...head, ...over })),
      ...blocks,
      member(manifestPath, JSON.stringify({ ...head, members })),
      tarEnd,
    ]),
  )
const header = (path: string, change: (block: Buffer) => void): Buffer => {
  const block = tarHeader({ path: 'service', kind: 'file', size: 0 }, 0)
  block.fill(0, 0, 100)
  block.write(path, 0)
  change(block)
  block.fill(0x20, 148, 156)
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  )
  return block
}

beforeAll(async () => {
  whole = readFileSync(await write({ 'service/keys.sealed': Buffer.alloc(3_000, 7), 'clock.json': Buffer.from('{}') }))
})
afterAll(() => rmSync(desk, { recursive: true, force: true }))

describe('a backup file', () => {
  test('gives back what was put in, whatever it is, and is for its owner alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3_000, size: 'max' }), { maxLength: 5 }), async contents => {
        const named = Object.fromEntries(contents.map((content, i) => [`service/f${i}`, content]))
        const file = await write(named)
        expect(statSync(file).mode & 0o777).toBe(0o600)
        const taken = await read(file)
        expect(Object.keys(taken)).toEqual(Object.keys(named))
        for (const [path, content] of Object.entries(named)) expect(taken[path]?.equals(content)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  test('gives back files of the disk, empty and large, by their path of any length that fits', async () => {
    const long = `service/${'n'.repeat(90)}/${'m'.repeat(90)}`
    const big = fresh()
    const content = Buffer.from(Array.from({ length: 2_500_000 }, (_, i) => (i * 7) & 0xff))
    writeFileSync(big, content)
    const none = fresh()
    writeFileSync(none, '')
    const file = fresh()
    const writer = await ArchiveWriter.begin(file, head, undefined)
    await writer.folder('service')
    await writer.folder(`service/${'n'.repeat(90)}`)
    await writer.file(long, big)
    await writer.file('service/none', none)
    await writer.file('service/gone', join(desk, 'never'))
    await writer.end()
    const taken = await read(file)
    expect(Object.keys(taken)).toEqual([long, 'service/none'])
    expect(taken[long]?.equals(content)).toBe(true)
    expect(taken['service/none']).toHaveLength(0)
  })

  test('is not restored when it ends too early, wherever that is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), async length => {
        expect(['backup-damaged', 'not-a-backup']).toContain(await codeOf(whole.subarray(0, length)))
      }),
      { numRuns: 60 },
    )
  })

  test('is not restored when a byte of it was changed, wherever that is', async () => {
    const plain = gunzipSync(whole)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: plain.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(plain)
        changed[at] = (changed[at] ?? 0) ^ by
        const code = await codeOf(gzipSync(changed))
        // Bytes between the end of a member and its block mean nothing.
        if (code !== undefined) return
        expect(plain[at]).toBe(0)
      }),
      // The last byte of a header's sum, which no number ends with.
      {
        numRuns: 150,
        examples: [
          [155, 1],
          [1179, 1],
        ],
      },
    )
  })

  test('of somebody else, of a newer Edgeward, or with something behind it is told apart', async () => {
    expect(await codeOf(Buffer.from('PK\x03\x04 something else'))).toBe('not-a-backup')
    expect(await codeOf(Buffer.alloc(0))).toBe('not-a-backup')
    expect(await codeOf(gzipSync(Buffer.alloc(5_000, 65)))).toBe('not-a-backup')
    expect(await codeOf(gzipSync(Buffer.concat([member('etc/passwd', 'x'), tarEnd])))).toBe('not-a-backup')
    expect(await codeOf(madeUp([], [], { format: 2 }))).toBe('backup-newer')
    expect(await codeOf(gzipSync(Buffer.concat([gunzipSync(whole), Buffer.from('more')])))).toBe('backup-damaged')
    expect(await codeOf(madeUp([], [{ path: 'clock.json', size: 2, sha256: '00' }]))).toBe('backup-damaged')
  })

  test('that holds links, devices, or paths that leave the folder is refused', async () => {
    for (const type of ['1', '2', '3', '4', '6', '7', 'x', 'g', 'L', 'S']) {
      const block = header('service', each => each.write(type, 156))
      expect(await codeOf(madeUp([block], [])), type).toBe('backup-refused')
    }
    for (const path of [
      '../up',
      '/etc/passwd',
      'service/../../up',
      'service//x',
      './service',
      'service\\x',
      'a/b',
      'C:x',
    ]) {
      const block = header(path, () => undefined)
      expect(await codeOf(madeUp([block], [])), path).toBe('backup-refused')
    }
    const folder = tarHeader({ path: 'service', kind: 'folder', size: 0 }, 0)
    expect(await codeOf(madeUp([folder, folder], []))).toBe('backup-refused')
    // A file in what is a file, or in a folder that never came.
    expect(await codeOf(madeUp([member('service', 'x'), member('service/keys', 'x')], []))).toBe('backup-refused')
    expect(await codeOf(madeUp([member('modules/a', 'x')], []))).toBe('backup-refused')
  })

  test('reads any bytes as a header without anything but a refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 512, maxLength: 512, size: 'max' }), block => {
        try {
          readTarHeader(Buffer.from(block))
        } catch (error) {
          expect(error).toMatchObject({ name: 'CliError' })
        }
      }),
    )
  })
})

describe('a backup under a passphrase', () => {
  test('shows nothing of what is in it, and opens with its passphrase alone', async () => {
    const secret = Buffer.from('a canary that must not be seen '.repeat(3_000))
    const file = await write({ 'service/keys.sealed': secret }, passphrase)
    const bytes = readFileSync(file)
    expect(bytes.includes('canary')).toBe(false)
    expect(bytes.includes('Works')).toBe(false)
    expect((await read(file, passphrase))['service/keys.sealed']?.equals(secret)).toBe(true)
    expect(await codeOf(bytes, 'another passphrase')).toBe('wrong-passphrase')
    expect(await codeOf(bytes.subarray(0, sealedHeadBytes - 1), passphrase)).toBe('backup-damaged')
  }, 30_000)

  test('keeps its pieces in their order and knows its last one', async () => {
    const pieces = Buffer.alloc(65_536 * 2 + 10, 3)
    const sealed = await through(await sealingStream(passphrase), pieces)
    const [top, body] = [sealed.subarray(0, sealedHeadBytes), sealed.subarray(sealedHeadBytes)]
    const opened = async (bytes: Buffer): Promise<unknown> =>
      through(await openingStream(passphrase, top), bytes).catch((error: unknown) => (error as { code?: unknown }).code)
    const piece = 65_536 + 16
    expect(await opened(body)).toEqual(pieces)
    expect(await opened(body.subarray(0, piece * 2))).toBe('backup-damaged')
    const swapped = Buffer.concat([body.subarray(0, piece), body.subarray(2 * piece), body.subarray(piece, 2 * piece)])
    expect(await opened(swapped)).toBe('backup-damaged')
  }, 30_000)
})

describe('a restore', () => {
  test('leaves a folder as it is that is not empty, and no half behind when the file is not good', async () => {
    const target = join(desk, 'target')
    mkdirSync(target)
    writeFileSync(join(target, 'mine'), 'x')
    const file = await write({ 'clock.json': Buffer.from('{}') })
    await expect(restore({ file, data: target, json: true })).rejects.toMatchObject({ code: 'not-empty' })
    expect(readdirSync(target)).toEqual(['mine'])
    truncateSync(file, statSync(file).size - 5)
    const other = join(desk, 'other')
    await expect(restore({ file, data: other, json: true })).rejects.toMatchObject({ code: 'backup-damaged' })
    expect(readdirSync(desk).filter(name => name.startsWith('other'))).toEqual([])
  })

  test('removes the half of one that was killed, and leaves the note that the service honours', async () => {
    const target = join(desk, 'good')
    // No process has this id.
    mkdirSync(`${target}.restoring-4194999`)
    const file = await write({ 'clock.json': Buffer.from('{}') })
    await restore({ file, data: target, json: true })
    expect(readdirSync(desk).filter(name => name.startsWith('good'))).toEqual(['good'])
    expect(readdirSync(target).sort()).toEqual(['clock.json', 'restored.json', 'service'])
    expect(JSON.parse(readFileSync(join(target, 'restored.json'), 'utf8'))).toEqual({ takenAt: head.takenAt })
    expect(statSync(target).mode & 0o777).toBe(0o700)
    expect(statSync(join(target, 'clock.json')).mode & 0o777).toBe(0o600)
  })
})

async function through(stream: NodeJS.ReadWriteStream, bytes: Buffer): Promise<Buffer> {
  const parts: Buffer[] = []
  stream.end(bytes)
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
