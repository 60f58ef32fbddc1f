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
              `Module ${module} ${what}. Is the plant running? Start it with \`npm start\`.`,
              { cause: error },
            )
          : error,
      )
    })
    connection.on('close', () => fail(new CliError('module-away', `Module ${module} ended before it answered.`)))
    createInterface({ input: connection }).once('line', line => {
      const reply = JSON.parse(line) as { ok: boolean; error?: { code: string; message: string } } & Reply
      connection.end()
      if (reply.ok) resolve(reply)
      else
        reject(new CliError(reply.error?.code ?? 'refused', `Module ${module}: ${reply.error?.message ?? 'refused'}`))
    })
    connection.write(`${JSON.stringify({ id: 1, ...request })}\n`)
  })
}
