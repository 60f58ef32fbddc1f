import { isTimeZone } from '../schedule/zone.ts'
import type { Site } from '../site.ts'
import { declaredIds, textAt } from './declared-ids.ts'
import type { Diagnostic } from './diagnostic.ts'
import { Diagnostics } from './diagnostics.ts'
import { entryOf, type MapNode, type Node } from './node.ts'
import { readSite } from './read-site.ts'
import type { Scope } from './scope.ts'
import { readTree } from './yaml/read-tree.ts'

/** What came of a site file: a site only if there is no error; warnings do not stop it. */
export interface ParsedSiteFile {
  readonly site?: Site
  /** Sorted by line, column and code. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Parses a site file (YAML 1.2 core, so JSON too) into the model with every default filled in. All or nothing: with one
 * error there is no site. Never throws for what is in the file. site.md §1 to §3, §8.
 *
 * @example
 * const { site, diagnostics } = parseSiteFile('edgeward: 1\nsite: { id: lab, timeZone: UTC }\n', 'site.yaml')
 */
export function parseSiteFile(input: string | Uint8Array, fileName: string): ParsedSiteFile {
  const tree = readTree(input)
  const diagnostics = new Diagnostics(fileName, tree.source)
  const isHidden = tree.root === undefined && tree.faults.length > 0
  const root = isHidden ? undefined : checkVersion(tree.root, diagnostics)
  if (isHidden || root !== undefined)
    for (const { at, code, message } of tree.faults) diagnostics.report(at, code, message)
  const site = root && readSite(root, scopeOf(root, diagnostics))
  const sorted = diagnostics.sorted()
  return site === undefined || diagnostics.errorCount() > 0 ? { diagnostics: sorted } : { site, diagnostics: sorted }
}

/** The file's mapping, if the file is of this version; else nothing more is checked. */
function checkVersion(root: Node | undefined, diagnostics: Diagnostics): MapNode | undefined {
  if (root !== undefined && root.kind !== 'map') {
    const message = 'a site file is a mapping of sections; begin it with "edgeward: 1".'
    return void diagnostics.report(root.at, 'wrong-type', message)
  }
  const version = entryOf(root, 'edgeward')?.value
  if (root !== undefined && version?.kind === 'scalar' && version.value === 1) return root
  const message = 'this program reads version 1 of the site file; begin it with "edgeward: 1".'
  return void diagnostics.report(version?.at ?? 0, 'version-unsupported', message)
}

function scopeOf(root: MapNode, diagnostics: Diagnostics): Scope {
  const timeZone = textAt(root, 'site', 'timeZone')
  return {
    ids: declaredIds(root),
    timeZone: timeZone !== undefined && isTimeZone(timeZone) ? timeZone : 'UTC',
    report: (at, code, message, suggestion) => diagnostics.report(at, code, message, suggestion),
    warn: (at, code, message) => diagnostics.warn(at, code, message),
    errorCount: () => diagnostics.errorCount(),
  }
}
