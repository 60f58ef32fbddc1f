/** Who sends a request: found once, before any handler. The one place where it is decided who may call what. */
import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { csrfHolds, findSession, type Session } from '../access/sessions.ts'
import type { Actor } from '../actor.ts'
import type { AnyOperation, Principal } from '../api/operation.ts'
import { backgroundHeader, csrfHeader } from '../api/session.ts'
import type { Core } from '../core.ts'
import { Refusal } from '../refusal.ts'

export const sessionCookie = 'edgeward_session'

/** A caller with all that he has shown. */
export interface Caller {
  readonly actor: Actor
  /** For limits; undefined for the operator. */
  readonly address: string | undefined
  readonly session: (Session & { readonly csrfToken: string }) | undefined
  readonly operator: boolean
}

/** Knows connections to the operator socket from those to the port. */
export interface Channels {
  isOperator(socket: Socket): boolean
  /** Addresses under which the port is meant: `127.0.0.1:8443`. */
  hosts(): readonly string[]
}

/** The caller of a request. A request that a page makes by itself is no use of its session. */
export async function callerOf(
  core: Core,
  channels: Channels,
  operation: Pick<AnyOperation, 'method' | 'stream'>,
  request: FastifyRequest,
): Promise<Caller> {
  if (channels.isOperator(request.raw.socket)) {
    const actor: Actor = { kind: 'operator', name: `local:${process.getuid?.() ?? 0}` }
    return { actor, address: undefined, session: undefined, operator: true }
  }
  const cookie = request.cookies[sessionCookie]
  const session =
    cookie === undefined ? undefined : await findSession(core, cookie, { isUse: !isBackground(operation, request) })
  const actor: Actor = session === undefined ? { kind: 'anyone' } : { kind: 'administrator', ...session.administrator }
  return { actor, address: request.ip, session, operator: false }
}

/** Reads alone can be: whoever changes something is there. A browser opens a broken stream again by itself. */
function isBackground({ method, stream }: Pick<AnyOperation, 'method' | 'stream'>, request: FastifyRequest): boolean {
  return method === 'GET' && (stream === true || request.headers[backgroundHeader] === '1')
}

/**
 * The one authorisation function (T34): deny by default. Then what keeps other pages from speaking with our cookie
 * (T36): the session's token on every change. Throws a Refusal.
 */
export function authorise(
  operation: AnyOperation,
  caller: Caller,
  request: Pick<FastifyRequest, 'headers' | 'method'>,
): void {
  const { principals } = operation
  const has = (principal: Principal): boolean => principals.includes(principal)
  if (caller.operator) {
    if (has('operator') || has('anyone') || has('holder')) return
    throw new Refusal('not-allowed', 'this is not for the operator')
  }
  if (has('anyone') || has('holder')) return
  if (!has('administrator')) throw new Refusal('not-allowed', 'only the operator of this machine may do this')
  if (caller.session === undefined) throw new Refusal('not-signed-in', 'sign in first: `edgeward login` makes a link')
  if (request.method !== 'GET' && !csrfHolds(caller.session, request.headers[csrfHeader])) {
    throw new Refusal('csrf', `a change needs the session's token in the header ${csrfHeader}`)
  }
}

/**
 * Whether a request may have come from where it says (T36): by one of our own names (a rebound name is not), and,
 * if a browser sent it, from a page of ours. Throws a Refusal `origin`.
 */
export function checkOrigin(channels: Channels, request: FastifyRequest): void {
  if (channels.isOperator(request.raw.socket)) return
  const hosts = channels.hosts()
  if (!hosts.includes(request.headers.host ?? '')) throw foreign()
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin !== undefined && !hosts.some(host => origin === `http://${host}`)) throw foreign()
  if (site === 'cross-site' || site === 'same-site') throw foreign()
  const withCookie = request.cookies[sessionCookie] !== undefined
  if (request.method !== 'GET' && request.method !== 'HEAD' && withCookie && origin === undefined) throw foreign()
}

function foreign(): Refusal {
  return new Refusal('origin', 'this request comes from another page or by another name than the console has')
}

/** Whether an address is this machine's own (R11); a Unix socket has none. */
export function isLoopback(address: string | undefined): boolean {
  return address === undefined || address === '::1' || address.replace(/^::ffff:/, '').startsWith('127.')
}
