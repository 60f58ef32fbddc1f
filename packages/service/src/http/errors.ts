/** Every refusal in one form. What is inside the service stays there: an unknown fault is `internal-error` and nothing more. */
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { ErrorAnswer, ErrorCode } from '../api/error-answer.ts'
import { type DatabaseTrouble, databaseTrouble } from '../database/trouble.ts'
import { Refusal } from '../refusal.ts'
import { headersMs, maxBodyBytes, maxHeaderBytes, requestMs } from './limits.ts'

/** Answers an error. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = refusalOf(error, request.routeOptions.bodyLimit)
  if (refusal.code === 'internal-error' || refusal.code === 'unavailable') {
    const trouble = databaseTrouble(error)
    request.log.error({ fault: faultOf(error), ...(trouble && { database: trouble }) }, 'a request failed')
  }
  // What is still to come of a large body is not waited for.
  if (isLongUnread(request)) void reply.header('connection', 'close')
  const retryAfter = refusal.details?.retryAfterSeconds
  if (typeof retryAfter === 'number') void reply.header('retry-after', String(retryAfter))
  void reply.code(refusal.status).send(errorAnswer(refusal))
}

/** The body of a refusal. */
export function errorAnswer({ code, message, details }: Pick<Refusal, 'code' | 'message' | 'details'>): ErrorAnswer {
  return { error: { code, message, ...(details === undefined ? {} : { details }) } }
}

const fastifyCodes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'bodies are JSON: content-type application/json'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid-request', 'the body is empty'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid-request', 'the body is no JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid-request', 'the length of the body is wrong'],
}

function refusalOf(error: unknown, bodyLimit = maxBodyBytes): Refusal {
  if (error instanceof Refusal) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const fields = error.validation.map(({ instancePath, message }) => `${instancePath || '/'}: ${message ?? 'wrong'}`)
    return new Refusal('invalid-request', `the request is not as it should be: ${fields.slice(0, 5).join('; ')}`)
  }
  if (!(error instanceof Error)) return internal()
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Refusal('body-too-large', `the body of this operation has at most ${bodyLimit} bytes`)
  }
  const known = fastifyCodes[code]
  if (known !== undefined) return new Refusal(...known)
  const status = 'statusCode' in error ? Number(error.statusCode) : 0
  if (status === 403 || status === 404) return new Refusal('not-found', 'there is nothing here')
  if (status >= 400 && status < 500) return new Refusal('invalid-request', 'the request cannot be read')
  const trouble = databaseTrouble(error)
  return trouble === undefined ? internal() : new Refusal('unavailable', troubles[trouble], { retryAfterSeconds })
}

function internal(): Refusal {
  return new Refusal('internal-error', 'something is wrong inside the service; its log says what')
}

const retryAfterSeconds = 2
const troubles: Readonly<Record<DatabaseTrouble, string>> = {
  away: 'the database cannot be reached at the moment; taps go on without it. Try again',
  full: 'the disk of the database is full: nothing was changed. Make room, then try again; taps go on without it',
  busy: 'the database does not come to it in time: nothing was changed. Try again',
}

/** Name, code and place of an error. Its message may quote what was sent and stays out of the log (T51). */
export function faultOf(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error }
  const place = error.stack?.split('\n').filter(line => line.trimStart().startsWith('at ')) ?? []
  return {
    name: error.name,
    ...('code' in error && { errno: String(error.code) }),
    place: place.slice(0, 8).map(line => line.trim()),
  }
}

/** Whether a body is under way that nobody will read, and is not just a few bytes. */
function isLongUnread({ raw, headers }: FastifyRequest): boolean {
  const length = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY)
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
  return hasBody && !raw.complete && length > worthReading
}

/** A rest up to this is read and thrown away, so that the connection can be used again. */
const worthReading = 64 * 1024

/** Answers an address that cannot be read: nothing was registered for it, so nothing else answers. */
export function answerFrameworkError(_error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .code(400)
    .send(errorAnswer(new Refusal('invalid-request', 'the address cannot be read: a % is wrong in it')))
}

/** Answers what never became a request: headers too large or too late, or no HTTP at all. Ends the connection. */
export function answerClientError(error: Error, socket: Socket): void {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const refusal = clientRefusal(code)
  const body = JSON.stringify(errorAnswer(refusal))
  const head = [
    `HTTP/1.1 ${refusal.status} Refused`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function clientRefusal(code: string): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Refusal('header-too-large', `address and headers have at most ${maxHeaderBytes} bytes together`)
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Refusal(
      'timeout',
      `a request comes within ${requestMs / 1000} s, its headers within ${headersMs / 1000} s`,
    )
  }
  return new Refusal('invalid-request', 'this is no HTTP request')
}
