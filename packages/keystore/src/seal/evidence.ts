/** What a module signs about its audit chain with every batch, acknowledgement and health (R4). envelope.md §3 */
import { concat, invariant, uintBytes, utf8 } from '@edgeward/base'
import type { KeyHandle, KeyStore } from '../keystore.ts'
import { verifyEs256 } from '../p256.ts'
import type { Evidence } from './payloads/parts.ts'

/** Whose chain evidence is about. */
export interface ChainName {
  /** Party id of the module, 8 bytes. */
  readonly module: Uint8Array
  readonly chainEpoch: number
}

export interface EvidenceToSign extends ChainName, Omit<Evidence, 'signature'> {}

/** Evidence by the module's identity key. */
export async function signEvidence(store: KeyStore, identity: KeyHandle, facts: EvidenceToSign): Promise<Evidence> {
  const { head, records, counter } = facts
  return { head, records, counter, signature: await store.sign(identity, evidenceBytes(facts)) }
}

/** Whether the module with this public point (65 bytes) signed the evidence. */
export function verifyEvidence(point: Uint8Array, chain: ChainName, { signature, ...facts }: Evidence): boolean {
  return verifyEs256(point, evidenceBytes({ ...chain, ...facts }), signature)
}

function evidenceBytes({ module, chainEpoch, head, records, counter }: EvidenceToSign): Uint8Array {
  invariant(module.length === 8 && head.length === 32, 'a module id has 8 bytes, a head 32')
  const numbers = [uintBytes(records, 8), uintBytes(counter, 8)]
  return concat(utf8('edgeward/evidence/1\0'), module, uintBytes(chainEpoch, 4), head, ...numbers)
}
