import { createHash, createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { fromBase64url } from '@edgeward/base'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/api/index.ts'
import { isLoopback } from '../../src/http/caller.ts'
import { browserOf, codeIn, refusalCode } from '../support/browser.ts'
import { useDatabaseServer } from '../support/database.ts'
import { FakeModule } from '../support/fake-module.ts'
import { type Plant, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let plants: readonly [Plant, Plant]

beforeAll(async () => {
  plants = [await startPlant(server(), { ownKeys: true }), await startPlant(server(), { ownKeys: true })]
})
afterAll(async () => {
  for (const plant of plants) await plant.stop()
})

interface Secrets {
  /** As they were handed out, by what they are. */
  readonly handed: Readonly<Record<string, string>>
  /** As they are kept. */
  readonly kept: readonly Uint8Array[]
}

const pin = '73519264'

/** Makes one secret of every kind and gathers whatever is random. */
async function secretsOf(plant: Plant): Promise<Secrets> {
  const claim = codeIn((await plant.call(operations.createLogInLink, {})).url)
  const { cookie, token } = await browserOf(() => plant).signIn()
  const { url } = await plant.call(operations.createLogInLink, {})
  const { code } = await plant.call(operations.invite, { credential: 'c-1003' })
  const { order } = await plant.call(operations.orderCommissioning, { module: 'edge-lab' })
  await plant.call(operations.setPin, { person: 'theo', pin })
  const module = await FakeModule.commission(plant, 'edge-gate')
  const { challenge } = await plant.call(operations.walletChallenge, { credential: '00112233445566ff' })
  const columns = [
    ['site', 'tenant'],
    ...[
      ['site', 'site'],
      ['site', 'reader_group'],
      ['person', 'reference'],
      ['administrator', 'reference'],
    ],
    ...[
      ['module', 'party'],
      ['module', 'reader_sub_id'],
      ['pin', 'verifier'],
      ['session', 'id_hash'],
      ['opening', 'salt'],
    ],
    ...[
      ['log_in_link', 'code_hash'],
      ['invitation', 'code_hash'],
      ['credential', 'pseudonym'],
      ['session', 'csrf_hash'],
    ],
  ]
  const rows = await plant.rows(
    columns.map(([table, column]) => `select ${column} as bytes from ${table}`).join(' union all '),
  )
  const keys = join(plant.folder, 'service', 'keys')
  const { readerGroupKey, siteCaKey, issuerKey } = module.settings
  return {
    handed: {
      ...{
        claim,
        logIn: codeIn(url),
        invitation: code,
        order,
        cookie: cookie.split('=')[1] ?? '',
        csrf: token,
        challenge,
      },
      mqtt: await module.password(),
    },
    kept: [
      ...(rows as { readonly bytes: Uint8Array }[]).map(({ bytes }) => Uint8Array.from(bytes)),
      ...readdirSync(keys).map(name => Uint8Array.from(readFileSync(join(keys, name)))),
      ...[readerGroupKey, siteCaKey].map(key => Uint8Array.from(key)),
      ...(issuerKey === undefined ? [] : [Uint8Array.from(issuerKey)]),
    ],
  }
}

/** Eight bytes that stand at any place. What is nearly all letters and small numbers is the form of a file, and no secret. */
function windowsOf(all: readonly Uint8Array[]): ReadonlySet<string> {
  const windows = new Set<string>()
  for (const bytes of all) {
    for (let i = 0; i + 8 <= bytes.length; i++) {
      const window = bytes.subarray(i, i + 8)
      if (window.filter(byte => byte >= 0x80).length >= 3) windows.add(Buffer.from(window).toString('hex'))
    }
  }
  return windows
}

test('T49: two fresh installations share no secret byte', async () => {
  const [first, second] = [await secretsOf(plants[0]), await secretsOf(plants[1])]
  for (const [name, secret] of Object.entries(first.handed)) {
    expect(secret.length, name).toBeGreaterThan(15)
    expect(Object.values(second.handed), name).not.toContain(secret)
  }
  const other = windowsOf(second.kept)
  expect(other.size).toBeGreaterThan(1_000)
  expect([...windowsOf(first.kept)].filter(window => other.has(window))).toEqual([])
})

test('T48: whoever reads the database has no code, cookie or token, and finds no PIN by trying all', async () => {
  const [plant] = plants
  const { handed } = await secretsOf(plant)
  const tables = (await plant.rows("select tablename as name from pg_tables where schemaname = 'public'")) as {
    readonly name: string
  }[]
  const dump = JSON.stringify(
    await plant.rows(tables.map(({ name }) => `select t::text from ${name} t`).join(' union all ')),
  )
  for (const [name, secret] of Object.entries({ ...handed, pin })) {
    const plain = secret.replaceAll('-', '')
    const forms = [
      secret,
      plain,
      plain.toLowerCase(),
      Buffer.from(secret).toString('hex'),
      Buffer.from(plain).toString('hex'),
    ]
    if (/^[\w-]{43}$/.test(secret)) forms.push(Buffer.from(fromBase64url(secret)).toString('hex'))
    for (const form of forms) expect(dump.includes(form), `${name} as ${form}`).toBe(false)
  }
  const found = (await plant.rows('select * from pin')) as Readonly<Record<string, unknown>>[]
  expect(found.length).toBeGreaterThan(0)
  await plant.call(operations.setPin, { person: 'theo', pin: '4711' })
  const [row] = (await plant.rows('select * from pin where set_at = (select max(set_at) from pin)')) as typeof found
  const salts = Object.values(row ?? {}).filter(value => value instanceof Uint8Array)
  const verifier = Buffer.from(row?.verifier as Uint8Array).toString('hex')
  const tried = new Set<string>()
  for (let i = 0; i < 10_000; i++) {
    const digits = String(i).padStart(4, '0')
    tried.add(createHash('sha256').update(digits).digest('hex'))
    for (const salt of salts) {
      for (const label of ['', 'edgeward/pin/1\0']) {
        tried.add(createHash('sha256').update(label).update(salt).update(digits).digest('hex'))
      }
      tried.add(createHmac('sha256', salt).update(`edgeward/pin/1\0`).update(digits).digest('hex'))
    }
  }
  expect(tried.has(verifier)).toBe(false)
})

test('T49: from another address nobody reaches it', async () => {
  const port = Number(new URL(plants[0].service.url).port)
  const others = Object.values(networkInterfaces()).flatMap((list = []) => list.filter(({ internal }) => !internal))
  for (const { address, family, scopeid } of others) {
    const host = family === 'IPv6' && scopeid ? `${address}%${scopeid}` : address
    const reached = await new Promise<boolean>(resolve => {
      const socket = connect(port, host)
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
      socket.on('close', () => undefined)
    })
    expect([address, reached]).toEqual([address, false])
  }
  // And were it listening there: before the claim the door is shut for them.
  for (const own of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', undefined]) expect(isLoopback(own)).toBe(true)
  for (const foreign of ['192.0.2.1', '::ffff:192.0.2.1', '10.127.0.1', '2001:db8::1', '::', '0.0.0.0', '']) {
    expect(isLoopback(foreign), foreign).toBe(false)
  }
})

test('T14: looking at an invitation or a log-in link does not use it up, a second use is refused, and neither is in the log', async () => {
  const [plant] = plants
  const browser = browserOf(() => plant)
  const { url } = await plant.call(operations.createLogInLink, {})
  const { code } = await plant.call(operations.invite, { credential: 'c-1010' })
  for (let i = 0; i < 10; i++) {
    for (const path of [
      '/log-in',
      `/log-in?code=${codeIn(url)}`,
      '/api/log-in',
      '/api/wallet/enrol',
      `/api/wallet/enrol?code=${code}`,
    ]) {
      expect([403, 404]).toContain((await browser.get(path)).status)
    }
  }
  expect((await browser.post('/api/log-in', { code: codeIn(url) })).status).toBe(200)
  expect(refusalCode(await browser.post('/api/log-in', { code: codeIn(url) }))).toBe('code-refused')
  const unused = await plant.rows(
    "select 1 from invitation i join credential c using (pseudonym) where c.credential = 'c-1010' and i.used_at is null",
  )
  expect(unused).toHaveLength(1)
  const log = plant.log.join('')
  for (const secret of [codeIn(url), code]) expect(log.includes(secret)).toBe(false)
})
