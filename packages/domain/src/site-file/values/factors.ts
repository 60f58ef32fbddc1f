import type { Factor, FactorEntry } from '../../site.ts'
import { list, type Reader } from '../fields.ts'
import { choice } from './scalars.ts'

const factor: Reader<Factor> = choice(
  'possession',
  'pin',
  'phone-biometric',
  'reader-biometric',
  'biometric',
  'second-person',
)

/** A factor, or a list of alternatives. A single alternative is the factor itself. */
const factorEntry: Reader<FactorEntry> = (node, scope) => {
  if (node.kind !== 'list') return factor(node, scope)
  if (node.items.length === 0)
    return void scope.report(node.at, 'bad-value', 'a list of alternatives needs at least one factor.')
  const alternatives = list(factor)(node, scope) ?? []
  return alternatives.length > 1 ? alternatives : alternatives[0]
}

/** Factors that are all needed; an entry may be a list of alternatives. site.md §3, §6.5. */
export const factors: Reader<readonly FactorEntry[]> = list(factorEntry)
