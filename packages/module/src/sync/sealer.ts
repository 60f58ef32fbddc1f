/** Seals what the module has to say to the service, with evidence of its identity key in all of it (R4). */

import type { KeyHandle, KeyStore } from '@edgeward/keystore'
import {
  type Evidence,
  encodePayload,
  type MapPayloads,
  type SiteScope,
  sealEnvelope,
  signEvidence,
} from '@edgeward/keystore/seal'
import { faultPoint } from '#fault-points'
import type { ModuleClock } from '../clock/module-clock.ts'
import type { Journal } from '../record/journal.ts'
import type { Database } from '../store/database.ts'
import { takeSequence } from '../store/marks.ts'
import { counter } from '../store/meta.ts'
import { typeNumbers } from './codes.ts'

export type UpType = 'acknowledgement' | 'audit-batch' | 'health'

export interface SealerOptions {
  readonly db: Database
  readonly keyStore: KeyStore
  readonly scope: SiteScope
  readonly me: Uint8Array
  readonly service: Uint8Array
  /** Key id of `transport-up`; the highest version is used. */
  readonly upKeyId: string
  readonly identityKey: KeyHandle
  readonly journal: Journal
  readonly clock: ModuleClock
}

export class Sealer {
  readonly #options: SealerOptions

  constructor(options: SealerOptions) {
    this.#options = options
  }

  /** The envelope of a payload, whose evidence is added here. Its number is used up, whatever becomes of it. */
  async seal<T extends UpType>(type: T, payload: Omit<MapPayloads[T], 'evidence'>): Promise<Uint8Array> {
    const { db, keyStore, scope, me, service, upKeyId, clock } = this.#options
    const key = await keyStore.find(upKeyId)
    if (key === undefined) throw new Error('there is no key to send with')
    const evidence = await this.#evidence()
    const sequence = takeSequence(db, upKeyId, typeNumbers[type])
    faultPoint('sequence-taken')
    return sealEnvelope(keyStore, {
      ...scope,
      key,
      type,
      from: me,
      to: service,
      sequence,
      issued: clock.look().at,
      notAfter: null,
      payload: encodePayload<UpType>(type, { ...payload, evidence } as MapPayloads[T]),
    })
  }

  #evidence(): Promise<Evidence> {
    const { db, keyStore, identityKey, journal } = this.#options
    const { number, head } = journal.last()
    return signEvidence(keyStore, identityKey, {
      module: journal.party,
      chainEpoch: journal.chainEpoch,
      head,
      records: number,
      counter: counter(db, 'evidenceCounter'),
    })
  }
}
