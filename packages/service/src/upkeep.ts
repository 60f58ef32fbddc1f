/** What a service does by itself from time to time: forget what is over, renew bundles before they end. */
import { forgetCodes } from './access/forget-codes.ts'
import { forgetLimits } from './access/limits.ts'
import { forgetSessions } from './access/sessions.ts'
import type { Core } from './core.ts'
import { forgetChallenges } from './issuing/wallets.ts'
import { lockSite } from './site/apply.ts'
import { buildBundles } from './site/bundles.ts'
import { forgetOutbox } from './sync/outbox.ts'

const everyMs = 60_000
const renewEveryMs = 3_600_000

/** Starts it; the result stops it. */
export function startUpkeep(core: Core): () => void {
  const guarded = (what: string, run: () => Promise<void>) => () => {
    run().catch((error: unknown) => {
      core.log.error({ what, name: error instanceof Error ? error.name : typeof error }, 'upkeep failed')
    })
  }
  const stops = [
    core.timers.every(
      everyMs,
      guarded('forget', () => forget(core)),
    ),
    core.timers.every(
      renewEveryMs,
      guarded('renew', () => renewBundles(core)),
    ),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

async function forget(core: Core): Promise<void> {
  await forgetLimits(core)
  await forgetSessions(core)
  await forgetCodes(core)
  await forgetChallenges(core)
  await forgetOutbox(core)
}

/** A module away from every change still needs a bundle that has not run out. */
async function renewBundles(core: Core): Promise<void> {
  await core.storage.transaction(async queries => {
    const { epoch, revocation_version: revocationVersion } = await lockSite(core, queries)
    // Behind the lock: the site of before it would put rules back that were replaced meanwhile.
    const site = await core.sites.current(queries)
    if (site === undefined) return
    const { model, version: siteVersion, digest } = site
    await buildBundles(core, queries, { site: model, siteVersion, digest, epoch, revocationVersion })
  })
}
