import { matchesObject } from './matching.ts'
import type { Question } from './question.ts'
import type { CommandTarget } from './state.ts'

/** Whether one of the commands covers the asset. An unknown asset is covered by one of the site alone. */
export function isCovered({ site, asset, point }: Question, targets: readonly CommandTarget[]): boolean {
  return targets.some(
    target => target === 'site' || (asset !== undefined && matchesObject(site, [target], point.asset, asset)),
  )
}
