import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aliro } from '../../src/conformance/aliro.ts'

const vectors = fileURLToPath(new URL('../../../../vectors/aliro/', import.meta.url))
const files = readdirSync(vectors).filter(name => name.endsWith('.json'))

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aliro-'))
})
afterAll(() => rm(folder, { recursive: true }))

test.each(files)('%s: every case of the standard phase passes', async name => {
  const { verdicts } = await aliro(vectors + name, { phase: 'standard' })
  expect(verdicts.filter(({ ok }) => !ok)).toEqual([])
})

test('a case of a later phase is left out only when that was asked for, and else a failure', async () => {
  const leftOut = await aliro(`${vectors}fast.json`, { phase: 'standard' })
  const whole = await aliro(`${vectors}fast.json`, {})
  expect(leftOut).toMatchObject({ verdicts: { length: 2 }, leftOut: 4 })
  expect(whole.leftOut).toBe(0)
  expect(whole.verdicts.filter(({ ok }) => !ok)).toHaveLength(4)
})

/** The failures of a file after a change to its first case, or to the case of this id. */
async function failuresAfter(name: string, change: (vector: Vector) => void, id?: string): Promise<readonly string[]> {
  const parsed: { cases: Vector[] } = JSON.parse(readFileSync(vectors + name, 'utf8'))
  change(parsed.cases.find(vector => id === undefined || vector['id'] === id) ?? {})
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(parsed))
  const { verdicts } = await aliro(path, { phase: 'standard' })
  return verdicts.filter(({ ok }) => !ok).map(verdict => verdict.name)
}
type Vector = Record<string, unknown>

/** The same hex with the byte before the last changed; the last of a command only says how much is expected. */
function altered(hex: unknown): string {
  const text = String(hex)
  return text.slice(0, -4) + (text.slice(-4, -2) === '00' ? '01' : '00') + text.slice(-2)
}

test.each([
  ['an answer of the device', 'standard.json', 'standard-public-key', ['apdus', 5, 'hex'], 2],
  ['a command of the reader', 'standard.json', 'standard-public-key', ['apdus', 2, 'hex'], 2],
  ['the credential', 'standard.json', 'standard-public-key', ['expect', 'reader', 'credentialPublicKey'], 1],
  ['the persistent key', 'standard.json', 'standard-public-key', ['expect', 'kpersistent'], 2],
  ['the mailbox afterwards', 'exchange.json', 'mailbox-atomic', ['expect', 'device', 'mailboxAfter'], 1],
  ['the status word of a refusal', 'negative-device.json', 'wrong-group', ['expect', 'sw'], 1],
  ['the status of a mailbox request', 'negative-device.json', 'mailbox-out-of-bounds', ['expect', 'exchangeStatus'], 1],
  ['the name of an error', 'negative-reader.json', 'device-wrong-signature', ['expect', 'error'], 1],
  ['a derived key', 'published.json', 'published-standard', ['expect', 'ursk'], 1],
  ['a certificate', 'published.json', 'published-certificate-defaults', ['expect', 'x509'], 1],
] as const)('%s altered in one byte fails', async (_, name, id, path, failures) => {
  const change = (vector: Vector) => {
    const last = path[path.length - 1] as string
    let at = vector
    for (const step of path.slice(0, -1)) at = at[step] as Vector
    at[last] = altered(at[last])
  }
  expect(await failuresAfter(name, change, id)).toHaveLength(failures)
})

test('a case that cannot be read at all fails alone; the others have their turn', async () => {
  const spoil = (vector: Vector) => {
    vector['compressed'] = '3003040200'
  }
  expect(await failuresAfter('published.json', spoil, 'published-certificate-defaults')).toEqual([
    'published-certificate-defaults',
  ])
})

test('a field that is not known fails, wherever it stands', async () => {
  expect(await failuresAfter('standard.json', vector => Object.assign(vector, { extra: 1 }))).toHaveLength(2)
  const inSetup = (vector: Vector) =>
    Object.assign(((vector['setup'] as Vector)['device'] as Vector) ?? {}, { extra: 1 })
  expect(await failuresAfter('standard.json', inSetup)).toEqual(['standard-public-key device'])
  expect(await failuresAfter('published.json', vector => Object.assign(vector, { kind: 'new' }))).toEqual([
    'published-standard',
  ])
})
