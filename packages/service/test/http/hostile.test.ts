import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AnyOperation, operations } from '../../src/api/index.ts'
import { maxSiteFileBytes } from '../../src/api/site.ts'
import { maxBodyBytes, maxHeaderBytes, maxJsonDepth, maxJsonItems, maxUrlCharacters } from '../../src/http/limits.ts'
import { browserOf, refusalCode, refusalText } from '../support/browser.ts'
import { useDatabaseServer } from '../support/database.ts'
import { type Answer, type Plant, socketRequest, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant
const browser = browserOf(() => plant)

beforeAll(async () => {
  plant = await startPlant(server())
})
afterAll(() => plant.stop())

const table = Object.entries(operations) as readonly (readonly [string, AnyOperation])[]
/** The stream has no end; what is wrong with its query is answered before it begins. */
const named = (name: string): AnyOperation => table.find(([known]) => known === name)?.[1] as AnyOperation
const send = (operation: AnyOperation, path: string, sent: { raw?: string; type?: string } = {}): Promise<Answer> =>
  socketRequest(plant.service.operatorSocket, {
    method: operation.method,
    path,
    ...(sent.raw !== undefined && { raw: sent.raw, headers: { 'content-type': sent.type ?? 'application/json' } }),
  })

const fragments = [
  '../',
  '..%2f..%2fetc%2fpasswd',
  '\u0000',
  '__proto__',
  'constructor',
  'toString',
  "' or 1=1 --",
  '"; drop table person; --',
  '$1',
  '{"$ne":null}',
  '[]',
  '🏭',
  '\u202Eevil',
  '<img src=x onerror=alert(1)>',
  'NaN',
  '-0',
  '1e999',
  '999999999999999999',
  '9007199254740991',
  '2147483648',
  '9223372036854775808',
  '-1',
  '0x10',
  '0',
  'null',
  ' ',
  '',
  '%',
  'a'.repeat(3_000),
] as const
const hostileText = fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary', maxLength: 40 }))
/** A part of an address: encoded, and now and then as it is or of bytes that are no UTF-8. */
const hostilePart = fc.oneof(
  hostileText.map(text => encodeURIComponent(Buffer.from(text).toString())),
  fc.constantFrom('%00', '%ff%fe', '%ed%a0%80', '%', '%zz', '..', '.', '%2e%2e', 'x'.repeat(10_000), 'a;b', 'a%2fb'),
)
const hostileQuery = fc
  .array(
    fc.tuple(
      fc.constantFrom('before', 'after', 'limit', 'person', 'asset', 'module', 'decision', 'kind', 'query', 'version'),
      hostilePart,
    ),
    { maxLength: 4 },
  )
  .map(pairs => pairs.map(([name, value]) => `${name}=${value}`).join('&'))

const bodyNames = [
  'code',
  'name',
  'text',
  'fileName',
  'comment',
  'reason',
  'credential',
  'pin',
  'duress',
  'order',
] as const
const moreNames = [
  'request',
  'publicKey',
  'proof',
  'challenge',
  'person',
  'module',
  '__proto__',
  'constructor',
] as const
const hostileValue = fc.oneof(
  hostileText,
  fc.constantFrom(
    null,
    true,
    1e308,
    -0,
    2 ** 60,
    [],
    {},
    [[[[]]]],
    { toString: 1 },
    '4711',
    'lost',
    'c-1003',
    'b.yaml',
  ),
)
const hostileBody = fc.oneof(
  fc
    .array(fc.tuple(fc.constantFrom(...bodyNames, ...moreNames), hostileValue), { maxLength: 6 })
    .map(pairs => `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`),
  fc.constantFrom(
    ...[
      '',
      '{',
      '[]',
      '[1]',
      'null',
      '0',
      '"text"',
      'NaN',
      '{"pin":NaN}',
      '{"reason":1e999}',
      '\u0000',
      '{"a":1}{"a":2}',
    ],
    ...['{"reason":"\\ud800"}', '{"text":"\\u0000","fileName":"\\u0000"}', '{"reason":"lost","credential":["c-1"]}'],
    `${'['.repeat(100_000)}`,
    `{"x":${'{"x":'.repeat(40)}1${'}'.repeat(41)}`,
    `{"pin":${'9'.repeat(5_000)}}`,
  ),
)
const contentType = fc.constantFrom(
  ...['application/json', 'application/json', 'application/json', 'text/plain', 'application/x-www-form-urlencoded'],
  ...['application/json; charset=utf-16', 'multipart/form-data; boundary=x', 'application/xml', 'nonsense'],
)

/** Everything that is stored, but the counts of tries. */
async function stored(): Promise<string> {
  const tables = (await plant.rows("select tablename as name from pg_tables where schemaname = 'public'")) as {
    name: string
  }[]
  const digests = tables
    .filter(({ name }) => name !== 'limit_window' && name !== 'challenge')
    .map(
      ({ name }) =>
        `select '${name}' as name, md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from ${name} t`,
    )
  return JSON.stringify(await plant.rows(digests.join(' union all ')))
}

/** Stack, source file, statement or a word of PostgreSQL in an answer. */
const inside = /\bat .*\.(?:ts|js):\d|node_modules|select .* from|syntax error|pg_|errno|postgres/i

test('T38: whatever stands in address, query and body, it is refused or it is text: no fault, nothing of the inside, nothing changed', async () => {
  const before = await stored()
  // What would be done if it were right stands aside: that it is done is tested elsewhere.
  const asked = table.filter(([name]) => !['eventStream', 'createLogInLink', 'logOut', 'openapi'].includes(name))
  const statuses = new Set<number>()
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...asked),
      fc.array(hostilePart, { minLength: 1, maxLength: 1 }),
      hostileQuery,
      hostileBody,
      contentType,
      async ([name, operation], [part = ''], query, raw, type) => {
        // A right id and a right body together would be an honest request: at least the id is wrong.
        const path = operation.path.replaceAll(/:[a-z]+/g, part)
        fc.pre(operation.path.includes(':') || operation.body !== undefined || operation.method === 'GET')
        const address = operation.method === 'GET' && query !== '' ? `${path}?${query}` : path
        const answer = await send(operation, address, operation.method === 'POST' ? { raw, type } : {})
        statuses.add(answer.status)
        expect(answer.status, `${name} ${address} ${raw}: ${answer.text}`).toBeLessThan(500)
        if (answer.status >= 400) {
          expect(refusalCode(answer), name).toEqual(expect.any(String))
          expect(answer.text).not.toMatch(inside)
        }
      },
    ),
    { numRuns: 250 },
  )
  expect([...statuses].sort()).toEqual(expect.arrayContaining([200, 400, 404, 415]))
  expect(await stored()).toBe(before)
  expect(plant.log.filter(line => line.includes('a request failed'))).toEqual([])
  expect((await plant.call(operations.status, {})).siteVersion).toBe(1)
})

test('T38: numbers that no column has room for are numbers of nothing', async () => {
  for (const number of ['2147483647', '2147483648', '4294967296', '9007199254740991', '9007199254740992']) {
    const answers = [
      await send(named('exportSite'), `/api/site/export?version=${number}`),
      await send(named('siteVersions'), `/api/site/versions?before=${number}`),
      await send(named('revocation'), `/api/revocations/${number}`),
      await send(named('events'), `/api/events?after=${number}`),
    ]
    for (const answer of answers) expect(answer.status, `${number}: ${answer.text}`).toBeLessThan(500)
  }
})

test('T38: what is in the query or the body does not stand in for what is in the path', async () => {
  const person = await send(named('person'), '/api/people/cleo?person=ada')
  expect(person.json).toMatchObject({ person: { id: 'cleo' } })
  const invited = await send(named('invite'), '/api/credentials/c-1003/invitations', { raw: '{"credential":"c-1010"}' })
  expect(invited.json).toMatchObject({ credential: 'c-1003' })
  const set = await send(named('setPin'), '/api/people/cleo/pin', { raw: '{"person":"ada","pin":"4711"}' })
  expect(set.json).toMatchObject({ person: { id: 'cleo' } })
})

test('T38: a prototype in a body reaches nothing', async () => {
  const revoke = (raw: string) => send(named('revoke'), '/api/people/theo/revoke', { raw })
  for (const raw of ['{"__proto__":{"reason":"lost"}}', '{"reason":"lost","constructor":{"prototype":{"role":"x"}}}']) {
    expect(refusalCode(await revoke(raw)), raw).toBe('invalid-request')
  }
  expect(Object.hasOwn(Object.prototype, 'role')).toBe(false)
  for (const id of ['__proto__', 'constructor', 'toString', 'hasownproperty']) {
    expect([400, 404]).toContain((await send(named('person'), `/api/people/${id}`)).status)
  }
})

test('cursors are places: of another list, forged or turned over they find what is behind that place, or are refused', async () => {
  const { events } = await plant.call(operations.events, { limit: 5 })
  const known = events[0]?.cursor ?? '0'
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }).map(String),
        fc
          .nat({ max: 15 })
          .map(bit =>
            String.fromCharCode(...[...known].map((c, i) => c.charCodeAt(0) ^ (i === 0 ? 1 << (bit % 7) : 0))),
          ),
        fc.constantFrom('-1', '01', '1e3', '1.5', '٣', '1'.repeat(19)),
      ),
      fc.constantFrom('after', 'before'),
      async (cursor, side) => {
        const answer = await send(named('events'), `/api/events?${side}=${encodeURIComponent(cursor)}`)
        expect(answer.status).toBe(/^(?:0|[1-9][0-9]{0,17})$/.test(cursor) ? 200 : 400)
        if (answer.status !== 200) return
        const found = (answer.json as { events: { cursor: string }[] }).events.map(row => Number(row.cursor))
        expect(found.every(place => (side === 'after' ? place > Number(cursor) : place < Number(cursor)))).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
})

/** The longest that is taken and the shortest that is not, with the bound that the refusal must name. */
const bounds: readonly (readonly [what: string, most: number, code: string, ask: (size: number) => Promise<Answer>])[] =
  [
    ['bytes of a body', maxBodyBytes, 'body-too-large', size => pinBody(padded(size))],
    [
      'characters of an address',
      maxUrlCharacters,
      'invalid-request',
      size => send(named('people'), `/api/people?x=${'a'.repeat(size - 14)}`),
    ],
    [
      'levels of a body',
      maxJsonDepth,
      'invalid-request',
      size => pinBody(`{"pin":"4711","x":${'['.repeat(size - 1)}${']'.repeat(size - 1)}}`),
    ],
    [
      'items of a list',
      maxJsonItems,
      'invalid-request',
      size => pinBody(`{"pin":"4711","x":[${'0,'.repeat(size - 1)}0]}`),
    ],
    ['rows of a page', 500, 'invalid-request', size => send(named('events'), `/api/events?limit=${size}`)],
    ['characters of a name', 200, 'invalid-request', size => pinOf('🏭'.repeat(size))],
    ['characters of a comment', 200, 'invalid-request', size => apply({ comment: 'ä'.repeat(size) })],
    ['characters of the name of a file', 200, 'invalid-request', size => apply({ fileName: 'f'.repeat(size) })],
    [
      'characters of a search',
      200,
      'invalid-request',
      size => send(named('people'), `/api/people?query=${'a'.repeat(size)}`),
    ],
  ]
const pinBody = (raw: string) => send(named('setPin'), '/api/people/cleo/pin', { raw })
const padded = (bytes: number): string => {
  const [head, tail] = ['{"pin":"4711","x":"', '"}']
  return `${head}${'x'.repeat(bytes - head.length - tail.length)}${tail}`
}
/** A reason is a name: asked of somebody who is not there, so that it is read and nothing is done. */
const pinOf = (reason: string) =>
  send(named('revoke'), '/api/people/nobody/revoke', { raw: JSON.stringify({ reason }) })
const apply = (more: object) =>
  send(named('applySite'), '/api/site/apply', { raw: JSON.stringify({ text: 'edgeward: 2', fileName: 'f', ...more }) })

test.each(bounds)('T87: %s: %i are taken, one more is refused and the refusal says so', async (_, most, code, ask) => {
  const taken = await ask(most)
  expect([200, 404, 422], taken.text).toContain(taken.status)
  const refused = await ask(most + 1)
  expect([refused.status >= 400 && refused.status < 500, refusalCode(refused)]).toEqual([true, code])
  expect(refusalText(refused)).toContain(String(most))
})

test('T37: names that people see have no control, bidirectional or half characters: reason, comment, name of a file', async () => {
  for (const bad of ['a\u0000b', 'a\u001b[31m', 'a\u202eb', 'a\u2066b', 'a\ud800b', 'a\u0085b']) {
    for (const ask of [pinOf, (comment: string) => apply({ comment }), (fileName: string) => apply({ fileName })]) {
      const answer = await ask(bad)
      expect([answer.status, refusalCode(answer)], JSON.stringify(bad)).toEqual([400, 'invalid-request'])
    }
  }
})

test('T42: a site file has 16 MiB at most, whatever its characters', async () => {
  const check = (text: string) =>
    send(named('checkSite'), '/api/site/check', { raw: JSON.stringify({ text, fileName: 'f' }) })
  const head = 'edgeward: 1\nsite: { id: s, timeZone: UTC }\n# '
  const full = head + 'x'.repeat(maxSiteFileBytes - head.length)
  expect((await check(full)).json).toMatchObject({ ok: true })
  for (const more of [`${full}x`, `${full.slice(0, -1)}ä`]) {
    const refused = await check(more)
    expect([refused.status >= 400 && refused.status < 500, refusalText(refused)]).toEqual([
      true,
      expect.stringContaining(String(maxSiteFileBytes)),
    ])
  }
})

/** Sends bytes as they are and reads until the connection ends. */
function rawRequest(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(plant.service.url).port), '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part))
    socket.on('end', () => resolve(answer)).on('error', reject)
    socket.write(text)
  })
}

test('address and headers have 16 KiB together, however many they are; more is refused with a sentence', async () => {
  const { host } = browser.ours()
  const fixed = `/api/session${'host'}${host}${'connection'}${'close'}`.length
  const ask = (bytes: number) =>
    rawRequest(
      `GET /api/session HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\nx: ${'a'.repeat(bytes - fixed - 1)}\r\n\r\n`,
    )
  expect(await ask(maxHeaderBytes - 1)).toMatch(/^HTTP\/1.1 200 /)
  const refused = await ask(maxHeaderBytes)
  expect(refused).toMatch(/^HTTP\/1.1 431 /)
  expect(refused).toContain('"code":"header-too-large"')
  expect(refused).toContain(String(maxHeaderBytes))
  // The last of three thousand is seen as the first is: none is dropped.
  const many = `${'a:b\r\n'.repeat(3_000)}origin: http://evil.example\r\n`
  expect(await rawRequest(`GET /api/session HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${many}\r\n`)).toMatch(
    /^HTTP\/1.1 403 /,
  )
})

test('what is no HTTP is answered with a sentence, and the next request is served', async () => {
  for (const text of ['\u0000\u0001\u0002\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', '{"a":1}\r\n\r\n']) {
    expect(await rawRequest(text), text).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"invalid-request"/)
  }
  expect((await browser.get('/api/session')).status).toBe(200)
})

test('T42: a body without an end is cut where its bound is', async () => {
  const { change } = await browser.signIn()
  const head = Object.entries({ ...change, 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n')
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const ask = (request: string): Promise<{ sent: number; answer: string }> =>
    new Promise(resolve => {
      const socket = connect(Number(new URL(plant.service.url).port), '127.0.0.1')
      let [sent, answer] = [0, '']
      const more = (): void => {
        while (socket.writable && socket.write(chunk)) sent += chunk.length
        sent += chunk.length
      }
      socket.setEncoding('utf8').on('data', (part: string) => (answer += part))
      // The service closes while more is under way.
      socket
        .on('drain', more)
        .on('error', () => undefined)
        .on('close', () => resolve({ sent, answer }))
      socket.write(`${request} HTTP/1.1\r\n${head}\r\n\r\n`)
      more()
    })
  const small = await ask('POST /api/people/cleo/pin')
  expect(small.answer).toMatch(/^HTTP\/1.1 413 [\s\S]*"code":"body-too-large"/)
  expect(small.sent).toBeLessThan(maxBodyBytes + 16 * 1024 * 1024)
  const foreign = await ask('POST /api/nothing')
  expect(foreign.answer).toMatch(/^HTTP\/1.1 4(?:04|13) /)
  expect((await browser.get('/api/session')).status).toBe(200)
})
