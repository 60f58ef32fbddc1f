import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csrfHeader, operations, type SignedIn } from '../../src/api/index.ts'
import { useDatabaseServer } from '../support/database.ts'
import { type Plant, startPlant, tcpRequest } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant
beforeAll(async () => {
  plant = await startPlant(server())
})
afterAll(() => plant.stop())

const ours = () => ({ host: new URL(plant.service.url).host, origin: plant.service.url })
const post = (path: string, body: unknown, headers: Record<string, string> = ours()) =>
  tcpRequest(plant.service.url, { method: 'POST', path, body, headers })

async function signIn(): Promise<{ readonly cookie: string; readonly token: string }> {
  const { kind, url } = await plant.call(operations.createLogInLink, {})
  const code = new URL(url).hash.slice(1)
  const answer = await post(`/api/${kind}`, kind === 'claim' ? { code, name: 'Nora Admin' } : { code })
  const [cookie = ''] = String(answer.headers['set-cookie']).split(';')
  return { cookie, token: (answer.json as SignedIn).csrfToken }
}

/** Follows the records with a session: until something has come, and all of it once the service has ended the stream. */
async function follow(
  cookie: string,
): Promise<{ readonly text: Promise<string>; readonly until: (word: string) => Promise<void> }> {
  const sent = get(`${plant.service.url}/api/events/stream`, { headers: { cookie }, agent: false })
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(response, 'data')
  return {
    text: once(response, 'end').then(() => text),
    async until(word) {
      while (!text.includes(word)) await once(response, 'data')
    },
  }
}

test('T35: a log-out ends the streams of its session, and nothing more comes on them', async () => {
  const { cookie, token } = await signIn()
  const stream = await follow(cookie)
  const other = await follow((await signIn()).cookie)
  await post('/api/log-out', {}, { ...ours(), cookie, [csrfHeader]: token })
  expect(await stream.text).not.toContain('logged-out')
  await other.until('logged-out')
  plant.clock.advance(12 * 3_600_000 + 1)
  await plant.call(operations.setPin, { person: 'theo', pin: '4711' })
  expect(await other.text).not.toContain('pin-set')
})
