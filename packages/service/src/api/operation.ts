/** What an operation of the interface is: one row of the table that server and clients share. Pure, no I/O. */
import type { z } from 'zod'

/**
 * Who may call. `holder`: whoever proves possession of a credential key or an invitation code in the body.
 * `administrator`: a session's cookie, or the operator socket. `operator`: the operator socket alone.
 */
export type Principal = 'anyone' | 'holder' | 'administrator' | 'operator'

/** One operation. `Params` stand in the path, `Query` behind it (GET), `Body` is JSON (POST). Their names differ. */
export interface Operation<Params extends object, Query extends object, Body extends object, Response> {
  readonly method: 'GET' | 'POST'
  /** `/api/people/:person` */
  readonly path: string
  readonly summary: string
  readonly principals: readonly Principal[]
  readonly params?: z.ZodType<Params>
  readonly query?: z.ZodType<Query>
  readonly body?: z.ZodType<Body>
  readonly response: z.ZodType<Response>
  /** Changes something that evidence must name: a record is written before the answer (T63). */
  readonly mutates: boolean
  /** Bytes of the body, when the usual limit is too small. */
  readonly bodyLimit?: number
  /** The answer is a stream of server-sent events; `response` is the data of one. */
  readonly stream?: true
}

/** Any row of the table. */
export type AnyOperation = Operation<object, object, object, unknown>

/** All that the caller says, in one object. */
export type InputOf<O> = O extends Operation<infer P, infer Q, infer B, unknown> ? P & Q & B : never
/** What the service answers. */
export type OutputOf<O> = O extends Operation<infer _P, infer _Q, infer _B, infer R> ? R : never

/** A request, ready for any HTTP client. `path` has the query; `body` is undefined when there is none. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: Readonly<Record<string, unknown>> | undefined
}

/**
 * The request of an operation. Pure; the schemas are checked by the server.
 * @example requestOf(operations.person, { person: 'ada' })   // { method: 'GET', path: '/api/people/ada', body: undefined }
 */
export function requestOf<P extends object, Q extends object, B extends object>(
  operation: Operation<P, Q, B, unknown>,
  input: NoInfer<P & Q & B>,
): HttpRequest {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined))
  const path = operation.path.replaceAll(/:([a-zA-Z]+)/g, (_, name: string) => {
    const value = rest.get(name)
    if (value === undefined) throw new TypeError(`${operation.path} needs ${name}`)
    rest.delete(name)
    return encodeURIComponent(String(value))
  })
  if (operation.method === 'POST') return { method: 'POST', path, body: Object.fromEntries(rest) }
  const query = new URLSearchParams(
    [...rest].map(([name, value]): [string, string] => [name, String(value)]),
  ).toString()
  return { method: 'GET', path: query === '' ? path : `${path}?${query}`, body: undefined }
}

/**
 * The answer of an operation from a status and parsed JSON. Throws an ApiError with the service's code when it
 * refused, or with `bad-answer` when the bytes are not what the contract says.
 */
export function answerOf<P extends object, Q extends object, B extends object, R>(
  operation: Operation<P, Q, B, R>,
  answer: { readonly status: number; readonly json: unknown },
): R {
  if (answer.status >= 400) throw refusalOf(answer)
  const parsed = operation.response.safeParse(answer.json)
  if (parsed.success) return parsed.data
  throw new ApiError({
    status: answer.status,
    code: 'bad-answer',
    message: `${operation.path} answered in an unknown form`,
  })
}

function refusalOf({ status, json }: { readonly status: number; readonly json: unknown }): ApiError {
  const error = typeof json === 'object' && json !== null && 'error' in json ? json.error : undefined
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    const details =
      'details' in error && typeof error.details === 'object' && error.details !== null ? error.details : undefined
    return new ApiError({
      status,
      code: String(error.code),
      message: String(error.message),
      ...(details === undefined ? {} : { details: Object.fromEntries(Object.entries(details)) }),
    })
  }
  return new ApiError({ status, code: 'bad-answer', message: `the service answered with status ${status}` })
}

export interface ApiFault {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** A refusal of the service. Programs look at `code`, people at `message`. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly details: Readonly<Record<string, unknown>> | undefined
  constructor({ status, code, message, details }: ApiFault) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
  }
}
