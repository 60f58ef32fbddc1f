/**
 * What this module decides by: the world of its bundle and its own state, in memory as on the disk. All changes go
 * through `commit`, so that memory never is ahead of the disk, nor behind it; whoever changes something holds the decision queue.
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
  /** A commit failed: what is on the disk may be what was before it, or what it was to bring. */
  #isInDoubt = false

  readonly #onBundle: () => void

  /** `onBundle` is told after a new bundle came into force. */
  constructor(db: Database, onBundle: () => void) {
    this.#db = db
    this.#onBundle = onBundle
    this.#state = storedState(db)
    this.#bundle = readBundle(db)
    this.#world = this.#bundle && worldOfPayload(this.#bundle.payload)
  }

  /** Throws what the disk throws, when it has to be asked after a commit that failed. */
  get state(): State {
    this.#settleDoubt()
    return this.#state
  }

  /** Undefined: no bundle has come yet. The last one that was known, if the disk cannot be asked; then `state` throws. */
  get world(): World | undefined {
    try {
      this.#settleDoubt()
    } catch {
      // Whoever decides asks for the state, too, and is told there; the readers are where they were.
    }
    return this.#world
  }

  /** Throws as `state` does. */
  get bundle(): StoredBundle | undefined {
    this.#settleDoubt()
    return this.#bundle
  }

  /** The versions that are in force here. */
  get heads(): Heads {
    const revocations = counter(this.#db, 'revocationVersion')
    const keyPackage = counter(this.#db, 'keyPackageVersion')
    return {
      ...(this.bundle === undefined ? {} : { bundle: this.bundle.version, revocations }),
      ...(keyPackage === 0 ? {} : { keyPackage }),
    }
  }

  /** Stores a change and whatever `alsoStore` stores as one transaction, then believes it. */
  commit<T>({ state, bundle }: PolicyChange, alsoStore: () => T): T {
    const lasting = state && withoutSurroundings(state)
    const result = this.#stored(() => {
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
    const { state: now, world } = this
    if (due.length === 0 || world === undefined) return false
    const state = due.reduce((before, ending) => step(world, before, endingEvent(ending)).state, now)
    this.commit({ state }, () => {
      for (const { event } of due) removeEnding(this.#db, event)
    })
    return true
  }

  #stored<T>(work: () => T): T {
    try {
      return this.#db.transaction(work)
    } catch (error) {
      this.#isInDoubt = true
      throw error
    }
  }

  /** Memory is what the disk is: a commit that reported an error may have taken effect all the same. */
  #settleDoubt(): void {
    if (!this.#isInDoubt) return
    const [state, bundle] = [storedState(this.#db), readBundle(this.#db)]
    const isNews = bundle?.version !== this.#bundle?.version || bundle?.epoch !== this.#bundle?.epoch
    const world = isNews ? bundle && worldOfPayload(bundle.payload) : this.#world
    this.#state = state
    this.#bundle = bundle
    this.#world = world
    this.#isInDoubt = false
    if (isNews) this.#onBundle()
  }

  /** The next instant at which something ends by itself. */
  get nextEnding(): number | undefined {
    return listEndings(this.#db)[0]?.endsAt
  }
}

function storedState(db: Database): State {
  const json = readState(db)
  return json === undefined ? initialState() : { ...initialState(), ...(JSON.parse(json) as Partial<State>) }
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
