/** The sealed envelope, format 1: a COSE_Encrypt0 in both directions. envelope.md §1, §4 */
import { bytesEqual, type CborValue, encodeCbor, invariant, Tagged } from '@edgeward/base'
import { KeyStoreError } from '../errors.ts'
import type { KeyHandle, KeyStore } from '../keystore.ts'
import type { KeyName } from '../kid.ts'
import { encStructure, tag } from './cose.ts'
import { decodeHeader, encodeHeader, ivBytes, maxSequence, type RawHeader } from './header.ts'
import { advancesMark, type Mark, type MarkToStore } from './mark.ts'
import { type Direction, directionNumbers, type MessageType, messageRules, messageTypeOf } from './message-types.ts'
import { maxEnvelopeBytes, pad, unpad } from './padding.ts'
import { type PayloadOf, type PayloadReader, readPayload } from './payloads/payload.ts'
import { decodeStrictly, EnvelopeRefused, maxUnprovenItems } from './refusal.ts'
import { externalAad, type SiteScope } from './site-scope.ts'

export const envelopeLabel = 'edgeward/envelope/1'
/** Longest envelope of what a phone or card carries. threat-model.md §8 */
export const maxCarriedBytes: number = 65_536
/** Longest protected header; ours have 69 to 77 bytes. threat-model.md §8 */
export const maxHeaderBytes: number = 512
/** A tag of 16 bytes over one byte: the shortest that can hold padding. */
const leastCiphertext = 17

/** What to seal. The direction is that of the key: there is one key per direction. */
export interface EnvelopeDraft extends SiteScope {
  /** Of purpose `transport-down`, `transport-up` or `credential`. */
  readonly key: KeyHandle
  readonly type: MessageType
  /** Party ids, 8 bytes. */
  readonly from: Uint8Array
  readonly to: Uint8Array
  /** 1 to 2^63-1, by a durable, atomic increment per sender, receiver and type. envelope.md §5 */
  readonly sequence: bigint
  /** Seconds since 1970, UTC. */
  readonly issued: number
  /** Seconds, inclusive; null for the types that have no end. */
  readonly notAfter: number | null
  /** As `encodePayload` makes it. */
  readonly payload: Uint8Array
  /** Length of the whole envelope; for a place on a smartcard. Default: the next bucket. */
  readonly size?: number
}

/** A key from which a receiver takes envelopes. */
export interface ReceiverKey {
  readonly handle: KeyHandle
  readonly direction: Direction
  /** The only sender, 8 bytes. */
  readonly peer: Uint8Array
  readonly retired: boolean
}

type MaybePromise<T> = T | Promise<T>

/** Who opens, and what it remembers. */
export interface Receiver extends SiteScope {
  /** Party id, 8 bytes. */
  readonly me: Uint8Array
  /** Ids of the key groups that it got keys of; compared, never derived. */
  readonly groups: readonly Uint8Array[]
  /** From the receiver's own list; undefined for a key that it does not know. */
  findKey(name: KeyName): MaybePromise<ReceiverKey | undefined>
  /** The stored mark of a key id and type. */
  mark(keyId: string, type: MessageType): MaybePromise<Mark | undefined>
  /** Longest envelope. Default 1 MiB; `maxCarriedBytes` for what a phone or card carries. */
  readonly sizeLimit?: number
}

declare const opened: unique symbol

/** An envelope that passed every check. Made by opening alone. */
export interface OpenedEnvelope<T extends MessageType, P> {
  readonly [opened]: true
  readonly type: T
  readonly direction: Direction
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly sequence: bigint
  readonly keyId: string
  readonly keyVersion: number
  readonly issued: number
  readonly notAfter: number | null
  readonly payload: P
  readonly payloadBytes: Uint8Array
  /** To be stored with the effect, in one transaction that compares again; undefined where any order is good. */
  readonly mark: MarkToStore | undefined
}

/** An opened envelope with its payload, told apart by `type`. */
export type Opened = { readonly [T in MessageType]: OpenedEnvelope<T, PayloadOf[T]> }[MessageType]

/** Seals a payload. The IV is drawn from the store's generator, immediately before. envelope.md §2 */
export async function sealEnvelope(store: KeyStore, draft: EnvelopeDraft): Promise<Uint8Array> {
  const { key, type, from, to, sequence, issued, notAfter, payload, size } = draft
  const direction = directionOf(key)
  const rule = messageRules[type]
  invariant(rule.directions.includes(direction), `a ${type} is not sealed by a ${key.purpose} key`)
  invariant(rule.ends === (notAfter !== null), `a ${type} has ${rule.ends ? 'an' : 'no'} end`)
  invariant(notAfter === null || notAfter >= issued, 'an envelope ends after it was issued')
  invariant(sequence >= 1n && sequence <= maxSequence, 'a sequence is 1 to 2^63-1')
  const iv = await store.random(ivBytes)
  const protectedHeader = encodeHeader({ key, iv, type, direction, from, to, sequence, issued, notAfter })
  const plaintext = pad(payload, { protectedBytes: protectedHeader.length, size })
  const aad = encStructure('Encrypt0', protectedHeader, externalAad(envelopeLabel, draft))
  const ciphertext = await store.seal(key, { iv, aad, plaintext })
  return encodeCbor(new Tagged(tag.encrypt0, [protectedHeader, new Map(), ciphertext]))
}

/**
 * Opens an envelope: every check of envelope.md §4 in its order. Throws EnvelopeRefused; a KeyStoreError other than a
 * failed authentication goes through. Nothing is stored: effect and `mark` are the caller's, in one transaction.
 * `now` is the clock's floor in seconds (R5).
 */
export async function openEnvelope(
  store: KeyStore,
  receiver: Receiver,
  bytes: Uint8Array,
  options: { readonly now: number },
): Promise<Opened> {
  const envelope = await openEnvelopeWith(store, receiver, bytes, { ...options, read: readPayload })
  // The reader gives the payload of the type that it was asked for.
  return envelope as Opened
}

/** The same with a reader of one's own, which sees authenticated bytes alone and refuses with an EnvelopeRefused `payload`. */
export async function openEnvelopeWith<P>(
  store: KeyStore,
  receiver: Receiver,
  bytes: Uint8Array,
  { now, read }: { readonly now: number; readonly read: PayloadReader<P> },
): Promise<OpenedEnvelope<MessageType, P>> {
  checkSize(bytes, receiver.sizeLimit ?? maxEnvelopeBytes)
  const { protectedHeader, ciphertext } = parseEncrypt0(bytes)
  const header = decodeHeader(protectedHeader, { kid: true })
  const key = await knownKey(receiver, header)
  const { type, direction } = checkRoute(receiver, header, key)
  const aad = encStructure('Encrypt0', protectedHeader, externalAad(envelopeLabel, receiver))
  const plaintext = await openContent(store, key.handle, { iv: header.iv, aad, ciphertext })
  const payloadBytes = unpad(plaintext)
  const payload = read(type, direction, payloadBytes)
  const { keyId, version } = key.handle
  const mark = { keyId, type, version, sequence: header.sequence }
  const ordered = messageRules[type].order === 'newest'
  if (ordered && !advancesMark(await receiver.mark(keyId, type), mark)) {
    throw new EnvelopeRefused('stale', `${type} ${header.sequence} is not above the mark`)
  }
  checkNotExpired(header, now)
  const { from, to, sequence, issued, notAfter } = header
  const fields = {
    type,
    direction,
    from,
    to,
    sequence,
    keyId,
    keyVersion: version,
    issued,
    notAfter,
    payload,
    payloadBytes,
  }
  return { ...fields, mark: ordered ? mark : undefined } as OpenedEnvelope<MessageType, P>
}

/** Step 1, before any decoding. */
export function checkSize(bytes: Uint8Array, limit: number): void {
  if (bytes.length === 0) throw new EnvelopeRefused('size', 'it is empty')
  if (bytes.length > limit) throw new EnvelopeRefused('size', `${bytes.length} bytes are more than ${limit}`)
}

/** Step 12. */
export function checkNotExpired({ notAfter }: Pick<RawHeader, 'notAfter'>, now: number): void {
  if (notAfter !== null && now > notAfter) throw new EnvelopeRefused('expired', `it ended at ${notAfter}`)
}

/** Steps 2 to 4 for both kinds of encryption: the two byte strings of an array whose map is empty. */
export function checkEncrypted(members: readonly CborValue[]): { protectedHeader: Uint8Array; ciphertext: Uint8Array } {
  const [protectedHeader, unprotected, ciphertext] = members
  if (!(protectedHeader instanceof Uint8Array && unprotected instanceof Map && ciphertext instanceof Uint8Array)) {
    throw new EnvelopeRefused('structure', 'a member has another type')
  }
  if (ciphertext.length < leastCiphertext)
    throw new EnvelopeRefused('structure', 'the ciphertext holds nothing but a tag')
  if (unprotected.size > 0) throw new EnvelopeRefused('header', 'the unprotected header is not empty')
  if (protectedHeader.length > maxHeaderBytes)
    throw new EnvelopeRefused('header', `a protected header has at most ${maxHeaderBytes} bytes`)
  return { protectedHeader, ciphertext }
}

/** Step 9: whatever is wrong is `tag`. */
export async function openContent(
  store: KeyStore,
  key: KeyHandle,
  message: { iv: Uint8Array; aad: Uint8Array; ciphertext: Uint8Array },
): Promise<Uint8Array> {
  try {
    return await store.open(key, message)
  } catch (error) {
    if (!(error instanceof KeyStoreError) || error.code !== 'authentication-failed') throw error
    throw new EnvelopeRefused('tag', 'it does not open', { cause: error })
  }
}

function parseEncrypt0(bytes: Uint8Array): { protectedHeader: Uint8Array; ciphertext: Uint8Array } {
  const value = decodeStrictly(bytes, { tags: 'any', maxItems: maxUnprovenItems })
  const members = value instanceof Tagged && value.tag === tag.encrypt0 ? value.value : undefined
  if (!Array.isArray(members) || members.length !== 3)
    throw new EnvelopeRefused('structure', 'not a tagged COSE_Encrypt0')
  return checkEncrypted(members)
}

/** Step 6. Never a key found by trying. */
async function knownKey(receiver: Receiver, { key }: RawHeader): Promise<ReceiverKey> {
  invariant(key !== undefined, 'a header with a kid')
  const known = await receiver.findKey(key)
  if (known === undefined)
    throw new EnvelopeRefused('key-unknown', `key ${key.keyId} version ${key.version} is not known here`)
  if (known.retired) throw new EnvelopeRefused('key-retired', `key ${key.keyId} version ${key.version} is retired`)
  return known
}

/** Steps 7 and 8. */
function checkRoute(
  receiver: Receiver,
  header: RawHeader,
  key: ReceiverKey,
): { type: MessageType; direction: Direction } {
  const type = messageTypeOf(header.type)
  if (type === undefined) throw new EnvelopeRefused('type', `type ${header.type} is not known here`)
  const { direction } = key
  if (header.direction !== directionNumbers[direction])
    throw new EnvelopeRefused('direction', 'the key is for another direction')
  if (!messageRules[type].directions.includes(direction))
    throw new EnvelopeRefused('direction', `a ${type} does not go ${direction}`)
  if (!bytesEqual(header.from, key.peer)) throw new EnvelopeRefused('sender', 'the sender is not the peer of the key')
  const mine = [receiver.me, ...receiver.groups].some(party => bytesEqual(header.to, party))
  if (!mine) throw new EnvelopeRefused('receiver', 'it is for somebody else')
  checkSequence(header)
  return { type, direction }
}

/** Step 8. */
export function checkSequence({ sequence }: Pick<RawHeader, 'sequence'>): void {
  if (sequence < 1n || sequence > maxSequence) throw new EnvelopeRefused('sequence', 'a sequence is 1 to 2^63-1')
}

function directionOf({ purpose }: KeyHandle): Direction {
  if (purpose === 'transport-down') return 'down'
  if (purpose === 'transport-up') return 'up'
  invariant(purpose === 'credential', `a ${purpose} key seals no envelope`)
  return 'holder'
}
