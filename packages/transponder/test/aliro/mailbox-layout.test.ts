import { concat, uintBytes } from '@edgeward/base'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  layOutMailbox,
  type MailboxContent,
  maxMailboxBytes,
  readDirectory,
  readEntries,
} from '../../src/aliro/index.ts'
import { TransponderError } from '../../src/carriers/index.ts'

const group = (digit: number) => new Uint8Array(8).fill(digit)
const document = (to: number, length = 1_024): MailboxContent => ({
  kind: 'credentialDocument',
  to: group(to),
  content: new Uint8Array(length).fill(to),
})
const envelope = (length: number): MailboxContent => ({
  kind: 'envelopeForService',
  to: group(9),
  content: new Uint8Array(length),
})

const entry = (kind: number, to: number, offset: number, length: number) =>
  concat(Uint8Array.of(kind), group(to), uintBytes(offset, 2), uintBytes(length, 2))
const directory = (format: number, count: number, ...entries: readonly Uint8Array[]) => {
  const used = concat(Uint8Array.of(format, count), ...entries)
  return concat(used, new Uint8Array(64 - used.length))
}

function fault(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof TransponderError) return error.code
    throw error
  }
  return 'none'
}

test('the document that is expected to be asked for lies at 64 and stands first', () => {
  const mailbox = layOutMailbox([document(1), document(2, 4_096)])
  expect(mailbox).toHaveLength(64 + 1_024 + 4_096)
  expect(readDirectory(mailbox, mailbox.length)).toEqual([
    { kind: 'credentialDocument', to: group(1), offset: 64, length: 1_024 },
    { kind: 'credentialDocument', to: group(2), offset: 1_088, length: 4_096 },
  ])
})

test('an empty wallet still has 1,088 bytes, so that one read always fits', () => {
  expect(layOutMailbox([])).toHaveLength(1_088)
  expect(readDirectory(layOutMailbox([]))).toEqual([])
})

test('whatever is laid out is found again, over further directories too', async () => {
  const content = fc.oneof(
    fc.integer({ min: 1, max: 3 }).map(to => document(to)),
    fc.integer({ min: 1, max: 700 }).map(envelope),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(content, { maxLength: 25 }), async contents => {
      const mailbox = layOutMailbox(contents)
      const read = async (offset: number, length: number) => mailbox.slice(offset, offset + length)
      const entries = await readEntries(mailbox.slice(0, 64), read)
      expect(
        entries.map(({ kind, to, offset, length }) => ({ kind, to, content: mailbox.slice(offset, offset + length) })),
      ).toEqual(contents)
    }),
    { numRuns: 40 },
  )
})

test('more than a mailbox can hold is refused and never cut', () => {
  expect(fault(() => layOutMailbox(Array.from({ length: 16 }, () => document(1, 4_096))))).toBe('mailbox-beyond')
  expect(fault(() => layOutMailbox(Array.from({ length: 74 }, () => envelope(1))))).toBe('mailbox-beyond')
  expect(layOutMailbox([envelope(maxMailboxBytes - 64)])).toHaveLength(maxMailboxBytes)
  expect(fault(() => layOutMailbox([envelope(maxMailboxBytes - 63)]))).toBe('mailbox-beyond')
  expect(fault(() => layOutMailbox([document(1, 1_000)]))).toBe('mailbox-format')
})

test.each([
  ['another format', directory(2, 0), 'mailbox-format'],
  ['five entries', directory(1, 5), 'mailbox-format'],
  ['an unknown kind', directory(1, 1, entry(5, 1, 64, 10)), 'mailbox-format'],
  ['something behind the entries', directory(1, 0, Uint8Array.of(1)), 'mailbox-format'],
  ['a document of another size', directory(1, 1, entry(1, 1, 64, 1_025)), 'mailbox-format'],
  ['an empty envelope', directory(1, 1, entry(2, 1, 64, 0)), 'mailbox-format'],
  ['a directory for somebody', directory(1, 1, entry(4, 1, 64, 64)), 'mailbox-format'],
  ['an entry over the directory', directory(1, 1, entry(3, 1, 63, 10)), 'mailbox-overlap'],
  ['entries over each other', directory(1, 2, entry(3, 1, 64, 10), entry(3, 1, 73, 10)), 'mailbox-overlap'],
  ['an entry beyond the end', directory(1, 1, entry(3, 1, 65_000, 536)), 'mailbox-beyond'],
  ['less than a directory', new Uint8Array(63), 'mailbox-format'],
])('a directory with %s is refused', (_, bytes, code) => {
  expect(fault(() => readDirectory(bytes))).toBe(code)
})

test('an entry that ends with the mailbox is good, one byte further is not', () => {
  const bytes = directory(1, 1, entry(3, 1, 1_000, 88))
  expect(readDirectory(bytes, 1_088)).toHaveLength(1)
  expect(fault(() => readDirectory(bytes, 1_087))).toBe('mailbox-beyond')
})

test('directories that name each other come to an end', async () => {
  const loop = directory(1, 1, entry(4, 0, 64, 64))
  await expect(readEntries(loop, async () => loop)).rejects.toMatchObject({ code: 'mailbox-overlap' })
})

test('a directory is refused, or laid out again it says the same', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64, size: 'max' }), bytes => {
      bytes.set([1, (bytes[1] as number) % 5])
      expect(['none', 'mailbox-format', 'mailbox-overlap', 'mailbox-beyond']).toContain(
        fault(() => readDirectory(bytes)),
      )
    }),
  )
})
