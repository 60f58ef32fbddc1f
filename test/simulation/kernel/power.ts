/** The machine has no power any more: whatever it does now, nothing comes of it. */
export class PowerCut extends Error {
  override name = 'PowerCut'
}

/** The disk says that it failed. */
export class DiskError extends Error {
  override name = 'DiskError'
  readonly code: string
  constructor(code: string) {
    super(`the disk says ${code}`)
    this.code = code
  }
}

/** What the disk of a machine does wrong at the moment. */
export type DiskFault =
  /** Takes no more bytes. */
  | 'full'
  /** The next commit fails and leaves nothing. */
  | 'commit-fails'
  /** The next commit is on the disk, and yet an error is reported. */
  | 'commit-lies'

/**
 * The supply of one life of a machine, from power-on to power-off. Everything that the machine does to the world asks
 * it first; it may end between any two of these operations.
 */
export class Power {
  #left: number | undefined
  #isOn = true
  #isLooking = false
  #onCut: () => void = () => undefined
  /** Operations so far. */
  operations = 0
  fault: DiskFault | undefined

  get isOn(): boolean {
    return this.#isOn
  }

  /** The power ends at the so-many-th operation from now; 0 is the next one. */
  cutIn(operations: number): void {
    this.#left = operations
  }

  get isArmed(): boolean {
    return this.#left !== undefined
  }

  whenCut(call: () => void): void {
    this.#onCut = call
  }

  /** Somebody outside looks at the machine: that is none of its operations. */
  look<T>(work: () => T): T {
    this.#isLooking = true
    try {
      return work()
    } finally {
      this.#isLooking = false
    }
  }

  /** Before an operation. Throws a PowerCut. */
  operate(): void {
    if (this.#isLooking) return
    if (!this.#isOn) throw new PowerCut('no power')
    this.operations += 1
    if (this.#left === undefined) return
    if (this.#left === 0) {
      this.cut()
      throw new PowerCut('no power')
    }
    this.#left -= 1
  }

  cut(): void {
    if (!this.#isOn) return
    this.#isOn = false
    this.#onCut()
  }
}
