/** How fast requests may come: by session, and by address for everybody without one. threat-model §8, T87 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { mostSessions } from '../access/sessions.ts'
import { Refusal } from '../refusal.ts'
import { type Caller, sessionCookie } from './caller.ts'
import { type Rate, ratePerAddress, ratePerSession } from './limits.ts'

/** Counts requests of all operations together. */
export interface Rates {
  /** Before anything is looked up. Throws a Refusal `too-many-requests`. */
  arrived(request: FastifyRequest): Promise<void>
  /** When it is known who sends. Throws a Refusal `too-many-requests`. */
  known(request: FastifyRequest, caller: Caller): Promise<void>
}

type Count = (request: FastifyRequest) => Promise<void>

/** Makes the counters; `@fastify/rate-limit` must be registered. */
export function ratesOf(app: FastifyInstance, callerOf: (request: FastifyRequest) => Caller | undefined): Rates {
  const perAddress = counter(app, ratePerAddress, request => request.ip)
  const perSession = counter(app, ratePerSession, request => hashOf(callerOf(request)))
  // A cookie is looked up in the database: not more often than sessions of one administrator could ask.
  const lookups = counter(app, { ...ratePerSession, most: mostSessions * ratePerSession.most }, ({ ip }) => ip)
  return {
    arrived: request => (request.cookies[sessionCookie] === undefined ? perAddress(request) : lookups(request)),
    async known(request, { operator, session }) {
      if (operator) return
      if (session !== undefined) return perSession(request)
      // Anybody can make up a cookie: it is worth no more than none.
      if (request.cookies[sessionCookie] !== undefined) await perAddress(request)
    },
  }
}

function hashOf(caller: Caller | undefined): string {
  return Buffer.from(caller?.session?.idHash ?? []).toString('base64url')
}

function counter(
  app: FastifyInstance,
  { most, windowMs }: Rate,
  keyGenerator: (request: FastifyRequest) => string,
): Count {
  const count = app.createRateLimit({ max: most, timeWindow: windowMs, keyGenerator })
  return async request => {
    const counted = await count(request)
    if (counted.isAllowed || !counted.isExceeded) return
    throw new Refusal('too-many-requests', `more than ${most} requests in ${windowMs / 1000} s: slow down`, {
      retryAfterSeconds: Math.max(1, counted.ttlInSeconds),
    })
  }
}
