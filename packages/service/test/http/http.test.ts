import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csrfHeader, type Events, operations, type SignedIn } from '../../src/api/index.ts'
import { ratePerAddress } from '../../src/http/limits.ts'
import { useDatabaseServer } from '../support/database.ts'
import { type Answer, type Plant, socketRequest, startPlant, tcpRequest } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant
let consoleFolder: string

beforeAll(async () => {
  consoleFolder = mkdtempSync(join(tmpdir(), 'ew-console-'))
  mkdirSync(join(consoleFolder, 'assets'))
  writeFileSync(join(consoleFolder, 'index.html'), '<!doctype html><title>console</title>')
  writeFileSync(join(consoleFolder, 'assets', 'main-abc.js'), 'console.log(1)')
  plant = await startPlant(server(), { consoleFolder })
})
afterAll(async () => {
  await plant.stop()
  rmSync(consoleFolder, { recursive: true, force: true })
})

const url = () => plant.service.url
const host = () => new URL(url()).host
const ours = () => ({ host: host(), origin: url() })
const post = (path: string, body: unknown, headers: Record<string, string> = ours()) =>
  tcpRequest(url(), { method: 'POST', path, body, headers })
const fetchPath = (path: string, headers: Record<string, string> = { host: host() }) =>
  tcpRequest(url(), { method: 'GET', path, headers })
const codeOf = ({ json }: Answer): unknown => (json as { error?: { code?: string } }).error?.code
const codeIn = (link: string): string => new URL(link).hash.slice(1)

/** Signs in by a fresh link. */
async function signIn(): Promise<{ cookie: string; token: string; answer: Answer }> {
  const link = await plant.call(operations.createLogInLink, {})
  const body = link.kind === 'claim' ? { code: codeIn(link.url), name: 'Nora Admin' } : { code: codeIn(link.url) }
  const answer = await post(link.kind === 'claim' ? '/api/claim' : '/api/log-in', body)
  expect(answer.status).toBe(200)
  const [cookie = ''] = String(answer.headers['set-cookie']).split(';')
  return { cookie, token: (answer.json as SignedIn).csrfToken, answer }
}

test('T49: before the claim nobody gets in, and the code works once, within 30 minutes, and stands in no log', async () => {
  expect((await fetchPath('/api/session')).json).toEqual({ state: 'signed-out', claimed: false, simulated: true })
  expect(codeOf(await fetchPath('/api/status'))).toBe('not-signed-in')
  for (const code of ['admin', '00000-00000-00000-00000-00000-0', 'password']) {
    expect([400, 403]).toContain((await post('/api/claim', { code, name: 'x' })).status)
    expect([400, 403]).toContain((await post('/api/log-in', { code })).status)
  }
  const old = await plant.service.createLogInLink()
  expect(old.kind).toBe('claim')
  plant.clock.advance(30 * 60_000 + 1)
  expect(codeOf(await post('/api/claim', { code: codeIn(old.url), name: 'Late' }))).toBe('code-refused')
  const replaced = await plant.service.createLogInLink()
  const link = await plant.service.createLogInLink()
  expect(codeOf(await post('/api/claim', { code: codeIn(replaced.url), name: 'Early' }))).toBe('code-refused')
  expect(codeOf(await post('/api/log-in', { code: codeIn(link.url) }))).toBe('code-refused')
  const claimed = await post('/api/claim', {
    code: codeIn(link.url).toLowerCase().replaceAll('-', ' '),
    name: 'Nora Admin',
  })
  expect(claimed.json).toMatchObject({ state: 'signed-in', principal: { kind: 'administrator', name: 'Nora Admin' } })
  expect(codeOf(await post('/api/claim', { code: codeIn(link.url), name: 'Again' }))).toBe('code-refused')
  const log = plant.log.join('')
  for (const { url: secret } of [old, replaced, link]) expect(log.includes(codeIn(secret))).toBe(false)
  expect(await plant.rows('select name from administrator')).toEqual([{ name: 'Nora Admin' }])
})

test('a session has a cookie that no script sees, and ends with log-out', async () => {
  const { cookie, token, answer } = await signIn()
  expect(String(answer.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/)
  const status = () => fetchPath('/api/status', { host: host(), cookie })
  expect((await status()).status).toBe(200)
  expect((await fetchPath('/api/session', { host: host(), cookie })).json).toMatchObject({
    state: 'signed-in',
    csrfToken: token,
  })
  const out = await post('/api/log-out', {}, { ...ours(), cookie, [csrfHeader]: token })
  expect(out.json).toEqual({ done: true })
  expect(codeOf(await status())).toBe('not-signed-in')
})

test('T36: a change needs the token, our own origin and name, and JSON', async () => {
  const { cookie, token } = await signIn()
  const good = { ...ours(), cookie, [csrfHeader]: token }
  const change = (headers: Record<string, string>) => post('/api/people/cleo/pin', { pin: '4711' }, headers)
  expect((await change(good)).status).toBe(200)
  const { [csrfHeader]: _token, ...withoutToken } = good
  const { origin: _origin, ...withoutOrigin } = good
  expect([(await change(withoutToken)).status, codeOf(await change(withoutToken))]).toEqual([403, 'csrf'])
  expect(codeOf(await change({ ...good, [csrfHeader]: `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}` }))).toBe(
    'csrf',
  )
  expect(codeOf(await change(withoutOrigin))).toBe('origin')
  for (const origin of ['http://evil.example', 'null', url().replace('http', 'https'), `${url()}.evil.example`]) {
    expect(codeOf(await change({ ...good, origin })), origin).toBe('origin')
  }
  expect(codeOf(await change({ ...good, host: 'rebound.example' }))).toBe('origin')
  expect(codeOf(await change({ ...good, 'sec-fetch-site': 'cross-site' }))).toBe('origin')
  const plain = await tcpRequest(url(), {
    method: 'POST',
    path: '/api/people/cleo/pin',
    raw: '{"pin":"4711"}',
    headers: { ...good, 'content-type': 'text/plain' },
  })
  expect([plain.status, codeOf(plain)]).toEqual([415, 'unsupported-media-type'])
  const form = await tcpRequest(url(), {
    method: 'POST',
    path: '/api/log-out',
    raw: 'a=b',
    headers: { ...good, 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(form.status).toBe(415)
  const stream = await fetchPath('/api/events/stream', { host: host(), cookie, origin: 'http://evil.example' })
  expect(stream.status).toBe(403)
  const answers = [await fetchPath('/api/session', { host: host(), origin: url() }), await change(good)]
  for (const { headers } of answers) expect(headers['access-control-allow-origin']).toBeUndefined()
})

test('pages come with a policy that runs nothing inline and lets nobody frame them, and with nothing that needs TLS', async () => {
  const page = await fetchPath('/modules')
  expect(page.text).toContain('<title>console</title>')
  const policy = String(page.headers['content-security-policy'])
  expect(policy).toContain("script-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/unsafe|upgrade-insecure-requests/)
  expect(page.headers['strict-transport-security']).toBeUndefined()
  expect(page.headers['x-content-type-options']).toBe('nosniff')
  const file = await fetchPath('/assets/main-abc.js')
  expect(file.headers['cache-control']).toContain('immutable')
  for (const path of ['/assets/none.js', '/api/none', '/..%2f..%2fetc%2fpasswd', '/%2e%2e/package.json']) {
    expect((await fetchPath(path)).status, path).toBe(404)
  }
})

test('the operator socket is its owner’s alone, and needs no log-in', async () => {
  expect(statSync(plant.service.operatorSocket).mode & 0o777).toBe(0o600)
  const { json } = await socketRequest(plant.service.operatorSocket, { method: 'GET', path: '/api/session' })
  expect(json).toMatchObject({ principal: { kind: 'operator', name: `local:${process.getuid?.()}` } })
  expect(codeOf(await post('/api/log-in-links', {}))).toBe('not-allowed')
  const { cookie, token } = await signIn()
  expect(codeOf(await post('/api/log-in-links', {}, { ...ours(), cookie, [csrfHeader]: token }))).toBe('not-allowed')
})

test('T50: codes that are wrong, used, too old or of another kind get one answer', async () => {
  const used = await plant.call(operations.createLogInLink, {})
  await post('/api/log-in', { code: codeIn(used.url) })
  const invitation = await plant.call(operations.invite, { credential: 'c-1003' })
  const answers: object[] = []
  for (const code of [
    '00000-00000-00000-00000-00000-0',
    codeIn(used.url),
    invitation.code,
    '!!!!!-!!!!!-!!!!!-!!!!!-!!!!!-!',
  ]) {
    const { status, text, headers } = await post('/api/log-in', { code })
    const rest = Object.entries(headers).filter(([name]) => name !== 'date' && !name.startsWith('x-ratelimit'))
    answers.push({ status, text, rest })
  }
  for (const answer of answers) expect(answer).toEqual(answers[0])
})

test('codes may be tried 20 times in a quarter of an hour from one address', async () => {
  plant.clock.advance(30 * 60_000)
  const tryOne = () => post('/api/log-in', { code: '00000-00000-00000-00000-00000-0' })
  for (let i = 0; i < 20; i++) expect((await tryOne()).status).toBe(403)
  const refused = await tryOne()
  expect([refused.status, codeOf(refused)]).toEqual([429, 'too-many-requests'])
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  plant.clock.advance(15 * 60_000)
  expect((await tryOne()).status).toBe(403)
})

test('the service’s own records are a chain without gaps', async () => {
  const rows = (await plant.rows(
    "select number::int as number from record where module = 'service' order by number",
  )) as { number: number }[]
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_, i) => i + 1))
})

test('records can be followed as they come, and again from any place', async () => {
  const { newest } = await plant.call(operations.events, { limit: 1 })
  const stream = await openStream(`/api/events/stream?after=${newest}`)
  await plant.call(operations.setPin, { person: 'theo', pin: '4711' })
  const first = await stream.next()
  expect(first).toMatchObject({ event: 'event', data: { event: 'pin-set', person: { id: 'theo' } } })
  await plant.call(operations.setPin, { person: 'rosa', pin: '4711' })
  expect(await stream.next()).toMatchObject({ data: { person: { id: 'rosa' } } })
  stream.close()
  const resumed = await openStream('/api/events/stream', { 'last-event-id': String(first.id) })
  expect(await resumed.next()).toMatchObject({ data: { person: { id: 'rosa' } } })
  resumed.close()
  const fresh = await openStream('/api/events/stream')
  await plant.call(operations.setPin, { person: 'fritz', pin: '4711' })
  expect(await fresh.next()).toMatchObject({ data: { person: { id: 'fritz' } } })
  fresh.close()
})

test('records are paged downwards without gap or repetition', async () => {
  const seen: string[] = []
  let before: string | null = null
  do {
    const page: Events = await plant.call(operations.events, { limit: 7, ...(before !== null && { before }) })
    seen.push(...page.events.map(({ cursor }) => cursor))
    before = page.oldest
  } while (before !== null)
  const all = (await plant.call(operations.events, { limit: 500 })).events.map(({ cursor }) => cursor)
  expect(seen).toEqual(all)
  expect(new Set(seen).size).toBe(seen.length)
})

test('the interface describes itself: OpenAPI 3.1 with every operation', async () => {
  const document = (await plant.call(operations.openapi, {})) as {
    openapi: string
    paths: Record<string, Record<string, { operationId: string }>>
  }
  expect(document.openapi).toBe('3.1.0')
  const described = Object.values(document.paths).flatMap(methods =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  expect(described.sort()).toEqual(Object.keys(operations).sort())
})

test('T87: 600 requests in a minute from an address without a session are answered, made-up cookies and all; more are not', async () => {
  const made = (i: number): Record<string, string> =>
    i % 2 === 0 ? { host: host() } : { host: host(), cookie: `edgeward_session=${String(i).padStart(43, 'A')}` }
  const { cookie } = await signIn()
  const answers: Answer[] = []
  while (answers.at(-1)?.status !== 429) answers.push(await fetchPath('/api/session', made(answers.length)))
  // The tests above have sent some.
  expect(answers.length).toBeLessThanOrEqual(ratePerAddress.most + 1)
  expect(answers.length).toBeGreaterThan(ratePerAddress.most / 2)
  const refused = answers.at(-1) as Answer
  expect(codeOf(refused)).toBe('too-many-requests')
  expect(refused.text).toContain(String(ratePerAddress.most))
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect((await fetchPath('/api/session', { host: host(), cookie: 'edgeward_session=x' })).status).toBe(429)
  // Whoever has a session, and the operator, go on.
  expect((await fetchPath('/api/session', { host: host(), cookie })).status).toBe(200)
  const operator = await socketRequest(plant.service.operatorSocket, { method: 'GET', path: '/api/session' })
  expect(operator.status).toBe(200)
})

interface Stream {
  next(): Promise<{ id?: string; event?: string; data: unknown }>
  close(): void
}

async function openStream(path: string, headers: Record<string, string> = {}): Promise<Stream> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent: ClientRequest = get({ socketPath: plant.service.operatorSocket, path, headers, agent: false }, resolve)
    sent.on('error', reject)
  })
  expect(response.headers['content-type']).toBe('text/event-stream')
  response.setEncoding('utf8')
  const messages: { id?: string; event?: string; data: unknown }[] = []
  let wake = (): void => undefined
  let text = ''
  let begun = (): void => undefined
  const ready = new Promise<void>(resolve => (begun = resolve))
  response.on('data', (chunk: string) => {
    begun()
    text += chunk
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts) {
      const fields = Object.fromEntries(part.split('\n').map(line => line.split(/: (.*)/s).slice(0, 2)))
      if (fields.data !== undefined) messages.push({ ...fields, data: JSON.parse(fields.data) })
    }
    wake()
  })
  response.on('error', () => undefined)
  await ready
  return {
    async next() {
      while (messages.length === 0) await new Promise<void>(resolve => (wake = resolve))
      return messages.shift() as { data: unknown }
    },
    close: () => response.destroy(),
  }
}
