import type { Carrier } from '../carriers/carrier.ts'
import type { ProvenSession, ReaderResult, ReaderSetup, ReaderTools } from './reader-setup.ts'

/**
 * Runs one standard transaction with the transponder on a carrier: SELECT, AUTH0, LOAD CERT, AUTH1; then `decide` reads
 * what it needs and calls `finish` once. Resolves when the transaction is over, never rejects for what the device did;
 * if `decide` throws, the device is told a refusal and the error is passed on. A `decide` that never finishes is a
 * failure (`reader-failed`). Does not close the carrier, except when an answer is late.
 */
export async function runReaderTransaction(
  carrier: Carrier,
  setup: ReaderSetup,
  tools: ReaderTools,
  decide: (session: ProvenSession) => Promise<void>,
): Promise<ReaderResult> {
  throw new Error(`not yet: ${carrier} ${setup} ${tools} ${decide}`)
}
