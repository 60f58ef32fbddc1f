/** Who chose something at a panel gets a ticket, and by it what came of the tap that followed. */
import type { TapResult } from '@edgeward/module'
import { CliError } from '../cli-error.ts'

/** Tickets that nobody has asked for; the oldest go. */
const maxTickets = 256

interface Ticket {
  readonly result: Promise<TapResult>
  readonly end: (result: TapResult) => void
  readonly fail: (error: CliError) => void
}

export class TapTickets {
  readonly #tickets = new Map<string, Ticket>()
  /** The ticket of the next tap at a reader. */
  readonly #next = new Map<string, string>()
  readonly #newId: () => string

  constructor(newId: () => string) {
    this.#newId = newId
  }

  /** A ticket for the next tap at a reader. An earlier one that no tap has used gets nothing any more. */
  open(reader: string): string {
    const replaced = this.#next.get(reader)
    if (replaced !== undefined)
      this.#tickets.get(replaced)?.fail(new CliError('replaced', 'Somebody else chose at this reader before the tap.'))
    const id = this.#newId()
    this.#tickets.set(id, newTicket())
    this.#next.set(reader, id)
    const [oldest] = this.#tickets.keys()
    if (this.#tickets.size > maxTickets && oldest !== undefined) this.#tickets.delete(oldest)
    return id
  }

  /** A tap begins: the ticket of this reader, if there is one, is its. */
  take(reader: string): string | undefined {
    const id = this.#next.get(reader)
    this.#next.delete(reader)
    return id
  }

  end(id: string | undefined, result: TapResult): void {
    if (id !== undefined) this.#tickets.get(id)?.end(result)
  }

  /** What came of the tap; once. Rejects with a CliError `unknown-ticket` or `replaced`. */
  async result(id: string): Promise<TapResult> {
    const ticket = this.#tickets.get(id)
    if (ticket === undefined)
      throw new CliError('unknown-ticket', 'There is no such ticket, or its result was fetched.')
    try {
      return await ticket.result
    } finally {
      this.#tickets.delete(id)
    }
  }
}

function newTicket(): Ticket {
  let end: Ticket['end'] = () => undefined
  let fail: Ticket['fail'] = () => undefined
  const result = new Promise<TapResult>((resolve, reject) => {
    end = resolve
    fail = reject
  })
  // Nobody may ever ask.
  result.catch(() => undefined)
  return { result, end, fail }
}
