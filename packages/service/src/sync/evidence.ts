/**
 * What a module signs of itself with everything that it sends (R4), against what it has signed before. A counter that
 * falls is a disk that was put back (T24, T60); an envelope that comes late is none.
 */
import { EnvelopeRefused, type Evidence, verifyEvidence } from '@edgeward/keystore/seal'
import type { Core } from '../core.ts'
import type { Peer } from './peers.ts'

/** Evidence, and when by the module's clock the envelope was made that it came in. */
export interface Signed {
  readonly evidence: Evidence | undefined
  /** Seconds since 1970. */
  readonly issued: number
}

/** What is to be thought of evidence. */
export interface Judgement {
  readonly chainEpoch: number
  /** Made after everything else that this module has signed and that came here. */
  readonly isNewest: boolean
  /** The counter that it had already, if it has a lower one now. */
  readonly fallenFrom: number | undefined
}

/**
 * The epoch of the chain that the evidence is about: the one we know, or that of a module that was reset (the next one)
 * or took another's place (the version of its keys). Undefined: the module has not signed it. What the service could have
 * made itself proves nothing.
 */
export function signedEpoch(
  { identity, party, row, keyVersion }: Peer,
  evidence: Evidence | undefined,
): number | undefined {
  const epochs = [row.chain_epoch, row.chain_epoch + 1, keyVersion].filter(epoch => epoch >= row.chain_epoch)
  return evidence && epochs.find(chainEpoch => verifyEvidence(identity, { module: party, chainEpoch }, evidence))
}

/** Verifies evidence, compares it with what is known and keeps what is newer. Refuses with `signature`. */
export async function judgeEvidence(core: Core, peer: Peer, { evidence, issued }: Signed): Promise<Judgement> {
  const chainEpoch = signedEpoch(peer, evidence)
  if (evidence === undefined || chainEpoch === undefined)
    throw new EnvelopeRefused('signature', 'the module has not signed its evidence')
  const { counter } = evidence
  const { scope } = core.storage
  return core.storage.transaction(async queries => {
    const known = await queries
      .selectFrom('evidence')
      .select(['counter', 'counter_issued', 'newest_issued'])
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('module', '=', peer.module)
      .where('chain_epoch', '=', chainEpoch)
      .forUpdate()
      .executeTakeFirst()
    const isHigher = known === undefined || counter >= known.counter
    const values = {
      counter: Math.max(counter, known?.counter ?? 0),
      // The clock of a module may be set back: what was signed before that is not the newer for it.
      counter_issued: isHigher ? Math.max(issued, known?.counter_issued ?? 0) : known.counter_issued,
      newest_issued: Math.max(issued, known?.newest_issued ?? 0),
    }
    await queries
      .insertInto('evidence')
      .values({ ...scope, module: peer.module, chain_epoch: chainEpoch, ...values })
      .onConflict(conflict => conflict.columns(['tenant', 'site', 'module', 'chain_epoch']).doUpdateSet(values))
      .execute()
    const hasFallen = known !== undefined && counter < known.counter && issued > known.counter_issued
    return {
      chainEpoch,
      isNewest: known === undefined || issued > known.newest_issued,
      fallenFrom: hasFallen ? known.counter : undefined,
    }
  })
}
