/** The HTTP server: the table of operations on a loopback port and, the same routes, on the operator socket. */
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import fastifyHelmet from '@fastify/helmet'
import fastifyRateLimit from '@fastify/rate-limit'
import fastifySwagger from '@fastify/swagger'
import fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod'
import { isClaimed } from '../access/log-in.ts'
import { sessionLives, sessionTotalMs } from '../access/sessions.ts'
import { ErrorAnswer } from '../api/error-answer.ts'
import type { AnyOperation } from '../api/operation.ts'
import { type Operations, operations } from '../api/operations.ts'
import type { Core } from '../core.ts'
import type { LogStream } from '../log.ts'
import { Refusal } from '../refusal.ts'
import { authorise, type Caller, type Channels, callerOf, checkOrigin, sessionCookie } from './caller.ts'
import { serveConsole } from './console-files.ts'
import { answerError } from './errors.ts'
import type { Handlers, Reply } from './handlers.ts'
import { acceptJsonOnly } from './json-body.ts'
import { type EventSource, mostStreams, streamEvents } from './stream.ts'

const bodyLimit = 1024 * 1024
const headerBytes = 16 * 1024
const urlCharacters = 4 * 1024
const requestMs = 60_000
const perSecond = { session: 100, unauthenticated: 10 }
/** Bursts (a page and its data) even out over so many seconds. */
const rateWindowSeconds = 10
const loopback = '127.0.0.1'

export interface ServerOptions {
  readonly core: Core
  readonly handlers: Handlers
  readonly events: (input: { readonly caller: Caller }) => EventSource
  /** 0: any free one. */
  readonly port: number
  readonly operatorSocket: string
  readonly consoleFolder: string | undefined
}

export interface HttpServer {
  readonly port: number
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  stop(): Promise<void>
}

/** The application before it listens; its logger serves the whole service. */
export function createApp(log: { readonly stream: LogStream; readonly level: string }): FastifyInstance {
  const app = fastify({
    logger: {
      level: log.level,
      stream: log.stream,
      // Paths have ids of people; only the route is logged (T51).
      serializers: { req: request => ({ method: request.method, route: request.routeOptions?.url ?? 'none' }) },
      redact: {
        paths: ['*.pin', '*.duress', '*.code', '*.order', '*.proof', '*.password', '*.cookie', '*.csrfToken'],
        remove: true,
      },
    },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout: requestMs,
    routerOptions: { maxParamLength: urlCharacters },
    http: { maxHeaderSize: headerBytes },
    trustProxy: false,
    return503OnClosing: true,
    forceCloseConnections: true,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  acceptJsonOnly(app)
  return app
}

/** Registers everything and listens. */
export async function startServer(app: FastifyInstance, options: ServerOptions): Promise<HttpServer> {
  const { core, port, operatorSocket, consoleFolder } = options
  const operators = new WeakSet<Socket>()
  let listening = 0
  const channels: Channels = {
    isOperator: socket => operators.has(socket),
    hosts: () => [`${loopback}:${listening}`, `localhost:${listening}`],
  }
  await registerPlugins(app, channels)
  app.addHook('onRequest', async request => {
    if (request.raw.url !== undefined && request.raw.url.length > urlCharacters) {
      throw new Refusal('invalid-request', `an address has at most ${urlCharacters} characters`)
    }
    checkOrigin(channels, request)
    if (!isLoopback(request) && !(await isClaimed(core))) {
      throw new Refusal(
        'not-claimed',
        'until somebody has claimed this installation it answers on its own machine alone',
      )
    }
  })
  const streams = new AbortController()
  await app.register(async api =>
    registerOperations(api, { ...options, channels, streams: streams.signal, open: { streams: 0 } }),
  )
  await serveConsole(app, consoleFolder)
  await app.listen({ host: loopback, port })
  listening = (app.server.address() as AddressInfo).port
  const operatorServer = await listenForOperators(app, operatorSocket, operators)
  return {
    port: listening,
    url: `http://${loopback}:${listening}`,
    async stop() {
      streams.abort()
      operatorServer.closeAllConnections()
      await new Promise(resolve => operatorServer.close(resolve))
      rmSync(operatorSocket, { force: true })
      await app.close()
    },
  }
}

async function registerPlugins(app: FastifyInstance, channels: Channels): Promise<void> {
  await app.register(fastifyCookie)
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // On plain http both would lock the browser out.
    hsts: false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  })
  await app.register(fastifyRateLimit, {
    global: false,
    timeWindow: rateWindowSeconds * 1000,
    max: request =>
      rateWindowSeconds *
      (request.cookies[sessionCookie] === undefined ? perSecond.unauthenticated : perSecond.session),
    // By address, not by a cookie that anybody can make up.
    keyGenerator: request => `${request.ip} ${request.cookies[sessionCookie] === undefined ? 'open' : 'session'}`,
    allowList: request => channels.isOperator(request.raw.socket),
  })
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Edgeward trusted service', version: '1', description: 'Errors have one form, see ErrorAnswer.' },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
}

interface Registration extends ServerOptions {
  readonly channels: Channels
  /** Ends all streams. */
  readonly streams: AbortSignal
  readonly open: { streams: number }
}

function registerOperations(app: FastifyInstance, options: Registration): void {
  for (const name of Object.keys(operations) as (keyof Operations)[]) registerOperation(app, name, options)
}

function registerOperation(app: FastifyInstance, name: keyof Operations, options: Registration): void {
  const { core, channels, handlers } = options
  const operation: AnyOperation = operations[name]
  const { method, path, params, query, body, response, stream } = operation
  app.route({
    method,
    url: path,
    config: { rateLimit: {} },
    ...(operation.bodyLimit !== undefined && { bodyLimit: operation.bodyLimit }),
    schema: {
      operationId: name,
      summary: operation.summary,
      tags: [...operation.principals],
      ...(params && { params }),
      ...(query && { querystring: query }),
      ...(body && { body }),
      response: { ...(stream ? {} : { 200: response }), default: ErrorAnswer },
    },
    // Before the body is read: whoever may not call learns nothing by its faults.
    onRequest: async request => {
      const caller = await callerOf(core, channels, request)
      authorise(operation, caller, request)
      callers.set(request, caller)
    },
    handler: async (request, reply) => {
      const caller = callers.get(request)
      if (caller === undefined) throw new Refusal('not-signed-in', 'sign in first')
      void reply.header('cache-control', 'no-store')
      if (name === 'openapi') return app.swagger()
      if (name === 'eventStream') {
        reply.hijack()
        await openStream(options, request, { response: reply.raw, headers: reply.getHeaders(), caller })
        return reply
      }
      const input = Object.assign({}, request.params, request.query, request.body)
      const cookies: Reply = {
        signIn: ({ cookie }) =>
          void reply.setCookie(sessionCookie, cookie, {
            path: '/',
            httpOnly: true,
            sameSite: 'strict',
            maxAge: sessionTotalMs / 1000,
          }),
        signOut: () => void reply.clearCookie(sessionCookie, { path: '/', httpOnly: true, sameSite: 'strict' }),
      }
      // The validators have made of the request what the table says; only the compiler cannot know that of a name at run time.
      const handler = handlers[name] as (input: object, caller: Caller, reply: Reply) => Promise<unknown>
      return handler(input, caller, cookies)
    },
  })
}

const callers = new WeakMap<FastifyRequest, Caller>()

interface StreamReply {
  readonly response: import('node:http').ServerResponse
  readonly headers: NodeJS.Dict<number | string | string[]>
  readonly caller: Caller
}

async function openStream(registration: Registration, request: FastifyRequest, reply: StreamReply): Promise<void> {
  const { core, events, streams, open } = registration
  const { response, headers, caller } = reply
  if (open.streams >= mostStreams) {
    response.writeHead(503, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({ error: { code: 'unavailable', message: `there are ${mostStreams} streams open already` } }),
    )
    return
  }
  const query = request.query as { readonly after?: string }
  const last = request.headers['last-event-id']
  const after = typeof last === 'string' && /^[0-9]{1,18}$/.test(last) ? last : query.after
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  })
  open.streams += 1
  try {
    const { session } = caller
    const allowed = async (): Promise<boolean> => session === undefined || sessionLives(core, session)
    await streamEvents(core, events({ caller }), response, { after, signal: streams, allowed })
  } catch (error) {
    core.log.error({ name: error instanceof Error ? error.name : typeof error }, 'a stream failed')
    response.destroy()
  } finally {
    open.streams -= 1
  }
}

/** The same routes for whoever may open the socket: its owner alone. */
async function listenForOperators(app: FastifyInstance, path: string, operators: WeakSet<Socket>): Promise<Server> {
  // What a killed service left; a living one has the lock of the data folder.
  if (existsSync(path)) rmSync(path)
  const server = createServer({ maxHeaderSize: headerBytes }, (request, response) => app.routing(request, response))
  server.on('connection', socket => operators.add(socket))
  const previous = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } finally {
    process.umask(previous)
  }
  chmodSync(path, 0o600)
  return server
}

function isLoopback(request: FastifyRequest): boolean {
  const address = request.raw.socket.remoteAddress
  return address === undefined || address === '::1' || address.replace('::ffff:', '').startsWith('127.')
}
