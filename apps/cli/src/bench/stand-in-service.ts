/**
 * Who makes the keys, the bundle and the documents of a bench: the real envelopes of a site, without storage, so that a
 * module can be measured without a service beside it.
 */
import { concat, SystemRandom, toHex, utf8 } from '@edgeward/base'
import { compileBundle, type Site } from '@edgeward/domain'
import {
  deriveModuleKey,
  type KeyHandle,
  type KeyPurpose,
  type KeyStore,
  keyIdOf,
  type ModuleKeyPurpose,
} from '@edgeward/keystore'
import { issueReaderCertificate } from '@edgeward/keystore/certificates'
import { encodeCommissioningPackage, readCommissioningRequest, signSettings } from '@edgeward/keystore/commissioning'
import {
  encodePayload,
  partyId,
  type SiteScope,
  sealCredentialDocument,
  sealEnvelope,
  sealFirstKeyPackage,
  transponderThumbprint,
} from '@edgeward/keystore/seal'
import { createMemoryKeyStore } from '@edgeward/keystore/software'

const daySeconds = 86_400
const documentBytes = 1_024
/** Where no broker listens: what is measured here works off line. */
const noBroker = 'mqtt://127.0.0.1:1'

type SiteKey = 'root' | 'siteCa' | 'issuer' | 'readerGroup' | 'credential' | 'pin'

export interface HolderOptions {
  readonly person: string
  readonly credential: string
  readonly roles: readonly string[]
  readonly qualifications: readonly string[]
  readonly pin: string
  /** `pub65` of the phone. */
  readonly phone: Uint8Array
}

/** The keys that a base of comparison works with; the same as the module's own. */
export class StandInService {
  readonly store: KeyStore
  readonly scope: SiteScope
  readonly me: Uint8Array
  /** The one key group. */
  readonly group: Uint8Array
  readonly readerGroupId: Uint8Array
  readonly #keys: Readonly<Record<SiteKey, KeyHandle>>
  /** Seconds since 1970. */
  readonly #now: () => number
  readonly #down = new Map<string, KeyHandle>()
  #sequence = 0n

  private constructor(
    store: KeyStore,
    scope: SiteScope,
    keys: Readonly<Record<SiteKey, KeyHandle>>,
    now: () => number,
  ) {
    this.store = store
    this.scope = scope
    this.#keys = keys
    this.#now = now
    this.me = partyId(scope.site, 'service')
    this.group = partyId(scope.site, 'group:main')
    this.readerGroupId = new SystemRandom().bytes(16)
  }

  /** A site with fresh keys. */
  static async create(now: () => number): Promise<StandInService> {
    const random = new SystemRandom()
    const store = await createMemoryKeyStore()
    const scope = { tenant: random.bytes(16), site: random.bytes(16) }
    const subject = partyId(scope.site, 'group:main')
    const make = (purpose: KeyPurpose, algorithm: 'AES-256' | 'P-256', more: object = {}): Promise<KeyHandle> =>
      store.generate({
        keyId: keyIdOf({ site: scope.site, purpose, ...more }),
        version: 1,
        purpose,
        algorithm,
        ...more,
      })
    const keys = {
      root: await make('transport-root', 'AES-256'),
      siteCa: await make('site-ca', 'P-256'),
      issuer: await make('credential-issuer', 'P-256'),
      readerGroup: await make('reader-group', 'P-256'),
      credential: await make('credential', 'AES-256', { subject, wrappable: true }),
      pin: await make('pin', 'AES-256', { subject, wrappable: true }),
    }
    return new StandInService(store, scope, keys, now)
  }

  get readerGroupKey(): Uint8Array {
    return publicKeyOf(this.#keys.readerGroup)
  }

  /** Answers the request of a module with its package. */
  async commission(module: string, request: Uint8Array, timeZone: string): Promise<Uint8Array> {
    const { scope, me, group, store } = this
    const { root, siteCa, readerGroup, issuer, credential, pin } = this.#keys
    const { agreement, identity, reader } = readCommissioningRequest(request)
    const [party, time] = [partyId(scope.site, module), this.#now()]
    const derive = (purpose: ModuleKeyPurpose): Promise<KeyHandle> =>
      deriveModuleKey(store, { root, site: scope.site, module: party, purpose, version: 1 })
    const down = await derive('transport-down')
    this.#down.set(module, down)
    const own = [down, await derive('transport-up'), await derive('audit-mac'), await derive('mqtt')]
    const firstKeyPackage = await sealFirstKeyPackage(store, {
      ...scope,
      ...{ siteCa, agreement, from: me, to: party, sequence: 1n, issued: time, notAfter: time + daySeconds },
      kek: { key: await derive('module-kek'), notBefore: time },
      keys: [...own, credential, pin].map(key => ({ key, notBefore: time })),
    })
    const certify = (by: KeyHandle, subjectPublicKey: Uint8Array): Promise<Uint8Array> =>
      issueReaderCertificate(store, by, {
        ...{ subjectPublicKey, serial: Uint8Array.of(1), subject: module, issuer: 'bench' },
        notBefore: time * 1_000 - 1_000,
        notAfter: (time + 40 * daySeconds) * 1_000,
      })
    const settings = await signSettings(store, siteCa, {
      ...scope,
      ...{ siteName: 'Bench', module, moduleParty: party, serviceParty: me, groupParties: [group], time, timeZone },
      ...{ readerGroupId: this.readerGroupId, readerGroupKey: this.readerGroupKey, broker: noBroker },
      readerSubId: new SystemRandom().bytes(16),
      issuerKey: publicKeyOf(issuer),
      siteCaKey: publicKeyOf(siteCa),
    })
    const identityCertificate = await certify(siteCa, identity)
    const readerCertificate = await certify(readerGroup, reader)
    return encodeCommissioningPackage({ firstKeyPackage, settings, identityCertificate, readerCertificate })
  }

  /** The part of a site that a module needs, sealed for it. */
  async bundle(module: string, site: Site): Promise<Uint8Array> {
    const key = this.#down.get(module)
    if (key === undefined) throw new Error(`${module} was not commissioned`)
    const now = this.#now()
    const ids = [...Object.keys(site.people), ...Object.keys(site.robots)]
    const people = Object.fromEntries(ids.map(id => [id, toHex(reference(id, 16))]))
    const payload = encodePayload('policy-bundle', {
      ...{ epoch: 1, version: 1, revocationVersion: 0, notBefore: now, notAfter: now + 30 * daySeconds },
      tables: compileBundle(site, module, { people, credentialStates: {} }),
      siteDigest: new Uint8Array(32),
    })
    return sealEnvelope(this.store, {
      ...this.scope,
      ...{ key, type: 'policy-bundle', from: this.me, to: partyId(this.scope.site, module), payload },
      ...{ sequence: this.#next(), issued: now, notAfter: now + 30 * daySeconds },
    })
  }

  /** A sealed credential document, as a phone carries it. */
  async document({ person, credential, roles, qualifications, pin, phone }: HolderOptions): Promise<Uint8Array> {
    const now = this.#now()
    const credentialId = reference(credential, 8)
    const message = concat(utf8('edgeward/pin/1\0'), credentialId, utf8(pin))
    return sealCredentialDocument(this.store, {
      ...this.scope,
      issuer: this.#keys.issuer,
      key: this.#keys.credential,
      claims: {
        credential: credentialId,
        person: reference(person, 16),
        roles: roles.map(role => ({ role, from: null, to: null })),
        notBefore: now - 60,
        notAfter: now + 7 * daySeconds,
        epoch: 1,
        transponder: transponderThumbprint(phone),
        keyGroup: this.group,
        qualifications: new Map(qualifications.map(id => [id, { from: null, to: null }])),
        pin: { keyVersion: 1, mac: await this.store.mac(this.#keys.pin, message) },
      },
      ...{ from: this.me, sequence: this.#next(), issued: now, size: documentBytes },
    })
  }

  #next(): bigint {
    this.#sequence += 1n
    return this.#sequence
  }
}

/** References of people and credentials are random elsewhere; here they are made of their names. */
function reference(id: string, length: number): Uint8Array {
  return utf8(id.padEnd(length, '.')).slice(0, length)
}

function publicKeyOf({ publicKey }: KeyHandle): Uint8Array {
  if (publicKey === undefined) throw new Error('a key without a public half')
  return publicKey
}
