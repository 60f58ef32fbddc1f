/** What stands behind `?` in the addresses of the pages. */

/** What else than all attempts a list may show. */
export const eventsResults = ['permit', 'deny', 'everything'] as const
export type EventsResult = (typeof eventsResults)[number]

/** What the address of the event list says: filters and the open card, so that a view can be sent to a colleague. */
export interface EventsSearch {
  readonly person?: string
  readonly asset?: string
  readonly module?: string
  /** Absent: all attempts. `everything`: changes of the site and acts of the modules too. */
  readonly result?: EventsResult
  readonly card?: string
}

export interface ModulesSearch {
  readonly module?: string
}

/** The open cell of the matrix. */
export interface MatrixSearch {
  readonly role?: string
  readonly asset?: string
}
