/** Calls the service over its operator socket: the same public API as the console's, as principal `local:<uid>`. */
import { type IncomingMessage, request } from 'node:http'
import { ApiError, answerOf, type Operation, operations, requestOf } from '@edgeward/service/api'
import { CliError } from './cli-error.ts'
import type { DataFolder } from './data-folder.ts'
import { startHint } from './start-hint.ts'

/** Whole answers are read at once; the largest is an exported site file. */
const largestAnswerBytes = 64 * 1024 * 1024

export interface OperatorApi {
  /** Throws a CliError: `service-away`, or the service's own code and sentence. */
  call<P extends object, Q extends object, B extends object, R>(
    operation: Operation<P, Q, B, R>,
    input: NoInfer<P & Q & B>,
  ): Promise<R>
  /** The lines of the event stream, until it ends or `signal` aborts. */
  events(after: string | undefined, signal: AbortSignal): AsyncIterable<string>
}

export function operatorApi(folder: DataFolder): OperatorApi {
  return {
    async call(operation, input) {
      const { method, path, body } = requestOf(operation, input)
      const response = await send(folder, { method, path, body })
      const text = await readAll(response)
      try {
        return answerOf(operation, {
          status: response.statusCode ?? 500,
          json: text === '' ? undefined : JSON.parse(text),
        })
      } catch (error) {
        if (error instanceof ApiError) throw new CliError(error.code, error.message, { cause: error })
        throw error
      }
    },
    async *events(after, signal) {
      const { method, path } = requestOf(operations.eventStream, after === undefined ? {} : { after })
      const response = await send(folder, { method, path, body: undefined, signal })
      let rest = ''
      response.setEncoding('utf8')
      for await (const chunk of response as AsyncIterable<string>) {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        yield* lines
      }
    },
  }
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly signal?: AbortSignal
}

function send(folder: DataFolder, { method, path, body, signal }: Sent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers =
      text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const sent = request(
      { socketPath: folder.operatorSocket, method, path, headers, ...(signal ? { signal } : {}) },
      resolve,
    )
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const away = error.code === 'ENOENT' || error.code === 'ECONNREFUSED'
      reject(
        away
          ? new CliError(
              'service-away',
              `The service does not run in ${folder.root}. Start it with ${startHint(folder)}.`,
              {
                cause: error,
              },
            )
          : error,
      )
    })
    sent.end(text)
  })
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestAnswerBytes) throw new CliError('oversize', 'The service answered more than 64 MiB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
