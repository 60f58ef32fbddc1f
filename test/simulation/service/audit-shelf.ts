import { bytesEqual } from '@edgeward/base'
import { type AuditBatch, batchFault, batchHeads, chainNext, chainStart } from '@edgeward/keystore/seal'
import type { ServiceKeys } from './service-keys.ts'

interface Kept {
  readonly bytes: Uint8Array
  readonly head: Uint8Array
}

export type BatchOutcome =
  | { readonly result: 'done'; readonly complete: number; readonly added: number }
  | { readonly result: 'refused'; readonly complete: number; readonly why: string }

/** What a service has of the chains of one module: every check of log.md §5, every record once. */
export class AuditShelf {
  readonly #keys: ServiceKeys
  readonly #module: string
  readonly #chains = new Map<number, Map<number, Kept>>()
  #newest = 0

  constructor(keys: ServiceKeys, module: string) {
    this.#keys = keys
    this.#module = module
  }

  /** The chain that grows now. */
  get chainEpoch(): number {
    return this.#newest
  }

  /** The last record up to which nothing is missing. */
  get complete(): number {
    const chain = this.#chains.get(this.#newest)
    let number = 0
    while (chain?.has(number + 1) === true) number += 1
    return number
  }

  /** Records of a chain, by number. */
  records(chainEpoch: number): ReadonlyMap<number, { readonly bytes: Uint8Array }> {
    return this.#chains.get(chainEpoch) ?? new Map()
  }

  async take(batch: AuditBatch): Promise<BatchOutcome> {
    const refused = (why: string): BatchOutcome => ({ result: 'refused', complete: this.complete, why })
    const { chainEpoch, first, records } = batch
    if (chainEpoch < this.#newest) return refused('chain-epoch-went-back')
    const evidence = this.#keys.evidenceOf(this.#module)
    const chain = this.#chains.get(chainEpoch) ?? new Map<number, Kept>()
    const headBefore = first === 1 ? chainStart({ module: evidence.module, chainEpoch }) : chain.get(first - 1)?.head
    const fault = await batchFault(this.#keys.store, batch, { ...evidence, ...(headBefore && { headBefore }) })
    if (fault !== undefined) return refused(`batch-${fault}`)
    const heads = batchHeads(batch)
    for (const [i, bytes] of records.entries()) {
      const here = chain.get(first + i)
      if (here !== undefined && !bytesEqual(here.bytes, bytes)) return refused(`record-altered ${first + i}`)
    }
    const last = first + records.length - 1
    const [next, head] = [chain.get(last + 1), heads.at(-1)]
    if (next !== undefined && head !== undefined && !bytesEqual(chainNext(head, last + 1, next.bytes), next.head))
      return refused('chain-broken')
    let added = 0
    for (const [i, bytes] of records.entries()) {
      if (chain.has(first + i)) continue
      chain.set(first + i, { bytes, head: heads[i] as Uint8Array })
      added += 1
    }
    this.#chains.set(chainEpoch, chain)
    this.#newest = chainEpoch
    return { result: 'done', complete: this.complete, added }
  }
}
