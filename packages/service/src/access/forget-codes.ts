/** Codes that are over: gone for good, so that a clock that is set back makes none of them good again. */
import type { Core } from '../core.ts'

/** Forgets links, invitations and orders whose end has come, used or not. */
export async function forgetCodes(core: Core): Promise<void> {
  const { queries, scope } = core.storage
  for (const table of ['log_in_link', 'invitation', 'commissioning_order'] as const) {
    await queries
      .deleteFrom(table)
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('expires_at', '<=', core.clock.now())
      .execute()
  }
}
