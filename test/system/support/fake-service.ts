/** A service for the pages alone: the built console, the contract's operations over fixtures, and a stream to push on. */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, relative } from 'node:path'
import { csrfHeader, type EventRow, type Operations, operations, type SessionState } from '@edgeward/service/api'
import * as fixtures from './console-fixtures.ts'
import { clone } from './plant.ts'

const pages = join(clone, 'apps/console/dist/web')

/** As strict as the service's: nothing inline, nothing from elsewhere. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export const claimCode = 'C'.repeat(26)
export const logInCode = 'L'.repeat(26)
const csrfToken = 'token-of-this-session'

export interface FakeService {
  readonly url: string
  /** Sends events on every open stream. */
  readonly push: (events: readonly EventRow[]) => void
  /** Ends every open stream, as a restart does. */
  readonly cutStreams: () => void
  /** From now on every call is refused with this code; undefined: no more. */
  readonly refuseWith: (code: string | undefined) => void
  readonly signOut: () => void
  readonly stop: () => Promise<void>
}

/** Starts it on a free port of this machine. `signedIn`: a session stands already. */
export async function startFakeService({ signedIn = true } = {}): Promise<FakeService> {
  let session: SessionState = signedIn
    ? signedInAs('Rosa Kern')
    : { state: 'signed-out', claimed: false, simulated: true }
  let refusal: string | undefined
  const events: EventRow[] = [...fixtures.history]
  const streams = new Set<ServerResponse>()
  const files = readPages()

  const answers: Partial<Record<keyof Operations, (request: Call) => unknown>> = {
    session: () => session,
    claim: ({ body }) => {
      if (body.code !== claimCode) return refused(410, 'code-refused')
      session = signedInAs(String(body.name))
      return session
    },
    logIn: ({ body }) => {
      if (body.code !== logInCode) return refused(410, 'code-refused')
      session = signedInAs('Rosa Kern')
      return session
    },
    logOut: () => {
      session = { state: 'signed-out', claimed: true, simulated: true }
      return { done: true }
    },
    status: () => fixtures.status,
    modules: () => fixtures.modules,
    people: () => fixtures.people,
    assets: () => fixtures.assets,
    credentials: () => fixtures.credentials,
    matrix: () => fixtures.matrix,
    events: ({ query }) => pageOf(events, query),
    decision: ({ path }) => {
      const row = events.find(({ decisionId }) => decisionId === path.split('/').at(-1))
      return row ? fixtures.card(row) : refused(404, 'not-found')
    },
  }

  const server = createServer((request, response) => {
    void handle(request, response)
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (!url.pathname.startsWith('/api/')) return sendPage(files, url.pathname, response)
    if (url.pathname === operations.eventStream.path) return openStream(url, response)
    const name = operationAt(request.method ?? '', url.pathname)
    const answer = name === undefined ? undefined : answers[name]
    if (name === undefined || !answer) return sendRefusal(response, 404, 'not-found')
    if (refusal !== undefined && name !== 'session') return sendRefusal(response, 503, refusal)
    const open = operations[name].principals.includes('anyone')
    if (!open && session.state === 'signed-out') return sendRefusal(response, 401, 'not-signed-in')
    if (!open && request.method === 'POST' && request.headers[csrfHeader] !== csrfToken) {
      return sendRefusal(response, 403, 'csrf')
    }
    const text = await textOf(request)
    const body = text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>)
    const made = answer({ body, query: url.searchParams, path: url.pathname })
    if (made instanceof Refusal) return sendRefusal(response, made.status, made.code)
    sendJson(response, 200, operations[name].response.parse(made))
  }

  function openStream(url: URL, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': open\n\n')
    const after = BigInt(url.searchParams.get('after') ?? '0')
    for (const event of events.toReversed()) if (BigInt(event.cursor) > after) writeEvent(response, event)
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }

  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://localhost:${port}`,
    push: batch => {
      for (const event of batch) {
        events.unshift(event)
        for (const stream of streams) writeEvent(stream, event)
      }
    },
    cutStreams: () => {
      for (const stream of streams) stream.destroy()
    },
    refuseWith: code => {
      refusal = code
    },
    signOut: () => {
      session = { state: 'signed-out', claimed: true, simulated: true }
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => {
        server.close(resolve)
      })
    },
  }
}

interface Call {
  readonly body: Readonly<Record<string, unknown>>
  readonly query: URLSearchParams
  readonly path: string
}

class Refusal {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string) {
    this.status = status
    this.code = code
  }
}
const refused = (status: number, code: string): Refusal => new Refusal(status, code)

function signedInAs(name: string): SessionState {
  return {
    state: 'signed-in',
    principal: { kind: 'administrator', name },
    csrfToken,
    expiresAt: new Date(fixtures.fixtureNow + 12 * 3_600_000).toISOString(),
    simulated: true,
  }
}

function pageOf(events: readonly EventRow[], query: URLSearchParams): unknown {
  const before = query.get('before')
  const wanted = (name: string, value: string | undefined): boolean => !query.has(name) || query.get(name) === value
  const found = events.filter(
    event =>
      (before === null || BigInt(event.cursor) < BigInt(before)) &&
      wanted('person', event.person?.id) &&
      wanted('asset', event.asset?.id) &&
      wanted('module', event.module) &&
      wanted('decision', event.decision ?? undefined) &&
      wanted('kind', event.kind),
  )
  const page = found.slice(0, Number(query.get('limit') ?? 100))
  return {
    events: page,
    newest: events[0]?.cursor ?? '0',
    oldest: found.length > page.length ? (page.at(-1)?.cursor ?? null) : null,
  }
}

function operationAt(method: string, path: string): keyof Operations | undefined {
  const names = Object.keys(operations) as (keyof Operations)[]
  return names.find(name => {
    const { method: own, path: pattern } = operations[name]
    return own === method && new RegExp(`^${pattern.replaceAll(/:[a-zA-Z]+/g, '[^/]+')}$`).test(path)
  })
}

function writeEvent(stream: ServerResponse, event: EventRow): void {
  stream.write(`id: ${event.cursor}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`)
}

function sendPage(files: ReadonlyMap<string, Buffer>, path: string, response: ServerResponse): void {
  const file = files.has(path) ? path : '/index.html'
  response.writeHead(200, {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
  })
  response.end(files.get(file))
}

/** All pages in memory, so that a build beside the tests takes none of them away. */
function readPages(): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(pages, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return new Map(
    entries.map(({ parentPath, name }) => {
      const file = join(parentPath, name)
      return [`/${relative(pages, file)}`, readFileSync(file)]
    }),
  )
}

function sendJson(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(json))
}

const sendRefusal = (response: ServerResponse, status: number, code: string): void =>
  sendJson(response, status, { error: { code, message: `refused: ${code}` } })

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
