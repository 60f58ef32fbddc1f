/** Whether somebody is at the page. What the page reads by itself is no use of its session, so that it gets idle (T35). */

/** Remembers that somebody did something, until a request has told it. */
export class Activity {
  /** Opening the page is something that somebody did. */
  #acted = true

  note(): void {
    this.#acted = true
  }

  /** Whether somebody has done something since the last request that said so. */
  take(): boolean {
    const acted = this.#acted
    this.#acted = false
    return acted
  }
}

/** What only somebody who is there does; a pointer may move by itself. */
const signs = ['pointerdown', 'keydown', 'wheel', 'touchmove'] as const

/** Lets an activity hear of everything that is done in a window. */
export function hearOf(activity: Activity, target: Pick<EventTarget, 'addEventListener'>): void {
  for (const sign of signs) target.addEventListener(sign, () => activity.note(), { capture: true, passive: true })
}
