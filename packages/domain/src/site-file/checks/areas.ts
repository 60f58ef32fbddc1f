import type { Area, Asset, ModuleSpec, Site } from '../../site.ts'
import { entryOf, type Node } from '../node.ts'
import type { Scope } from '../scope.ts'
import { ancestorsOf } from '../sections/coverage.ts'

type Parts = Pick<Site, 'areas' | 'assets' | 'modules'>

/** What an area needs of the doors on its edge: a free way out, one module for its state, readers to leave by. site.md §8. */
export function checkAreas(root: Node, scope: Scope, site: Parts): void {
  const doors = edgeDoors(site)
  const section = entryOf(root, 'areas')?.value
  for (const { key, keyAt } of section?.kind === 'map' ? section.entries : []) {
    const area = site.areas[key]
    const edge = doors.get(key)
    if (area === undefined || edge === undefined) continue
    if (edge.every(({ door }) => door.egress === 'supervised' && !door.failSafe)) {
      const message =
        'every door out of this area is supervised: nobody could leave by themselves. Make one free or failSafe.'
      scope.report(keyAt, 'no-free-egress', message)
    }
    if (isStateful(area) && new Set(edge.map(door => door.moduleId)).size > 1) {
      const message = 'who is in this area is known to one module only, but its doors are at several; use one module.'
      scope.warn(keyAt, 'state-across-modules', message)
    }
    if (mustBeLeftByReader(area) && edge.some(lacksExitReader)) {
      const message = 'a door into this area has no reader to leave by, so nobody can come in again; add the reader.'
      scope.warn(keyAt, 'passback-no-exit', message)
    }
  }
}

/** A guarded door on the edge of an area: one of its sides is in it, the other is not. */
interface EdgeDoor {
  readonly id: string
  readonly door: Asset
  readonly moduleId: string
  readonly module: ModuleSpec
  /** The side of the reader that one leaves by. */
  readonly exit: 'in' | 'out'
}

function edgeDoors({ areas, assets, modules }: Parts): ReadonlyMap<string, readonly EdgeDoor[]> {
  const byArea = new Map<string, EdgeDoor[]>()
  const add = (area: string, door: EdgeDoor): void => {
    const known = byArea.get(area)
    if (known === undefined) byArea.set(area, [door])
    else known.push(door)
  }
  for (const [moduleId, module] of Object.entries(modules)) {
    for (const id of new Set(module.guards)) {
      const door = assets[id]
      if (door?.sides === undefined) continue
      const [inside, outside] = [ancestorsOf(door.sides.in, areas), ancestorsOf(door.sides.out, areas)]
      for (const area of inside) if (!outside.includes(area)) add(area, { id, door, moduleId, module, exit: 'out' })
      for (const area of outside) if (!inside.includes(area)) add(area, { id, door, moduleId, module, exit: 'in' })
    }
  }
  return byArea
}

const isStateful = (area: Area): boolean =>
  area.antiPassback !== undefined ||
  area.occupancy !== undefined ||
  area.twoPersonRule ||
  area.firstPersonIn !== undefined

const mustBeLeftByReader = ({ antiPassback }: Area): boolean =>
  antiPassback?.mode === 'hard' || antiPassback?.mode === 'soft'

/** Only where the module lists its readers at all. */
function lacksExitReader({ id, module, exit }: EdgeDoor): boolean {
  const readers = Object.values(module.readers)
  return readers.length > 0 && !readers.some(reader => reader.asset === id && reader.side === exit)
}
