import type { ObjectRef, Site } from '../../site.ts'

/** What is not known of assets because of errors of their own, by their ids. */
export interface Unsure {
  /** What they are: their kind or their functions. */
  readonly nature: ReadonlySet<string>
  /** Where they are. */
  readonly place: ReadonlySet<string>
}

/** Which functions the assets have that an object of a rule covers. Computed once, since a site has many rules. */
export class Coverage {
  readonly #assets: Site['assets']
  readonly #byObject = new Map<string, Set<string>>()
  /** Functions of the assets that could be in any area. */
  readonly #anywhere = new Set<string>()
  readonly #unsure: Unsure

  constructor(site: Pick<Site, 'assets' | 'areas'>, unsure: Unsure) {
    this.#assets = site.assets
    this.#unsure = unsure
    for (const [id, asset] of Object.entries(site.assets)) {
      const places = ancestorsOf(asset.in, site.areas)
      this.#add(asset.functions, objectKey({ kind: asset.kind }))
      if (unsure.place.has(id)) for (const name of asset.functions) this.#anywhere.add(name)
      for (const area of places) {
        this.#add(asset.functions, objectKey({ area }))
        this.#add(asset.functions, objectKey({ area, kind: asset.kind }))
      }
    }
  }

  /** Functions of the assets that are covered or could be; undefined if the file's errors leave them open. */
  functionsOf(objects: readonly ObjectRef[]): ReadonlySet<string> | undefined {
    const functions = new Set<string>()
    const { nature } = this.#unsure
    for (const object of objects) {
      const isOpen = 'asset' in object ? nature.has(object.asset) : nature.size > 0
      if (isOpen) return undefined
      for (const name of this.#functionsOf(object)) functions.add(name)
      if ('area' in object) for (const name of this.#anywhere) functions.add(name)
    }
    return functions
  }

  #functionsOf(object: ObjectRef): Iterable<string> {
    if ('asset' in object) return this.#assets[object.asset]?.functions ?? []
    return this.#byObject.get(objectKey(object)) ?? []
  }

  #add(functions: readonly string[], key: string): void {
    let known = this.#byObject.get(key)
    if (known === undefined) {
      known = new Set()
      this.#byObject.set(key, known)
    }
    for (const name of functions) known.add(name)
  }
}

type WithoutAsset = Exclude<ObjectRef, { asset: string }>
const objectKey = (object: WithoutAsset): string =>
  'area' in object ? `${object.area} ${object.kind ?? ''}` : ` ${object.kind}`

/** An area and those that it lies in, inner to outer; ends also where a file has a cycle. */
export function ancestorsOf(area: string, areas: Site['areas']): readonly string[] {
  const path: string[] = []
  let next: string | undefined = area
  while (next !== undefined && !path.includes(next)) {
    path.push(next)
    next = areas[next]?.in
  }
  return path
}
