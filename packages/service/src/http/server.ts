/** The HTTP server: the table of operations on a loopback port and, the same routes, on the operator socket. */
import { setMaxListeners } from 'node:events'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { createServer, type ServerOptions as NodeServerOptions, type Server } from 'node:http'
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
import { authorise, type Caller, type Channels, callerOf, checkOrigin, isLoopback, sessionCookie } from './caller.ts'
import { serveConsole } from './console-files.ts'
import { answerClientError, answerError, answerFrameworkError, errorAnswer } from './errors.ts'
import type { Handlers, Reply } from './handlers.ts'
import { acceptJsonOnly } from './json-body.ts'
import {
  connectionsCheckMs,
  headersMs,
  keepAliveMs,
  maxBodyBytes,
  maxConnections,
  maxHeaderBytes,
  maxStreams,
  maxUrlCharacters,
  requestMs,
} from './limits.ts'
import { type Rates, ratesOf } from './rates.ts'
import { type EventSource, streamEvents } from './stream.ts'

const loopback = '127.0.0.1'
/** A stream that finds no room comes back after that. */
const streamRetrySeconds = 30

/** Of both servers: nobody holds a connection with a request that never comes whole. */
const nodeOptions: NodeServerOptions = {
  maxHeaderSize: maxHeaderBytes,
  headersTimeout: headersMs,
  requestTimeout: requestMs,
  keepAliveTimeout: keepAliveMs,
  connectionsCheckingInterval: connectionsCheckMs,
}

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
    bodyLimit: maxBodyBytes,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    routerOptions: { maxParamLength: maxUrlCharacters },
    http: nodeOptions,
    clientErrorHandler: answerClientError,
    frameworkErrors: answerFrameworkError,
    trustProxy: false,
    return503OnClosing: true,
    forceCloseConnections: true,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  boundHeaders(app.server)
  app.server.maxConnections = maxConnections
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
  await registerPlugins(app)
  app.addHook('onRequest', async request => {
    if (request.raw.url !== undefined && request.raw.url.length > maxUrlCharacters) {
      throw new Refusal('invalid-request', `an address has at most ${maxUrlCharacters} characters`)
    }
    checkOrigin(channels, request)
    if (!isLoopback(request.raw.socket.remoteAddress) && !(await isClaimed(core))) {
      throw new Refusal(
        'not-claimed',
        'until somebody has claimed this installation it answers on its own machine alone',
      )
    }
  })
  const rates = ratesOf(app, request => callers.get(request))
  const streams = new AbortController()
  setMaxListeners(maxStreams, streams.signal)
  await app.register(async api =>
    registerOperations(api, { ...options, channels, rates, streams: streams.signal, open: { streams: 0 } }),
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

async function registerPlugins(app: FastifyInstance): Promise<void> {
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
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  })
  await app.register(fastifyRateLimit, { global: false })
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
  readonly rates: Rates
  /** Ends all streams. */
  readonly streams: AbortSignal
  readonly open: { streams: number }
}

function registerOperations(app: FastifyInstance, options: Registration): void {
  for (const name of Object.keys(operations) as (keyof Operations)[]) registerOperation(app, name, options)
}

function registerOperation(app: FastifyInstance, name: keyof Operations, options: Registration): void {
  const { core, channels, handlers, rates } = options
  const operation: AnyOperation = operations[name]
  const { method, path, params, query, body, response, stream } = operation
  app.route({
    method,
    url: path,
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
      if (!channels.isOperator(request.raw.socket)) await rates.arrived(request)
      const caller = await callerOf(core, channels, operation, request)
      callers.set(request, caller)
      await rates.known(request, caller)
      authorise(operation, caller, request)
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
      const input = inputOf(operation, request)
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

/** What the table knows of a request, and nothing else of it: a query cannot stand in for what is in the path (T38). */
function inputOf({ params, query, body }: AnyOperation, request: FastifyRequest): object {
  return Object.assign({}, body && request.body, query && request.query, params && request.params)
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
  if (open.streams >= maxStreams) {
    const refusal = new Refusal('too-many-requests', `there are ${maxStreams} streams of records open already`)
    response.writeHead(refusal.status, {
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'retry-after': String(streamRetrySeconds),
    })
    response.end(JSON.stringify(errorAnswer(refusal)))
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
  const server = createServer(nodeOptions, (request, response) => app.routing(request, response))
  boundHeaders(server)
  server.on('clientError', answerClientError)
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

/** Headers are bounded by their bytes; a bound on their number would drop the rest without a word. */
function boundHeaders(server: Server): void {
  server.maxHeadersCount = 0
}
