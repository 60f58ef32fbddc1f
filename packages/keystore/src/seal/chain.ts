/**
 * The audit chain of a module: hashes that anybody can recompute, a MAC that shows that the key store saw each head,
 * evidence that the module signed. log.md §5
 */
import { createHash } from 'node:crypto'
import { bytesEqual, concat, invariant, uintBytes, utf8 } from '@edgeward/base'
import type { KeyHandle, KeyStore } from '../keystore.ts'
import { type ChainName, verifyEvidence } from './evidence.ts'
import type { AuditBatch } from './payloads/audit-batch.ts'

const linkPrefix = Uint8Array.of(2)

/** A record as a module keeps it. */
export interface ChainEntry {
  readonly number: number
  readonly record: Uint8Array
  /** Head after it. */
  readonly head: Uint8Array
  readonly mac: Uint8Array
}

/** head(0), 32 bytes. */
export function chainStart({ module, chainEpoch }: ChainName): Uint8Array {
  invariant(module.length === 8, 'a module id has 8 bytes')
  return sha256(concat(utf8('edgeward/audit/1\0'), module, uintBytes(chainEpoch, 4)))
}

/** head(i) after record i, from head(i-1). Numbers begin with 1. */
export function chainNext(before: Uint8Array, number: number, record: Uint8Array): Uint8Array {
  invariant(before.length === 32, 'a head has 32 bytes')
  return sha256(concat(linkPrefix, before, uintBytes(number, 8), sha256(record)))
}

/** mac(i) over head(i). The key is of purpose `audit-mac`. */
export function recordMac(store: KeyStore, key: KeyHandle, head: Uint8Array): Promise<Uint8Array> {
  return store.mac(key, head)
}

/** What is wrong with a chain, and the first number at which it is. */
export interface ChainFault {
  readonly number: number
  readonly fault: 'number' | 'head' | 'mac'
}

/** Looks through records in order, from `before`, whose number is the first one's less one. Undefined: nothing is wrong. */
export async function firstChainFault(
  store: KeyStore,
  key: KeyHandle,
  {
    before,
    first,
    entries,
  }: { readonly before: Uint8Array; readonly first: number; readonly entries: Iterable<ChainEntry> },
): Promise<ChainFault | undefined> {
  let head = before
  let number = first
  for (const entry of entries) {
    if (entry.number !== number) return { number, fault: 'number' }
    head = chainNext(head, number, entry.record)
    if (!bytesEqual(head, entry.head)) return { number, fault: 'head' }
    if (!bytesEqual(await recordMac(store, key, head), entry.mac)) return { number, fault: 'mac' }
    number++
  }
  return undefined
}

/** Heads after each record of a batch. */
export function batchHeads({
  first,
  headBefore,
  records,
}: Pick<AuditBatch, 'first' | 'headBefore' | 'records'>): readonly Uint8Array[] {
  let head = headBefore
  return records.map((record, i) => {
    head = chainNext(head, first + i, record)
    return head
  })
}

/**
 * Why a batch is not evidence. `numbers`: first, last and count disagree; `start`: not behind the head that is known;
 * `mac`: another key store's; `not-signed-by-module`; `evidence`: signed, but for a head or count that the batch does not reach.
 */
export type BatchFault = 'numbers' | 'start' | 'mac' | 'not-signed-by-module' | 'evidence'

export interface BatchChecks extends Pick<ChainName, 'module'> {
  /** The service's `audit-mac` key of the module. */
  readonly key: KeyHandle
  /** Public point of the module's identity. */
  readonly identity: Uint8Array
  /** Head before the first record, where the receiver has it: of the record before, or the chain's start. */
  readonly headBefore?: Uint8Array
}

/** What is wrong with a batch that a module sent, or undefined. Evidence may be about a later head than the batch's last. */
export async function batchFault(
  store: KeyStore,
  batch: AuditBatch,
  checks: BatchChecks,
): Promise<BatchFault | undefined> {
  const { first, last, records, headBefore, chainEpoch, mac, evidence } = batch
  if (first < 1 || last - first + 1 !== records.length) return 'numbers'
  if (checks.headBefore !== undefined && !bytesEqual(checks.headBefore, headBefore)) return 'start'
  const head = batchHeads(batch).at(-1) as Uint8Array
  if (!bytesEqual(await recordMac(store, checks.key, head), mac)) return 'mac'
  if (evidence === undefined) return 'not-signed-by-module'
  if (!verifyEvidence(checks.identity, { module: checks.module, chainEpoch }, evidence)) return 'not-signed-by-module'
  if (evidence.records < last || (evidence.records === last && !bytesEqual(evidence.head, head))) return 'evidence'
  return undefined
}

function sha256(data: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(data).digest())
}
