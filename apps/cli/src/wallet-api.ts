/** How a phone reaches the service: plain HTTP to its public address, as the holder that it is. */
import { answerOf, type Operation, requestOf } from '@edgeward/service/api'
import { CliError } from './cli-error.ts'
import type { DataFolder } from './data-folder.ts'
import { readRun } from './demo/supervisor.ts'

/** A phone does not wait long: the tap needs nobody. */
const patienceMs = 2_000

export interface WalletTransport {
  /** Throws an ApiError with the service's refusal, or a CliError `service-away`. */
  call<P extends object, Q extends object, B extends object, R>(
    operation: Operation<P, Q, B, R>,
    input: NoInfer<P & Q & B>,
  ): Promise<R>
}

export function walletApi(folder: DataFolder): WalletTransport {
  return {
    async call(operation, input) {
      const { method, path, body } = requestOf(operation, input)
      const address = readRun(folder)?.console
      if (address === undefined) throw new CliError('service-away', 'The service does not run.')
      let response: Response
      try {
        response = await fetch(new URL(path, address), {
          method,
          signal: AbortSignal.timeout(patienceMs),
          ...(body === undefined
            ? {}
            : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        })
      } catch (cause) {
        throw new CliError('service-away', 'The service does not answer.', { cause })
      }
      return answerOf(operation, { status: response.status, json: await response.json() })
    },
  }
}
