/** The one place that talks to the service: requests are built and answers checked by the table of operations. */
import {
  type AnyOperation,
  ApiError,
  answerOf,
  backgroundHeader,
  csrfHeader,
  type InputOf,
  type Operation,
  type Operations,
  type OutputOf,
  operations,
  requestOf,
} from '@edgeward/service/api'
import { Activity } from './activity.ts'

/** Longest wait for an answer; the service answers in milliseconds or not at all. */
const answerTimeoutMs = 20_000

/** Belongs to the session, arrives with it, and is sent with every change. Never stored. */
let csrfToken = ''

/** What somebody does at this page. */
export const activity: Activity = new Activity()

/** Takes the token of a new session. */
export function rememberCsrfToken(token: string): void {
  csrfToken = token
}

/**
 * Calls an operation of the service by its name. Throws an ApiError when the service refused or did not answer
 * (code `unreachable`).
 */
export async function call<Name extends keyof Operations>(
  name: Name,
  input: InputOf<Operations[Name]>,
  signal?: AbortSignal,
): Promise<OutputOf<Operations[Name]>> {
  // The table's rows differ in type; what belongs together is said by the signature above.
  const operation = operations[name] as Operation<object, object, object, OutputOf<Operations[Name]>>
  const { method, path, body } = requestOf(operation, input)
  const answer = await send(
    path,
    {
      method,
      headers: headersOf(operation, body !== undefined),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    signal,
  )
  return answerOf(operation, answer)
}

function headersOf({ method }: AnyOperation, withBody: boolean): Record<string, string> {
  return {
    accept: 'application/json',
    ...(withBody ? { 'content-type': 'application/json' } : {}),
    ...(method === 'GET' && !activity.take() ? { [backgroundHeader]: '1' } : {}),
    ...(method === 'POST' && csrfToken !== '' ? { [csrfHeader]: csrfToken } : {}),
  }
}

async function send(
  path: string,
  request: RequestInit,
  signal?: AbortSignal,
): Promise<{ readonly status: number; readonly json: unknown }> {
  const timeout = AbortSignal.timeout(answerTimeoutMs)
  try {
    const options = {
      ...request,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    } as const
    const response = await fetch(path, options)
    return { status: response.status, json: parsed(await response.text()) }
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new ApiError({ status: 0, code: 'unreachable', message: 'The service does not answer.' })
  }
}

/** No JSON is an answer too: the contract's own check refuses it with a code. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
