import type { Area, Site } from '../../site.ts'
import { builtIn } from '../declared-ids.ts'
import { defined, type Fields, fields, type Reader, record, reportMissingKey, required, wrongType } from '../fields.ts'
import type { Scope } from '../scope.ts'
import { declares } from '../values/id.ts'
import { reference } from '../values/reference.ts'
import { choice, flag, integer, name } from '../values/scalars.ts'
import { subjects } from '../values/subject.ts'
import { duration } from '../values/time.ts'

const area: Reader<string> = reference('areas')

const longPassback = fields(
  { mode: required(choice('hard', 'soft', 'timed')), for: duration, exempt: subjects },
  (read, scope) => {
    const { mode, exempt = [] } = read.values
    if (mode === undefined) return undefined
    checkFor(read, scope)
    return { mode, exempt, ...defined({ for: read.values.for }) }
  },
)

function checkFor(read: Fields<{ mode: Reader<string>; for: Reader<number> }>, scope: Scope): void {
  const isTimed = read.values.mode === 'timed'
  const written = read.entry('for')
  if (isTimed && written === undefined) reportMissingKey(read.at, scope, 'for')
  if (isTimed || written === undefined) return
  const message = '"for" goes only with "mode: timed"; remove it or change the mode.'
  scope.report(Math.max(written.keyAt, read.entry('mode')?.keyAt ?? 0), 'conflict', message)
}

const antiPassback: Reader<NonNullable<Area['antiPassback']>> = (node, scope) => {
  if (node.kind === 'map') return longPassback(node, scope)
  const mode = choice('hard', 'soft')(node, scope)
  return mode && { mode, exempt: [] }
}

const persons = integer({ min: 1 })
const longOccupancy = fields({ max: required(persons) }, read => read.values.max)
const occupancy: Reader<number> = (node, scope) => {
  if (node.kind === 'list') return void wrongType(node, scope, 'a whole number or { max }')
  return (node.kind === 'map' ? longOccupancy : persons)(node, scope)
}

const areaShape = { name, in: area, antiPassback, occupancy, twoPersonRule: flag, firstPersonIn: subjects }

/** The `areas` section. */
export const areas: Reader<Site['areas']> = record(
  (node, scope, id) =>
    fields(
      areaShape,
      ({ values }): Area => ({
        name: values.name ?? id,
        twoPersonRule: values.twoPersonRule ?? false,
        ...defined({
          in: values.in === builtIn.area ? undefined : values.in,
          antiPassback: values.antiPassback,
          occupancy: values.occupancy,
          firstPersonIn: values.firstPersonIn,
        }),
      }),
    )(node, scope),
  { checkKey: declares(builtIn.area) },
)

/** The `zones` section. */
export const zones: Reader<Site['zones']> = record(
  (node, scope, id) =>
    fields({ name, area }, ({ values }) => ({ name: values.name ?? id, ...defined({ area: values.area }) }))(
      node,
      scope,
    ),
  { checkKey: declares() },
)
