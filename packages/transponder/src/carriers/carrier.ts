/**
 * A transponder in the field, seen from the reader: whatever the medium is, it answers one APDU at a time.
 */
export interface Carrier {
  /**
   * Sends one command APDU and resolves with the answer, status word included. One at a time.
   * Rejects with `carrier-closed` or `carrier-protocol` (TransponderError).
   */
  exchange(command: Uint8Array): Promise<Uint8Array>
  /** Takes the field away and ends the link. Closing twice is no error. */
  close(): void
  /** Resolves when the link is gone, whoever ended it. */
  readonly closed: Promise<void>
}

/** What a reader does to the transponder that holds this end of the link. */
export type CardEvent =
  | { readonly type: 'power-on' }
  | { readonly type: 'power-off' }
  | { readonly type: 'reset' }
  | { readonly type: 'command'; readonly bytes: Uint8Array }
  | { readonly type: 'closed' }

/** The transponder's end of a link. */
export interface CardCarrier {
  /** The next thing that happens; after `closed` always `closed`. One call at a time. */
  next(): Promise<CardEvent>
  /** Answers the last command. */
  answer(response: Uint8Array): void
  /** Ends the link. Closing twice is no error. */
  close(): void
}

/** Calls back once after a delay, unless cancelled before. Handed in, so that simulations own the time. */
export interface Timer {
  /** Returns the function that cancels. */
  after(delayMs: number, call: () => void): () => void
}

/** The timer of this machine. */
export const systemTimer: Timer = {
  after(delayMs, call) {
    const handle = setTimeout(call, delayMs)
    return () => clearTimeout(handle)
  },
}
