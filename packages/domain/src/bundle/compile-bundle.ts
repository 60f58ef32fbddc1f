import { concat, encodeCbor, uintBytes } from '@edgeward/base'
import type { Site } from '../site.ts'
import { moduleSite, readsName } from './module-site.ts'
import { bundleVersion } from './open-bundle.ts'
import { type Tables, tables } from './tables.ts'

/** What stands in a bundle for the texts of the site file. */
export interface BundleReferences {
  /** Id of a person or robot → reference, 32 hex digits. Whoever is missing has no credential yet and cannot tap. */
  readonly people: Readonly<Record<string, string>>
  /** Credential reference (hex) → state, as it is now; active ones may be left out. */
  readonly credentialStates: Readonly<Record<string, 'active' | 'suspended' | 'revoked'>>
}

/**
 * The `tables` of a module's policy bundle (envelope.md §3): the format version and deterministic CBOR of what this module
 * needs of the site, site.md §9. The same site and references give the same bytes. Throws a RangeError for a module that
 * the site does not have.
 *
 * @example
 * const world = openBundle(compileBundle(site, 'edge-gate', { people: { ada: '5f…' }, credentialStates: {} }))
 */
export function compileBundle(site: Site, module: string, references: BundleReferences): Uint8Array {
  if (!Object.hasOwn(site.modules, module)) throw new RangeError(`the site has no module ${module}`)
  const part = moduleSite(site, module, references.people)
  const states = Object.entries(references.credentialStates).filter(([, state]) => state !== 'active')
  const content: Tables = {
    module,
    site: part,
    credentialStates: Object.fromEntries(sortedByKey(states)) as Tables['credentialStates'],
    ...(readsName(part, 'holder.id') && { names: namesOf(site, references.people) }),
  }
  return concat(uintBytes(bundleVersion, 2), encodeCbor(tables.write(content)))
}

/** Reference → id, for everybody: any holder may come. */
function namesOf(site: Site, people: BundleReferences['people']): Readonly<Record<string, string>> {
  const listed = Object.entries(people).filter(
    ([id]) => Object.hasOwn(site.people, id) || Object.hasOwn(site.robots, id),
  )
  return Object.fromEntries(sortedByKey(listed.map(([id, reference]) => [reference, id] as const)))
}

/** So that the order in which a database answers changes no byte. */
function sortedByKey<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
}
