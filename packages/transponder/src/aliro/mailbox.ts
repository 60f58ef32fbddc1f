/** A device's mailbox under the hands of a reader. aliro.md §9. */
import { exchangeStatus, type MailboxOperation, type MailboxRequest } from './exchange.ts'

/** What an answer may hold in all, with length fields, status and tag. aliro.md §2. */
const maxReadBytes = 65_000

/** The content, what may be done with it, and what an atomic session has written so far. */
export interface MailboxState {
  readonly committed: Uint8Array
  readonly read: boolean
  readonly write: boolean
  /** Present while an atomic session is open. */
  readonly staged?: Uint8Array
}

/** What a request did. */
export interface MailboxOutcome {
  readonly mailbox: MailboxState
  readonly reads: readonly Uint8Array[]
  readonly status: number
}

/**
 * Carries out a request in the order given: all of it, or, when anything in it is out of bounds or not allowed, none.
 * A failure ends an atomic session too, with nothing written.
 */
export function handleMailbox(mailbox: MailboxState, request: MailboxRequest | 'malformed'): MailboxOutcome {
  if (request === 'malformed') return { mailbox: discardStaged(mailbox), reads: [], status: exchangeStatus.malformed }
  if (!isAllowed(mailbox, request.operations)) {
    return { mailbox: discardStaged(mailbox), reads: [], status: exchangeStatus.outOfBounds }
  }
  const written = (mailbox.staged ?? mailbox.committed).slice()
  const reads: Uint8Array[] = []
  for (const operation of request.operations) {
    // While the session goes on, what is read is the committed content.
    if (operation.type === 'read') reads.push(cut(request.more ? mailbox.committed : written, operation))
    else apply(written, operation)
  }
  const { committed, read, write } = mailbox
  const after = request.more ? { committed, read, write, staged: written } : { committed: written, read, write }
  return { mailbox: after, reads, status: exchangeStatus.good }
}

/** Forgets what an atomic session has written. */
export function discardStaged({ committed, read, write }: MailboxState): MailboxState {
  return { committed, read, write }
}

function isAllowed({ committed, read, write }: MailboxState, operations: readonly MailboxOperation[]): boolean {
  const fits = operations.every(operation => {
    const length = operation.type === 'write' ? operation.data.length : operation.length
    return (operation.type === 'read' ? read : write) && operation.offset + length <= committed.length
  })
  const answerBytes = operations.reduce(
    (sum, operation) => sum + (operation.type === 'read' ? 2 + operation.length : 0),
    0,
  )
  return fits && answerBytes <= maxReadBytes
}

function cut(content: Uint8Array, { offset, length }: { offset: number; length: number }): Uint8Array {
  return content.slice(offset, offset + length)
}

function apply(content: Uint8Array, operation: Exclude<MailboxOperation, { type: 'read' }>): void {
  if (operation.type === 'write') content.set(operation.data, operation.offset)
  else content.fill(operation.value, operation.offset, operation.offset + operation.length)
}
