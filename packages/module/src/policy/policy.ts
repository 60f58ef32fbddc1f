/**
 * What this module decides by: the world of its bundle and its own state, in memory as on the disk. All changes go
 * through `commit`, so that memory never is ahead of the disk; whoever changes something holds the decision queue.
 */
import { type Event, initialState, type State, step, type World, withSurroundings } from '@edgeward/domain'
import type { Heads } from '@edgeward/keystore/seal'
import { type Ending, listEndings, removeEnding } from '../store/commands.ts'
import type { Database } from '../store/database.ts'
import { counter } from '../store/meta.ts'
import { readBundle, readState, type StoredBundle, writeBundle, writeState } from '../store/policy.ts'
import { worldOfPayload } from './world.ts'

/** What a commit changes; what is left out stays. */
export interface PolicyChange {
  readonly state?: State
  readonly bundle?: StoredBundle & { readonly world: World }
}

export class Policy {
  readonly #db: Database
  #state: State
  #world: World | undefined
  #bundle: StoredBundle | undefined

  readonly #onBundle: () => void

  /** `onBundle` is told after a new bundle came into force. */
  constructor(db: Database, onBundle: () => void) {
    this.#db = db
    this.#onBundle = onBundle
    const json = readState(db)
    this.#state = json === undefined ? initialState() : { ...initialState(), ...(JSON.parse(json) as Partial<State>) }
    this.#bundle = readBundle(db)
    this.#world = this.#bundle && worldOfPayload(this.#bundle.payload)
  }

  get state(): State {
    return this.#state
  }

  /** Undefined: no bundle has come yet. */
  get world(): World | undefined {
    return this.#world
  }

  get bundle(): StoredBundle | undefined {
    return this.#bundle
  }

  /** The versions that are in force here. */
  get heads(): Heads {
    const revocations = counter(this.#db, 'revocationVersion')
    const keyPackage = counter(this.#db, 'keyPackageVersion')
    return {
      ...(this.#bundle === undefined ? {} : { bundle: this.#bundle.version, revocations }),
      ...(keyPackage === 0 ? {} : { keyPackage }),
    }
  }

  /** Stores a change and whatever `alsoStore` stores as one transaction, then believes it. */
  commit<T>({ state, bundle }: PolicyChange, alsoStore: () => T): T {
    const lasting = state && withoutSurroundings(state)
    const result = this.#db.transaction(() => {
      if (lasting !== undefined) writeState(this.#db, JSON.stringify(lasting))
      if (bundle !== undefined) writeBundle(this.#db, bundle)
      return alsoStore()
    })
    if (lasting !== undefined) this.#state = lasting
    if (bundle !== undefined) {
      this.#bundle = bundle
      this.#world = bundle.world
      this.#onBundle()
    }
    return result
  }

  /** Lets what ends by itself end, up to an instant. True: something did. */
  endDue(at: number): boolean {
    const due = listEndings(this.#db).filter(({ endsAt }) => endsAt <= at)
    const world = this.#world
    if (due.length === 0 || world === undefined) return false
    const state = due.reduce((before, ending) => step(world, before, endingEvent(ending)).state, this.#state)
    this.commit({ state }, () => {
      for (const { event } of due) removeEnding(this.#db, event)
    })
    return true
  }

  /** The next instant at which something ends by itself. */
  get nextEnding(): number | undefined {
    return listEndings(this.#db)[0]?.endsAt
  }
}

/** An ending as it is kept: the event without its instant, which is that of the ending. */
export function endingOf(event: Event, endsAt: number): Ending {
  return { event: JSON.stringify({ ...event, at: 0 }), endsAt }
}

function endingEvent({ event, endsAt }: Ending): Event {
  return { ...(JSON.parse(event) as Event), at: endsAt }
}

/** Sensors and contacts are asked at each tap; what they said is not kept. */
function withoutSurroundings(state: State): State {
  return withSurroundings(state, { context: {}, doors: {} })
}
