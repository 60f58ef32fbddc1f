/** What every part of the service works with. It keeps nothing that the database does not have. */
import type { Clock, Random } from '@edgeward/base'
import type { KeyStore } from '@edgeward/keystore'
import type { Feed } from './audit/feed.ts'
import type { Roots } from './keys/roots.ts'
import type { Log } from './log.ts'
import type { Sites } from './site/sites.ts'
import type { Storage } from './storage/storage.ts'
import type { Timers } from './timers.ts'

export interface Core {
  readonly storage: Storage
  readonly keyStore: KeyStore
  readonly roots: Roots
  /** The site in force, parsed. */
  readonly sites: Sites
  /** Hears of new records. */
  readonly feed: Feed
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly simulated: boolean
  readonly log: Log
}
