/** Calls the service over its operator socket: the same public API as the console's, as principal `local:<uid>`. */
import { type IncomingMessage, request } from 'node:http'
import { type InputOf, type OperationName, type OutputOf, requestOf } from '@edgeward/service/api'
import { CliError } from './cli-error.ts'
import type { DataFolder } from './data-folder.ts'

/** Whole answers are read at once; the largest is an exported site file. */
const largestAnswerBytes = 64 * 1024 * 1024

export interface OperatorApi {
  /** Throws a CliError: `service-away`, or the service's own code and sentence. */
  call<N extends OperationName>(operation: N, input: InputOf<N>): Promise<OutputOf<N>>
  /** The lines of a server-sent event stream, until it ends or `signal` aborts. */
  stream(operation: OperationName, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncIterable<string>
}

export function operatorApi(folder: DataFolder): OperatorApi {
  return {
    async call(operation, input) {
      const { method, path, body } = requestOf(operation, input)
      const response = await send(folder, method, path, body)
      const text = await readAll(response)
      const answer: unknown = text === '' ? undefined : JSON.parse(text)
      if ((response.statusCode ?? 500) >= 400) throw errorOf(answer, response.statusCode)
      return answer as never
    },
    async *stream(operation, query, signal) {
      const { method, path } = requestOf(operation, { query } as never)
      const response = await send(folder, method, path, undefined, signal)
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

function send(folder: DataFolder, method: string, path: string, body: unknown, signal?: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const sent = request({ socketPath: folder.operatorSocket, method, path, headers, ...(signal ? { signal } : {}) }, resolve)
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const away = error.code === 'ENOENT' || error.code === 'ECONNREFUSED'
      reject(away ? new CliError('service-away', `The service does not run in ${folder.root}. Start the plant with \`npm start\`.`, { cause: error }) : error)
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

function errorOf(answer: unknown, status: number | undefined): CliError {
  const { code = 'refused', message = `The service answered ${status}.` } = (answer as { error?: { code?: string; message?: string } } | undefined)?.error ?? {}
  return new CliError(code, message)
}
