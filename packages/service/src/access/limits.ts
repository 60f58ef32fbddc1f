/** Counts tries in windows of time, in the database, so that all instances count together. threat-model §8 */
import type { Core } from '../core.ts'
import { Refusal } from '../refusal.ts'

/** How often something may be tried. */
export interface Limit {
  readonly most: number
  readonly windowMs: number
}

const quarter = 15 * 60_000
/** Log-in and code tries: a guess at 128 bits is no danger, a flood is. */
const codeTriesPerAddress: Limit = { most: 20, windowMs: quarter }
export const proofTriesPerCredential: Limit = { most: 60, windowMs: quarter }

/** Counts a try of a code from an address; the operator's own (undefined) are not limited. */
export async function countCodeTry(core: Core, address: string | undefined): Promise<void> {
  if (address !== undefined) await countTry(core, `code/${address}`, codeTriesPerAddress)
}

/** Takes a try out of the count again: the code was right, so it was no guess. A whole plant enrols from one address. */
export async function uncountCodeTry(core: Core, address: string | undefined): Promise<void> {
  if (address === undefined) return
  const { queries, scope } = core.storage
  await queries
    .updateTable('limit_window')
    .set(({ eb }) => ({ count: eb('count', '-', 1) }))
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('bucket', '=', `code/${address}`)
    .where('window_start', '=', windowStart(core, codeTriesPerAddress))
    .where('count', '>', 0)
    .execute()
}

/**
 * Counts a try. Throws a Refusal `too-many-requests` above the limit. Not in the caller's transaction: a try that is
 * refused and rolled back has still been made.
 */
export async function countTry(core: Core, bucket: string, limit: Limit): Promise<void> {
  const { queries, scope } = core.storage
  const { most, windowMs } = limit
  const start = windowStart(core, limit)
  const { count } = await queries
    .insertInto('limit_window')
    .values({ ...scope, bucket, window_start: start, count: 1 })
    .onConflict(conflict =>
      conflict
        .columns(['tenant', 'site', 'bucket', 'window_start'])
        .doUpdateSet(({ eb, ref }) => ({ count: eb(ref('limit_window.count'), '+', 1) })),
    )
    .returning('count')
    .executeTakeFirstOrThrow()
  if (count > most) {
    throw new Refusal('too-many-requests', 'too many tries: wait a quarter of an hour', {
      retryAfterSeconds: Math.ceil((start + windowMs - core.clock.now()) / 1000),
    })
  }
}

function windowStart(core: Core, { windowMs }: Limit): number {
  return Math.floor(core.clock.now() / windowMs) * windowMs
}

/** Forgets windows that are over. */
export async function forgetLimits(core: Core): Promise<void> {
  const { queries, scope } = core.storage
  await queries
    .deleteFrom('limit_window')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('window_start', '<', core.clock.now() - 2 * quarter)
    .execute()
}
