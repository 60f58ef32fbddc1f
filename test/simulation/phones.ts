/** The people of the works, their phones and what they carry. */

import { SeededRandom } from '@edgeward/base'
import { type KeyHandle, type KeyStore, keyIdOf } from '@edgeward/keystore'
import { type Claims, transponderThumbprint } from '@edgeward/keystore/seal'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import type { Chance } from './kernel/chance.ts'
import type { ServiceKeys } from './service/service-keys.ts'
import { codes, type KeyGroup, keyGroups, rolesOf } from './service/works.ts'
import { flipped } from './world/network.ts'

const daySeconds = 86_400

/** A document with what is true about it. */
export interface DocumentTruth {
  readonly group: KeyGroup
  readonly person: string
  readonly credential: string
  readonly roles: readonly string[]
  /** Seconds. */
  readonly notBefore: number
  readonly notAfter: number
  readonly epoch: number
  readonly hasPin: boolean
  /** Made by the issuer, and not altered since. */
  readonly isGenuine: boolean
  readonly owner: Phone
  readonly envelope: Uint8Array
}

export interface Phone {
  readonly person: string
  readonly publicKey: Uint8Array
  sign(data: Uint8Array): Promise<Uint8Array>
  /** Newest last. */
  readonly documents: Record<KeyGroup, DocumentTruth[]>
}

export interface DocumentWish {
  readonly group: KeyGroup
  readonly issued: number
  readonly epoch: number
  readonly notBefore?: number
  readonly notAfter?: number
  readonly forged?: boolean
}

export class Phones {
  readonly #keys: ServiceKeys
  readonly #store: KeyStore
  readonly all: Phone[] = []

  private constructor(keys: ServiceKeys, store: KeyStore) {
    this.#keys = keys
    this.#store = store
  }

  static async create(keys: ServiceKeys, seed: number): Promise<Phones> {
    return new Phones(keys, await createMemoryKeyStore(new SeededRandom(seed)))
  }

  async add(person: string): Promise<Phone> {
    const keyId = keyIdOf({ site: new Uint8Array(16).fill(this.all.length + 1), purpose: 'wallet-credential' })
    const spec = { keyId, version: 1, purpose: 'wallet-credential', algorithm: 'P-256' } as const
    const key: KeyHandle = await this.#store.generate(spec)
    const phone: Phone = {
      person,
      publicKey: key.publicKey ?? new Uint8Array(),
      sign: data => this.#store.sign(key, data),
      documents: { main: [], tank: [] },
    }
    this.all.push(phone)
    return phone
  }

  /** Issues a document. */
  async document(phone: Phone, wish: DocumentWish): Promise<DocumentTruth> {
    const keys = this.#keys
    const { group, issued, epoch, forged = false, notBefore = issued - 60 } = wish
    const { notAfter = issued + 7 * daySeconds } = wish
    const { person } = phone
    const credential = `c-${person}`
    const roles = rolesOf[person] ?? []
    const { pin, duress } = codes[person] ?? { pin: '', duress: '' }
    const claims: Omit<Claims, 'keyGroup'> = {
      credential: keys.credential(credential),
      person: keys.person(person),
      roles: roles.map(role => ({ role, from: null, to: null })),
      notBefore,
      notAfter,
      epoch,
      transponder: transponderThumbprint(phone.publicKey),
      pin: await keys.pinVerifier(group, credential, pin),
      duress: await keys.pinVerifier(group, credential, duress),
    }
    const envelope = await keys.document(group, claims, { issued: Math.min(issued, notAfter), forged })
    return {
      ...{ group, person, credential, roles, notBefore, notAfter, epoch, envelope },
      hasPin: true,
      isGenuine: !forged,
      owner: phone,
    }
  }

  /** A fresh one of each group. */
  async renew(phone: Phone, wish: Omit<DocumentWish, 'group'>): Promise<void> {
    for (const group of keyGroups) phone.documents[group].push(await this.document(phone, { ...wish, group }))
  }
}

/** The same document with one bit another. */
export function spoiled(document: DocumentTruth, chance: Chance): DocumentTruth {
  return { ...document, envelope: flipped(document.envelope, chance), isGenuine: false }
}
