import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { concat, toBase64url, utf8 } from '@edgeward/base'
import { keyIdOf } from '@edgeward/keystore'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { sessionIdleMs, sessionTotalMs } from '../../src/access/sessions.ts'
import { type AnyOperation, backgroundHeader, type Invitation, operations } from '../../src/api/index.ts'
import { type BrowserSession, browserOf, codeIn, refusalCode } from '../support/browser.ts'
import { useDatabaseServer } from '../support/database.ts'
import { type Answer, type Plant, plantFile, socketRequest, startPlant, tcpRequest } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant
const browser = browserOf(() => plant)

beforeAll(async () => {
  plant = await startPlant(server())
})
afterAll(() => plant.stop())

const table = Object.entries(operations) as readonly (readonly [string, AnyOperation])[]
const pathOf = ({ path }: AnyOperation, id = 'nobody'): string => path.replaceAll(/:[a-z]+/g, id)
/** The stream is asked with a query that is refused behind the door, so that it does not begin. */
const addressOf = (name: string, operation: AnyOperation): string =>
  name === 'eventStream' ? `${operation.path}?after=x` : pathOf(operation)

type Role = 'unclaimed' | 'anonymous' | 'ended' | 'session' | 'untokened' | 'operator'
type Expectation = 'pass' | 'not-signed-in' | 'not-allowed' | 'csrf'
const matrix = JSON.parse(readFileSync(join(import.meta.dirname, 'authorization-matrix.json'), 'utf8')) as Readonly<
  Record<string, Readonly<Record<Role, Expectation>>>
>

const atTheDoor: readonly unknown[] = ['not-signed-in', 'not-allowed', 'csrf', 'origin', 'not-claimed']
/** Whom the door lets in, whatever is then said to the empty body or the id of nobody. */
const passed = (answer: Answer): unknown => {
  const code = refusalCode(answer)
  return atTheDoor.includes(code) ? code : 'pass'
}

const ask = (operation: AnyOperation, path: string, headers: Readonly<Record<string, string>>): Promise<Answer> =>
  tcpRequest(plant.service.url, {
    method: operation.method,
    path,
    headers,
    ...(operation.method === 'POST' && { body: {} }),
  })

async function expectColumn(role: Role, send: (operation: AnyOperation, path: string) => Promise<Answer>) {
  // A log-out comes last: it ends what the others need.
  const rows = table.toSorted(([a], [b]) => Number(a === 'logOut') - Number(b === 'logOut'))
  const found: Record<string, unknown> = {}
  for (const [name, operation] of rows) found[name] = passed(await send(operation, addressOf(name, operation)))
  expect(found).toEqual(Object.fromEntries(table.map(([name]) => [name, matrix[name]?.[role]])))
}

const asAnybody = (operation: AnyOperation, path: string): Promise<Answer> => ask(operation, path, browser.ours())

test('T34: before the claim every operation answers as the matrix says', () => expectColumn('unclaimed', asAnybody))

test('T34: every operation answers every role as the matrix says, and none is missing there', async () => {
  expect(Object.keys(matrix).sort()).toEqual(table.map(([name]) => name).sort())
  const session = await browser.signIn()
  const { 'x-csrf-token': _token, ...untokened } = session.change
  const ended = await browser.signIn()
  await browser.post('/api/log-out', {}, ended.change)
  await expectColumn('anonymous', asAnybody)
  await expectColumn('ended', (operation, path) => ask(operation, path, ended.change))
  await expectColumn('untokened', (operation, path) => ask(operation, path, untokened))
  await expectColumn('session', (operation, path) => ask(operation, path, session.change))
  await expectColumn('operator', ({ method }, path) =>
    socketRequest(plant.service.operatorSocket, { method, path, ...(method === 'POST' && { body: {} }) }),
  )
})

test('T50: whoever may not ask gets one answer for what is there and what is not', async () => {
  const known: Readonly<Record<string, string>> = {
    person: 'ada',
    credential: 'c-1003',
    module: 'edge-lab',
    version: '1',
  }
  for (const [name, operation] of table.filter(([, { path }]) => path.includes(':'))) {
    const there = operation.path.replaceAll(/:([a-z]+)/g, (_, param: string) => known[param] ?? '0000000000')
    const answers = [await asAnybody(operation, there), await asAnybody(operation, pathOf(operation, '__proto__'))]
    const [first, second] = answers.map(({ status, text, headers }) => ({ status, text, names: Object.keys(headers) }))
    expect(second, name).toEqual(first)
  }
})

/** What the service asks of the database while something runs. */
async function statementsOf(run: () => Promise<unknown>): Promise<readonly string[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await run()
    return spy.mock.calls.map(([query]: readonly unknown[]) => textOf(query))
  } finally {
    spy.mockRestore()
  }
}

const textOf = (query: unknown): string =>
  typeof query === 'object' && query !== null && 'text' in query ? String(query.text) : String(query)

test('T50: what is unknown costs the same work as what is wrong', async () => {
  const used = codeIn((await plant.call(operations.createLogInLink, {})).url)
  await browser.post('/api/log-in', { code: used })
  const logIn = (code: string) => statementsOf(() => browser.post('/api/log-in', { code }))
  const unknown = await logIn('00000-00000-00000-00000-00000-0')
  expect(unknown.length).toBeGreaterThan(2)
  for (const code of [used, '!!!!!-!!!!!-!!!!!-!!!!!-!!!!!-!']) expect(await logIn(code)).toEqual(unknown)

  const { enrolled, taken } = await newWallet('c-1003')
  const challenge = (credential: string) => statementsOf(() => browser.post('/api/wallet/challenges', { credential }))
  expect(await challenge('00112233445566ff')).toEqual(await challenge(enrolled))
  const proof = toBase64url(new Uint8Array(64))
  const documents = (credential: string) =>
    statementsOf(() =>
      browser.post('/api/wallet/documents', { credential, challenge: toBase64url(new Uint8Array(32)), proof }),
    )
  expect(await documents('00112233445566ff')).toEqual(await documents(enrolled))

  const enrol = (code: string) => statementsOf(async () => browser.post('/api/wallet/enrol', await enrolment(code)))
  const wrong = await enrol('00000-00000-00000-00000-00000-0')
  expect(await enrol(taken)).toEqual(wrong)
})

async function enrolment(code: string) {
  const store = await createMemoryKeyStore()
  const purpose = 'wallet-credential'
  const key = await store.generate({
    keyId: keyIdOf({ site: new Uint8Array(16), purpose }),
    version: 1,
    purpose,
    algorithm: 'P-256',
  })
  const proof = toBase64url(await store.sign(key, concat(utf8('edgeward/enrol/1\0'), utf8(code))))
  return { code, publicKey: toBase64url(key.publicKey ?? new Uint8Array()), proof }
}

async function newWallet(credential: string): Promise<{ enrolled: string; taken: string }> {
  const { code }: Invitation = await plant.call(operations.invite, { credential })
  return { enrolled: (await plant.call(operations.enrol, await enrolment(code))).credential, taken: code }
}

test('T36: no operation takes a foreign origin, a rebound name or another type of body, and none is shared with another origin', async () => {
  const session = await browser.signIn()
  const { host, origin } = browser.ours()
  for (const [name, operation] of table) {
    const path = addressOf(name, operation)
    for (const foreign of [
      'http://evil.example',
      'null',
      origin.replace('http:', 'https:'),
      `${origin}0`,
      `http://${host}.evil.example`,
    ]) {
      const answer = await ask(operation, path, { ...session.change, origin: foreign })
      expect([answer.status, refusalCode(answer), answer.headers['access-control-allow-origin']], name).toEqual([
        403,
        'origin',
        undefined,
      ])
    }
    for (const headers of [
      { host: 'rebound.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect(refusalCode(await ask(operation, path, { ...session.change, ...headers })), name).toBe('origin')
    }
    if (operation.method === 'GET') continue
    const plain = await tcpRequest(plant.service.url, {
      method: 'POST',
      path,
      raw: '{"code":"00000-00000-00000-00000-00000-0","name":"x"}',
      headers: { ...session.change, 'content-type': 'text/plain' },
    })
    const byOperatorAlone = matrix[name]?.session === 'not-allowed'
    expect([plain.status, refusalCode(plain)], name).toEqual(
      byOperatorAlone ? [403, 'not-allowed'] : [415, 'unsupported-media-type'],
    )
    const preflight = await tcpRequest(plant.service.url, {
      method: 'OPTIONS',
      path,
      headers: { host, origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    })
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([403, undefined])
  }
})

test('T36: a foreign page opens no stream and no upgrade, and nothing is ever upgraded', async () => {
  const { cookie } = await browser.signIn()
  const upgrade = (path: string, origin: string) =>
    raw(
      `GET ${path} HTTP/1.1\r\nhost: ${browser.ours().host}\r\norigin: ${origin}\r\ncookie: ${cookie}\r\nconnection: upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
  for (const path of ['/api/events/stream', '/api/session', '/', '/nothing']) {
    expect(await upgrade(path, 'http://evil.example'), path).toMatch(/^HTTP\/1.1 403 [\s\S]*"code":"origin"/)
  }
  expect(await upgrade('/api/session', browser.ours().origin)).toMatch(/^HTTP\/1.1 200 /)
})

function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(plant.service.url).port), '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part))
    socket.on('end', () => resolve(answer)).on('error', reject)
    socket.write(text)
  })
}

test('T35: what a page asks by itself is no use of its session; what somebody does is', async () => {
  const read = ({ read: headers }: BrowserSession, background: boolean, path = '/api/status') =>
    browser.get(path, { ...headers, ...(background && { [backgroundHeader]: '1' }) }).then(({ status }) => status)
  const watched = await browser.signIn()
  for (let i = 0; i < 2; i++) {
    plant.clock.advance(5 * 60_000)
    expect(await read(watched, true)).toBe(200)
  }
  plant.clock.advance(5 * 60_000 - 1)
  expect([await read(watched, true), await read(watched, true, '/api/events/stream?after=x')]).toEqual([200, 400])
  plant.clock.advance(1)
  expect([await read(watched, true), await read(watched, false)]).toEqual([401, 401])

  const used = await browser.signIn()
  for (const act of [
    () => read(used, false),
    () =>
      browser
        .post('/api/people/cleo/pin', { pin: '4711' }, { ...used.change, [backgroundHeader]: '1' })
        .then(({ status }) => status),
  ]) {
    plant.clock.advance(sessionIdleMs - 1)
    expect(await act()).toBe(200)
  }
  plant.clock.advance(sessionIdleMs - 1)
  // A stream that is opened, or opened again by the browser, is no use either.
  expect(await read(used, false, '/api/events/stream?after=x')).toBe(400)
  plant.clock.advance(1)
  expect(await read(used, false)).toBe(401)
})

test('T35: a session ends after 12 hours whatever is done with it, and a millisecond before it lives', async () => {
  const session = await browser.signIn()
  const alive = () => browser.get('/api/status', session.read).then(({ status }) => status)
  for (let i = 0; i < 60; i++) {
    plant.clock.advance(sessionTotalMs / 60 - (i === 59 ? 1 : 0))
    expect(await alive()).toBe(200)
  }
  plant.clock.advance(1)
  expect(await alive()).toBe(401)
})

test('T35: five sessions live side by side, a sixth ends the one that was used longest ago', async () => {
  const sessions: BrowserSession[] = []
  for (let i = 0; i < 6; i++) {
    plant.clock.advance(1_000)
    sessions.push(await browser.signIn())
  }
  const statuses = await Promise.all(
    sessions.map(({ read }) => browser.get('/api/status', read).then(({ status }) => status)),
  )
  expect(statuses).toEqual([401, 200, 200, 200, 200, 200])
})

type Act = (call: Plant['call']) => Promise<unknown>
/** Every operation that changes something, with what it needs to succeed. */
const acts: Readonly<Record<string, Act>> = {
  createLogInLink: call => call(operations.createLogInLink, {}),
  applySite: call =>
    call(operations.applySite, {
      text: plantFile.replace('Ada Loosli', `Ada Loosli ${++names}`),
      fileName: 'site.yaml',
    }),
  revoke: call => call(operations.revoke, { person: victims.pop() ?? '', reason: 'left' }),
  setPin: call => call(operations.setPin, { person: 'theo', pin: '4711' }),
  invite: call => call(operations.invite, { credential: 'c-1010' }),
  orderCommissioning: call => call(operations.orderCommissioning, { module: 'edge-lab' }),
  logOut: call => call(operations.logOut, {}),
}
let names = 0
const victims = ['finn', 'lea']
/** Those whose principal is not the caller; tested below. */
const byOthers = ['claim', 'logIn', 'enrol', 'commission']

const newest = async () => (await plant.call(operations.events, { limit: 1 })).newest
/** Records of the service behind a place: what, and who. */
async function recordsAfter(after: string): Promise<readonly (readonly [string | null, string | null])[]> {
  const { events } = await plant.call(operations.events, { after })
  return events.filter(({ module }) => module === 'service').map(({ event, actor }) => [event, actor] as const)
}

test('T63: every operation that changes something writes exactly one record of its one principal before it answers', async () => {
  const changing = table.filter(([, { mutates }]) => mutates).map(([name]) => name)
  expect(changing.sort()).toEqual([...Object.keys(acts), ...byOthers].sort())
  const operator = `local:${process.getuid?.()}`
  const events: Record<string, unknown> = {}
  for (const [name, act] of Object.entries(acts)) {
    const after = await newest()
    await act(plant.call)
    const records = await recordsAfter(after)
    expect(
      records.map(([, actor]) => actor),
      name,
    ).toEqual([operator])
    events[name] = records[0]?.[0]
  }
  for (const [name, act] of Object.entries(acts).filter(([known]) => matrix[known]?.session === 'pass')) {
    const session = await browser.signIn()
    const after = await newest()
    await act(bySession(session))
    expect(await recordsAfter(after), name).toEqual([[events[name], 'Nora Admin']])
  }
})

/** Calls with a session instead of the operator socket. */
function bySession({ change }: BrowserSession): Plant['call'] {
  return async (operation, input) => {
    const { answerOf, requestOf } = await import('../../src/api/index.ts')
    const { method, path, body } = requestOf(operation, input)
    const { status, json } = await tcpRequest(plant.service.url, { method, path, body, headers: change })
    return answerOf(operation, { status, json })
  }
}

test('T63: claim, log-in, enrolment and commissioning are records of whoever proved something', async () => {
  const start = await newest()
  const { url } = await plant.call(operations.createLogInLink, {})
  const between = await newest()
  expect((await browser.post('/api/log-in', { code: codeIn(url) })).status).toBe(200)
  expect(await recordsAfter(between)).toEqual([['logged-in', 'Nora Admin']])
  const { code } = await plant.call(operations.invite, { credential: 'c-2001' })
  const invited = await newest()
  expect((await browser.post('/api/wallet/enrol', await enrolment(code))).status).toBe(200)
  expect(await recordsAfter(invited)).toEqual([['wallet-enrolled', 'holder']])
  const { order } = await plant.call(operations.orderCommissioning, { module: 'edge-hall' })
  const ordered = await newest()
  const { FakeModule } = await import('../support/fake-module.ts')
  await FakeModule.commission(plant, 'edge-hall', { order })
  expect(await recordsAfter(ordered)).toEqual([['module-commissioned', 'holder']])
  const { events } = await plant.call(operations.events, { before: String(Number(start) + 1), limit: 500 })
  expect(events.filter(({ event }) => event === 'claimed').map(({ actor }) => actor)).toEqual(['Nora Admin'])
})

test('T63: what is refused is no record', async () => {
  const { change } = await browser.signIn()
  const after = await newest()
  for (const [name, operation] of table.filter(([, { mutates }]) => mutates)) {
    if (name !== 'logOut' && name !== 'applySite') await ask(operation, pathOf(operation), change)
  }
  await browser.post('/api/people/cleo/pin', { pin: '4711' }, { ...change, origin: 'http://evil.example' })
  expect(await recordsAfter(after)).toEqual([])
})
