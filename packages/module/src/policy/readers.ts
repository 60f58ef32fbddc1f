/** The readers of a module: those of its section, else one for each guarded asset, and one on the way out of a door. */
import type { World } from '@edgeward/domain'

export interface ReaderPlace {
  readonly reader: string
  readonly asset: string
  readonly side: 'in' | 'out'
  /** What a tap without a choice at the panel asks for. */
  readonly function: string
}

const door = 'door'

export function readersOf({ site, module }: World): readonly ReaderPlace[] {
  const spec = module === undefined ? undefined : site.modules[module]
  if (spec === undefined) return []
  const named = Object.entries(spec.readers).map(([reader, { asset, side }]) => ({ reader, asset, side }))
  const places =
    named.length > 0 ? named : spec.guards.flatMap(asset => defaultReaders(asset, site.assets[asset]?.kind))
  return places.map(place => ({ ...place, function: defaultFunction(site.assets[place.asset]) }))
}

function defaultReaders(asset: string, kind: string | undefined): readonly Omit<ReaderPlace, 'function'>[] {
  const inside = { reader: asset, asset, side: 'in' } as const
  return kind === door ? [inside, { reader: `${asset}-out`, asset, side: 'out' }] : [inside]
}

function defaultFunction(asset: { readonly kind: string; readonly functions: readonly string[] } | undefined): string {
  return asset === undefined || asset.kind === door ? 'open' : (asset.functions[0] ?? 'open')
}
