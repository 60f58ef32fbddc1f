/** What stands in a backup about itself: the head in its first member, the hashes of all others in its last. */
import { backupFault, damaged } from './failure.ts'

/** Format of backups; a higher one is of a newer Edgeward. */
export const backupFormat = 1
export const headPath = 'edgeward-backup.json'
export const manifestPath = 'manifest.json'
const mostMembers = 200_000

/** The first member: enough to say whether the rest can be read. */
export interface BackupHead {
  readonly format: number
  /** Version of the program that made it. */
  readonly edgeward: string
  /** RFC 3339. */
  readonly takenAt: string
  /** Null when the plant stood still and nobody could be asked. */
  readonly site: { readonly id: string; readonly name: string } | null
  /** Whether the plant ran meanwhile. */
  readonly running: boolean
}

export interface ManifestMember {
  readonly path: string
  readonly size: number
  /** Hex; folders have none. */
  readonly sha256?: string
}

/** Reads the first member. Throws a CliError `not-a-backup` or `backup-newer`. */
export function readHead(text: string): BackupHead {
  const { format, edgeward, takenAt, site, running } = object(text)
  if (typeof format === 'number' && format > backupFormat) {
    throw backupFault(
      'backup-newer',
      `This backup is of a newer Edgeward (${String(edgeward)}, format ${format}); this one reads format ${backupFormat}. Restore it with that version.`,
    )
  }
  if (format !== backupFormat || typeof takenAt !== 'string' || typeof running !== 'boolean')
    throw damaged('it does not say when it was made')
  const { id, name }: { id?: unknown; name?: unknown } = Object(site)
  return {
    format,
    edgeward: String(edgeward),
    takenAt,
    site: typeof id === 'string' && typeof name === 'string' ? { id, name } : null,
    running,
  }
}

/** Reads the last member. Throws a CliError `backup-damaged`. */
export function readMembers(text: string): readonly ManifestMember[] {
  const { members } = object(text)
  if (!Array.isArray(members) || members.length > mostMembers) throw damaged('its list of contents cannot be read')
  return members.map((member: unknown) => {
    const { path, size, sha256 }: { path?: unknown; size?: unknown; sha256?: unknown } = Object(member)
    if (typeof path !== 'string' || typeof size !== 'number') throw damaged('its list of contents cannot be read')
    return { path, size, ...(typeof sha256 === 'string' ? { sha256 } : {}) }
  })
}

function object(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw damaged('what it says of itself cannot be read', cause)
  }
}
