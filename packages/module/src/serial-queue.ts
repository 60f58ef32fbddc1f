/** Does one thing at a time, in the order in which they came. A failure of one does not stop the next. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work)
    // Whoever asked sees the failure; the queue only waits for the end.
    this.#last = mine.catch(() => undefined)
    return mine
  }

  /** Resolves when everything that was asked for so far is done. */
  async idle(): Promise<void> {
    await this.#last
  }
}
