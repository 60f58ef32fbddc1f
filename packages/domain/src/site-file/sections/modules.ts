import type { ModuleSpec, Site } from '../../site.ts'
import { fields, list, type Reader, record, required } from '../fields.ts'
import { maxGuardedAssets } from '../limits.ts'
import { declares, id } from '../values/id.ts'
import { reference } from '../values/reference.ts'
import { choice, name } from '../values/scalars.ts'
import { duration } from '../values/time.ts'

const readers: Reader<ModuleSpec['readers']> = record(
  fields({ asset: required(reference('assets')), side: choice('in', 'out') }, ({ values }) =>
    values.asset === undefined ? undefined : { asset: values.asset, side: values.side ?? 'in' },
  ),
  { checkKey: declares() },
)

const guards: Reader<readonly string[]> = (node, scope) => {
  const read = list(reference('assets'))(node, scope)
  if (node.kind === 'list' && node.items.length > maxGuardedAssets)
    scope.report(node.at, 'out-of-range', `a module guards at most ${maxGuardedAssets} assets; use another module.`)
  return read
}

/** The `modules` section. Which asset is guarded by whom is checked with the whole file. */
export const modules: Reader<Site['modules']> = record(
  (node, scope, moduleId) =>
    fields(
      { name, guards, autonomy: duration, keyGroup: id, readers },
      ({ values }): ModuleSpec => ({
        name: values.name ?? moduleId,
        guards: values.guards ?? [],
        autonomy: values.autonomy ?? 30 * 86_400,
        keyGroup: values.keyGroup ?? 'main',
        readers: values.readers ?? Object.create(null),
      }),
    )(node, scope),
  { checkKey: declares() },
)
