/** EXCHANGE: what may be said inside the secure channel, and what is answered. aliro.md §9. */
import { concat, Reader, uintBytes, WireError } from '@edgeward/base'
import { decodeTable, decodeTlvs, encodeTlv, type Tlv } from '../apdu/tlv.ts'
import type { ReaderStatus } from './reader-status.ts'

/** What a reader does with the mailbox; offsets and lengths have 16 bits. */
export type MailboxOperation =
  | { readonly type: 'read'; readonly offset: number; readonly length: number }
  | { readonly type: 'write'; readonly offset: number; readonly data: Uint8Array }
  | { readonly type: 'set'; readonly offset: number; readonly length: number; readonly value: number }

export interface MailboxRequest {
  /** The atomic session goes on: what is written takes effect with a later request that has `more` false. */
  readonly more: boolean
  readonly operations: readonly MailboxOperation[]
}

/** One EXCHANGE. At least one member is there. */
export interface ExchangeRequest {
  readonly mailbox?: MailboxRequest
  /** Elements for the holder, a bound application or the issuer's backend; at most 250 bytes. */
  readonly notify?: Uint8Array
  /** Ends the transaction. */
  readonly readerStatus?: ReaderStatus
  /** Makes the ranging key available. */
  readonly ursk?: true
  readonly update?: Uint8Array
}

/** An EXCHANGE as a device receives it: the mailbox part may be malformed by itself, which has its own status. */
export type ReceivedExchange = Omit<ExchangeRequest, 'mailbox'> & { readonly mailbox?: MailboxRequest | 'malformed' }

/** Status of a mailbox request; 0000 is good. */
export const exchangeStatus = { good: 0x0000, outOfBounds: 0x0001, malformed: 0x0002 } as const

const table = {
  mailbox: { tag: 0xba, length: [0, 4096], optional: true },
  notify: { tag: 0xae, length: [0, 250], optional: true },
  readerStatus: { tag: 0x97, length: 2, optional: true },
  ursk: { tag: 0x98, length: 0, optional: true },
  update: { tag: 0x81, length: [0, 4096], optional: true },
} as const
const tags = { more: 0x8c, read: 0x87, write: 0x8a, set: 0x95 } as const

/** The plaintext of a request. */
export function encodeExchange({ mailbox, notify, readerStatus, ursk, update }: ExchangeRequest): Uint8Array {
  const none = new Uint8Array(0)
  return concat(
    mailbox ? encodeMailboxRequest(mailbox) : none,
    notify ? encodeTlv(0xae, notify) : none,
    readerStatus === undefined ? none : encodeTlv(0x97, uintBytes(readerStatus, 2)),
    ursk ? encodeTlv(0x98) : none,
    update ? encodeTlv(0x81, update) : none,
  )
}

function encodeMailboxRequest({ more, operations }: MailboxRequest): Uint8Array {
  return encodeTlv(0xba, encodeTlv(tags.more, Uint8Array.of(more ? 1 : 0)), ...operations.map(encodeOperation))
}

function encodeOperation(operation: MailboxOperation): Uint8Array {
  const offset = uintBytes(operation.offset, 2)
  switch (operation.type) {
    case 'read':
      return encodeTlv(tags.read, offset, uintBytes(operation.length, 2))
    case 'write':
      return encodeTlv(tags.write, offset, operation.data)
    case 'set':
      return encodeTlv(tags.set, offset, uintBytes(operation.length, 2), Uint8Array.of(operation.value))
  }
}

/** What a plaintext asks for. Throws a WireError when it is malformed as a whole, or asks for nothing. */
export function decodeExchange(plaintext: Uint8Array): ReceivedExchange {
  const { mailbox, notify, readerStatus, ursk, update } = decodeTable(plaintext, table)
  if (!mailbox && !notify && !readerStatus && !ursk && !update) throw new WireError('an EXCHANGE that asks for nothing')
  const [high = 0, low = 0] = readerStatus?.value ?? []
  return {
    ...(mailbox ? { mailbox: mailboxRequest(mailbox.value) } : {}),
    ...(notify ? { notify: notify.value } : {}),
    ...(readerStatus ? { readerStatus: (high << 8) | low } : {}),
    ...(ursk ? { ursk: true } : {}),
    ...(update ? { update: update.value } : {}),
  }
}

function mailboxRequest(value: Uint8Array): MailboxRequest | 'malformed' {
  try {
    const known = decodeTlvs(value).filter(({ tag }) => Object.values<number>(tags).includes(tag))
    const [first, ...others] = known
    if (first?.tag !== tags.more || first.value.length !== 1) throw new WireError('a request without 8C')
    const more = first.value[0] as number
    if (more > 1) throw new WireError(`8C of ${more}`)
    return { more: more === 1, operations: others.map(mailboxOperation) }
  } catch (error) {
    if (error instanceof WireError) return 'malformed'
    throw error
  }
}

function mailboxOperation({ tag, value }: Tlv): MailboxOperation {
  const reader = new Reader(value)
  const offset = reader.u16()
  switch (tag) {
    case tags.read: {
      const length = reader.u16()
      reader.end()
      return { type: 'read', offset, length }
    }
    case tags.write:
      return { type: 'write', offset, data: reader.take(reader.remaining).slice() }
    case tags.set: {
      const length = reader.u16()
      const byte = reader.u8()
      reader.end()
      return { type: 'set', offset, length, value: byte }
    }
    default:
      throw new WireError('8C twice')
  }
}

/** The plaintext of an answer: the data that was read, in order, then the status. */
export function encodeExchangeAnswer(reads: readonly Uint8Array[], status: number): Uint8Array {
  return concat(...reads.map(data => concat(uintBytes(data.length, 2), data)), uintBytes(2, 2), uintBytes(status, 2))
}

/** What a device answered to reads of these lengths. Throws a WireError. With a bad status there is no data. */
export function decodeExchangeAnswer(
  plaintext: Uint8Array,
  lengths: readonly number[],
): { readonly status: number; readonly reads: readonly Uint8Array[] } {
  const statusOnly = plaintext.length === 4
  const reader = new Reader(plaintext)
  const reads = statusOnly ? [] : lengths.map(length => takeRead(reader, length))
  if (reader.u16() !== 2) throw new WireError('no status at the end')
  const status = reader.u16()
  reader.end()
  if (status === exchangeStatus.good && reads.length < lengths.length) throw new WireError('reads without data')
  return { status, reads: status === exchangeStatus.good ? reads : [] }
}

function takeRead(reader: Reader, asked: number): Uint8Array {
  const length = reader.u16()
  if (length !== asked) throw new WireError(`${length} bytes were read instead of ${asked}`)
  return reader.take(length).slice()
}
