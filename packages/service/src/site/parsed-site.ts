import type { Site } from '@edgeward/domain'
import type { Diagnostic } from '@edgeward/domain/site-file'

/** What a file says; without `site` when it has an error. */
export interface ParsedSite {
  readonly site?: Site
  readonly diagnostics: readonly Diagnostic[]
}
