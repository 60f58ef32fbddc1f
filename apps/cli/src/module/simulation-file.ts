/** What the simulated sensors, contacts and positions of one module say, kept in its data folder. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { ContactState, ContextValue } from '@edgeward/module/ports'

/** In the folder of a simulated module. */
export const simulationFileName = 'simulation.json'

/** Where somebody stands; standing until changed. */
export interface StandingPosition {
  readonly zones: readonly string[]
  readonly distance?: number
  readonly side?: 'in' | 'out'
}

interface Standing {
  /** Place (`asset:…`, `area:…`, `site`) to name to value. */
  readonly context: Record<string, Record<string, ContextValue>>
  readonly contacts: Record<string, ContactState>
  /** By thumbprint of the transponder, in hex. */
  readonly positions: Record<string, StandingPosition>
}

export class SimulationFile {
  readonly #path: string
  readonly #standing: Standing

  constructor(folder: string) {
    this.#path = join(folder, simulationFileName)
    this.#standing = { context: {}, contacts: {}, positions: {}, ...read(this.#path) }
  }

  get context(): Readonly<Record<string, Readonly<Record<string, ContextValue>>>> {
    return this.#standing.context
  }
  get contacts(): Readonly<Record<string, ContactState>> {
    return this.#standing.contacts
  }
  position(thumbprint: string): StandingPosition | undefined {
    return this.#standing.positions[thumbprint]
  }

  /** Sets values of a place; null takes one away. */
  setContext(place: string, values: Readonly<Record<string, ContextValue | null>>): void {
    const there = { ...this.#standing.context[place] }
    for (const [name, value] of Object.entries(values)) {
      if (value === null) delete there[name]
      else there[name] = value
    }
    this.#standing.context[place] = there
    this.#write()
  }

  setContact(asset: string, state: ContactState): void {
    this.#standing.contacts[asset] = state
    this.#write()
  }

  /** Undefined: nobody knows where. */
  setPosition(thumbprint: string, position: StandingPosition | undefined): void {
    if (position === undefined) delete this.#standing.positions[thumbprint]
    else this.#standing.positions[thumbprint] = position
    this.#write()
  }

  /** Replaced as a whole, so that no reader ever sees half of it. */
  #write(): void {
    const next = `${this.#path}.next`
    const descriptor = openSync(next, 'w', 0o600)
    try {
      writeSync(descriptor, JSON.stringify(this.#standing, null, 2))
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(next, this.#path)
  }
}

function read(path: string): Partial<Standing> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<Standing>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}
