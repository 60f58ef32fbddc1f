import type { Site } from '../site.ts'

/** What a decision is made by: the site or a module's part of it, and what the module says of itself. */
export interface World {
  readonly site: Site
  /** Default true. */
  readonly commissioned?: boolean
  /** The module that decides; default: the one that guards the asset. */
  readonly module?: string
  /** False for a module's part, which lists nobody: then what is remembered of people from their taps serves. Default true. */
  readonly listsPeople?: boolean
  /** Person reference → id of the site file, for `holder.id`; missing: references are the ids. */
  readonly names?: Readonly<Record<string, string>>
  /** States of credentials that are not active, where the site lists no people. */
  readonly credentialStates?: Readonly<Record<string, 'suspended' | 'revoked'>>
  /** Until when these rules hold, seconds since 1970, inclusive: the end of the bundle. Missing: no end. */
  readonly notAfter?: number
}
