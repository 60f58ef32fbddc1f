import type { Operation } from '@edgeward/service/api'

/**
 * How a wallet reaches the service. `call` is bounded in time by whoever provides it; it rejects with an ApiError when
 * the service refused, and with an error of code `service-away` when it cannot be reached. A tap needs none of it.
 */
export interface WalletApi {
  call<P extends object, Q extends object, B extends object, R>(
    operation: Operation<P, Q, B, R>,
    input: NoInfer<P & Q & B>,
  ): Promise<R>
}

/** Whether a call failed because nobody was there. */
export function isServiceAway(error: unknown): error is Error & { readonly code: 'service-away' } {
  return error instanceof Error && 'code' in error && error.code === 'service-away'
}
