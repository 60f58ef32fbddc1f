/** Speaks to a module's control socket: one JSON line a request, one a reply. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { CliError } from './cli-error.ts'

const connectFailures: Readonly<Record<string, string>> = {
  ENOENT: 'has no control socket',
  ECONNREFUSED: 'does not answer',
}

/** Asks one thing of a module. Throws a CliError: `module-away` when it does not run, else the module's own code. */
export function askModule<Reply>(
  socket: string,
  module: string,
  request: { readonly do: string } & Record<string, unknown>,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket)
    const fail = (error: Error): void => {
      connection.destroy()
      reject(error)
    }
    connection.on('error', (error: NodeJS.ErrnoException) => {
      const what = connectFailures[error.code ?? '']
      fail(
        what
          ? new CliError(
              'module-away',
              `Module ${module} ${what}: it does not run. Start the plant (\`npm start\` a demo, \`edgeward module ${module}\` one module), or see its log.`,
              { cause: error },
            )
          : error,
      )
    })
    connection.on('close', () => fail(new CliError('module-away', `Module ${module} ended before it answered.`)))
    const lines = createInterface({ input: connection })
    // Faults of the connection come by here too; they are told above.
    lines.on('error', () => undefined)
    lines.once('line', line => {
      try {
        resolve(replyOf<Reply>(module, line))
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
      connection.end()
    })
    connection.write(`${JSON.stringify({ id: 1, ...request })}\n`)
  })
}

function replyOf<Reply>(module: string, line: string): Reply {
  let reply: { readonly ok?: boolean; readonly error?: { readonly code: string; readonly message: string } } & Reply
  try {
    reply = JSON.parse(line) as typeof reply
  } catch (cause) {
    throw new CliError('bad-answer', `What listens at the socket of module ${module} is no module of this version.`, {
      cause,
    })
  }
  if (reply.ok === true) return reply
  throw new CliError(reply.error?.code ?? 'refused', `Module ${module}: ${reply.error?.message ?? 'refused'}`)
}
