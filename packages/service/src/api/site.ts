/** The site file: check, diff, apply, export, versions. */
import { z } from 'zod'
import { Count, Hex, Instant, Name, VersionNumber } from './values.ts'

/** Largest site file, bytes (site.md §1). */
export const maxSiteFileBytes: number = 16 * 1024 * 1024
/** Largest body that carries one: its quotes and line ends are escaped in JSON. */
export const maxSiteBodyBytes: number = 2 * maxSiteFileBytes

export interface SiteText {
  readonly text: string
  /** Shown in diagnostics; never opened. */
  readonly fileName: string
}
const siteText = { text: z.string().max(maxSiteFileBytes), fileName: Name }
export const SiteText: z.ZodType<SiteText> = z.object(siteText).meta({ id: 'SiteText' })

export interface ApplyRequest extends SiteText {
  readonly comment?: string | undefined
}
export const ApplyRequest: z.ZodType<ApplyRequest> = z
  .object({ ...siteText, comment: Name.optional() })
  .meta({ id: 'ApplyRequest' })

/** What the file says wrong or doubtfully. site.md §8 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly message: string
  readonly suggestion?: string | undefined
}
export const Diagnostic: z.ZodType<Diagnostic> = z
  .object({
    severity: z.enum(['error', 'warning']),
    code: z.string(),
    file: z.string(),
    line: Count,
    column: Count,
    message: z.string(),
    suggestion: z.string().optional(),
  })
  .meta({ id: 'Diagnostic' })

/** One thing that differs between two versions of a site. */
export interface SiteChange {
  readonly change: 'added' | 'removed' | 'changed'
  /** `people`, `permissions`, `assets` ... */
  readonly section: string
  readonly id: string
  /** What of it differs, when it is there in both. */
  readonly fields?: readonly string[] | undefined
}
export const SiteChange: z.ZodType<SiteChange> = z
  .object({
    change: z.enum(['added', 'removed', 'changed']),
    section: z.string(),
    id: z.string(),
    fields: z.array(z.string()).optional(),
  })
  .meta({ id: 'SiteChange' })

export interface SiteCheck {
  /** No error (warnings do not stop a file). */
  readonly ok: boolean
  readonly diagnostics: readonly Diagnostic[]
}
export const SiteCheck: z.ZodType<SiteCheck> = z
  .object({ ok: z.boolean(), diagnostics: z.array(Diagnostic) })
  .meta({ id: 'SiteCheck' })

export interface SiteDiff extends SiteCheck {
  /** The version compared with; null when there is none. */
  readonly against: number | null
  readonly diff: readonly SiteChange[]
  /** Changes beyond the 10,000 that are listed. */
  readonly unlisted: number
}
export const SiteDiff: z.ZodType<SiteDiff> = z
  .object({
    ok: z.boolean(),
    diagnostics: z.array(Diagnostic),
    against: Count.nullable(),
    diff: z.array(SiteChange),
    unlisted: Count,
  })
  .meta({ id: 'SiteDiff' })

/** A module's policy bundle: the version it should have and the one that it has acknowledged. */
export interface ModuleVersion {
  readonly module: string
  readonly desired: number
  readonly effective: number
}
export const ModuleVersion: z.ZodType<ModuleVersion> = z
  .object({ module: z.string(), desired: Count, effective: Count })
  .meta({ id: 'ModuleVersion' })

export interface Applied {
  readonly version: number
  /** The file says what is in force already: no new version was made. */
  readonly unchanged: boolean
  readonly diagnostics: readonly Diagnostic[]
  readonly diff: readonly SiteChange[]
  /** Changes beyond the 10,000 that are listed. */
  readonly unlisted: number
  readonly modules: readonly ModuleVersion[]
}
export const Applied: z.ZodType<Applied> = z
  .object({
    version: Count,
    unchanged: z.boolean(),
    diagnostics: z.array(Diagnostic),
    diff: z.array(SiteChange),
    unlisted: Count,
    modules: z.array(ModuleVersion),
  })
  .meta({ id: 'Applied' })

export interface ExportQuery {
  /** Default: the version in force. */
  readonly version?: number | undefined
}
export const ExportQuery: z.ZodType<ExportQuery> = z.object({ version: VersionNumber.optional() })

export interface SiteExport {
  readonly version: number
  readonly text: string
}
export const SiteExport: z.ZodType<SiteExport> = z
  .object({ version: Count, text: z.string() })
  .meta({ id: 'SiteExport' })

export interface SiteVersion {
  readonly version: number
  /** SHA-256 of the normalised file. */
  readonly digest: string
  readonly author: string
  readonly at: string
  readonly comment: string | null
  readonly fileName: string
}
export const SiteVersion: z.ZodType<SiteVersion> = z
  .object({
    version: Count,
    digest: Hex,
    author: z.string(),
    at: Instant,
    comment: z.string().nullable(),
    fileName: z.string(),
  })
  .meta({ id: 'SiteVersion' })

export interface VersionsQuery {
  /** Only versions below this one: `oldest` of the page before. */
  readonly before?: number | undefined
}
export const VersionsQuery: z.ZodType<VersionsQuery> = z.object({
  before: VersionNumber.optional(),
})

/** Newest first, 500 at most. */
export interface SiteVersions {
  readonly versions: readonly SiteVersion[]
  /** Go on reading downwards with `before: oldest`; null at the end. */
  readonly oldest: number | null
}
export const SiteVersions: z.ZodType<SiteVersions> = z
  .object({ versions: z.array(SiteVersion), oldest: Count.nullable() })
  .meta({ id: 'SiteVersions' })
