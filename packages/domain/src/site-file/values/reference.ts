import type { ReferableSection } from '../declared-ids.ts'
import type { Reader } from '../fields.ts'
import { quote } from '../node.ts'
import type { Scope } from '../scope.ts'
import { nearestName } from '../suggestion.ts'
import { text } from './scalars.ts'

/** The id of something in a section of the same file, or of what is built in there. */
export const reference =
  (section: ReferableSection): Reader<string> =>
  (node, scope) => {
    const value = text(node, scope)
    if (value === undefined) return undefined
    const known = scope.ids.sections[section]
    if (known === undefined || known.has(value)) return value
    return void reportUnknown(node.at, scope, { value, known, where: `the section "${section}"` })
  }

export function reportUnknown(
  at: number,
  scope: Scope,
  { value, known, where }: { readonly value: string; readonly known: Iterable<string>; readonly where: string },
): void {
  const message = `${quote(value)} is not in ${where}; correct the id or declare it there.`
  scope.report(at, 'unknown-reference', message, nearestName(value, known))
}
