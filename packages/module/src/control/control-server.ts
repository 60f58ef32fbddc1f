/**
 * The control socket: a Unix socket of mode 0600 for whoever may run the module. JSON lines:
 * {"id":1,"do":"status"} -> {"id":1,"ok":true,...} | {"id":1,"ok":false,"error":{"code","message"}}
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { describeError, type Log } from '../log.ts'
import type { ControlVerbs } from './verbs.ts'

/** Bytes of a line: a commissioning package in base64url and room to spare. */
const maxLineBytes = 256 * 1024
const maxConnections = 32
/** Lines of one connection that are not answered yet. */
const maxUnanswered = 32

export interface ControlServer {
  close(): Promise<void>
}

/** Opens the socket; what a dead process left at the path goes. */
export async function openControlSocket(path: string, verbs: ControlVerbs, log: Log): Promise<ControlServer> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  rmSync(path, { force: true })
  const connections = new Set<Socket>()
  const server = createServer(socket => {
    if (connections.size >= maxConnections) return void socket.destroy()
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    socket.on('error', error => log.warn('control-connection', describeError(error)))
    serve(socket, verbs, log)
  })
  await listen(server, path)
  return {
    async close() {
      for (const socket of connections) socket.destroy()
      await new Promise<void>(resolve => server.close(() => resolve()))
      rmSync(path, { force: true })
    },
  }
}

/** The umask closes the moment between the socket's birth and chmod. */
async function listen(server: Server, path: string): Promise<void> {
  const umask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } finally {
    process.umask(umask)
  }
  chmodSync(path, 0o600)
}

function serve(socket: Socket, verbs: ControlVerbs, log: Log): void {
  let rest = Buffer.alloc(0)
  let unanswered = 0
  socket.on('data', data => {
    rest = Buffer.concat([rest, data])
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      const line = rest.subarray(0, end).toString('utf8')
      rest = rest.subarray(end + 1)
      unanswered += 1
      if (unanswered > maxUnanswered) return void socket.destroy()
      void answer(line, verbs, log).then(reply => {
        unanswered -= 1
        if (!socket.destroyed) socket.write(`${reply}\n`)
      })
    }
    if (rest.length > maxLineBytes) socket.destroy()
  })
}

/** One line for one line, whatever happens. */
async function answer(line: string, verbs: ControlVerbs, log: Log): Promise<string> {
  let id: unknown = null
  try {
    const request: unknown = JSON.parse(line)
    if (typeof request !== 'object' || request === null || Array.isArray(request))
      throw new SyntaxError('not an object')
    id = (request as { id?: unknown }).id ?? null
    const reply = await verbs.answer(request as Readonly<Record<string, unknown>>)
    return JSON.stringify({ ...reply, id, ok: true })
  } catch (error) {
    if (error instanceof SyntaxError) return failure(id, 'bad-request', 'a request is one JSON object on one line')
    const { code } = error as { code?: unknown }
    if (typeof code === 'string' && error instanceof Error) return failure(id, code, error.message)
    log.warn('control-request', describeError(error))
    return failure(id, 'internal-error', 'the request failed; the log of the module says why')
  }
}

const failure = (id: unknown, code: string, message: string): string =>
  JSON.stringify({ id, ok: false, error: { code, message } })
