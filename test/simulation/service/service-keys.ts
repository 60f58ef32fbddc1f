/** The keys of a simulated service: what it seals, signs and opens with. */
import { concat, type Random, SeededRandom, utf8 } from '@edgeward/base'
import {
  deriveModuleKey,
  type KeyHandle,
  type KeyPurpose,
  type KeyStore,
  keyIdOf,
  type ModuleKeyPurpose,
} from '@edgeward/keystore'
import { issueReaderCertificate } from '@edgeward/keystore/certificates'
import {
  type CommissioningStatement,
  encodeCommissioningPackage,
  readCommissioningRequest,
  signSettings,
} from '@edgeward/keystore/commissioning'
import {
  type Claims,
  encodePayload,
  type MapPayloads,
  type Opened,
  openEnvelope,
  partyId,
  type SiteScope,
  sealCredentialDocument,
  sealEnvelope,
  sealFirstKeyPackage,
  wrapKeyPackage,
} from '@edgeward/keystore/seal'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { groupOf, type KeyGroup, keyGroups } from './works.ts'

const daySeconds = 86_400
/** What the service sends down. */
export type DownType = 'policy-bundle' | 'revocation-delta' | 'key-package' | 'command' | 'acknowledgement'

interface Group {
  readonly party: Uint8Array
  readonly credential: KeyHandle
  /** All versions, oldest first. */
  readonly pins: KeyHandle[]
}

interface KnownModule {
  readonly statement: CommissioningStatement
  readonly version: number
  readonly kek: KeyHandle
  readonly down: KeyHandle
  readonly up: KeyHandle
  readonly mac: KeyHandle
}

interface Roots {
  readonly root: KeyHandle
  readonly siteCa: KeyHandle
  readonly issuer: KeyHandle
  readonly readerGroup: KeyHandle
}

export class ServiceKeys {
  readonly store: KeyStore
  readonly scope: SiteScope
  readonly me: Uint8Array
  readonly random: Random
  readonly readerGroupId: Uint8Array
  readonly #roots: Roots
  readonly #groups: Readonly<Record<KeyGroup, Group>>
  readonly #modules = new Map<string, KnownModule>()
  #documents = 0n

  private constructor(parts: {
    readonly store: KeyStore
    readonly scope: SiteScope
    readonly random: Random
    readonly roots: Roots
    readonly groups: Readonly<Record<KeyGroup, Group>>
  }) {
    this.store = parts.store
    this.scope = parts.scope
    this.random = parts.random
    this.me = partyId(parts.scope.site, 'service')
    this.readerGroupId = parts.random.bytes(16)
    this.#roots = parts.roots
    this.#groups = parts.groups
  }

  static async create(seed: number): Promise<ServiceKeys> {
    const random = new SeededRandom(seed)
    const store = await createMemoryKeyStore(random)
    const scope = { tenant: random.bytes(16), site: random.bytes(16) }
    const make = (purpose: KeyPurpose, algorithm: 'AES-256' | 'P-256', subject?: Uint8Array): Promise<KeyHandle> =>
      store.generate({
        keyId: keyIdOf({ site: scope.site, purpose, ...(subject && { subject }) }),
        version: 1,
        purpose,
        algorithm,
        ...(subject && { wrappable: true }),
      })
    const roots = {
      root: await make('transport-root', 'AES-256'),
      siteCa: await make('site-ca', 'P-256'),
      issuer: await make('credential-issuer', 'P-256'),
      readerGroup: await make('reader-group', 'P-256'),
    }
    const groups: Partial<Record<KeyGroup, Group>> = {}
    for (const group of keyGroups) {
      const party = partyId(scope.site, `group:${group}`)
      const credential = await make('credential', 'AES-256', party)
      groups[group] = { party, credential, pins: [await make('pin', 'AES-256', party)] }
    }
    return new ServiceKeys({ store, scope, random, roots, groups: groups as Record<KeyGroup, Group> })
  }

  get readerGroupKey(): Uint8Array {
    return publicKeyOf(this.#roots.readerGroup)
  }

  party(module: string): Uint8Array {
    return partyId(this.scope.site, module)
  }

  groupParty(group: KeyGroup): Uint8Array {
    return this.#groups[group].party
  }

  /** References of people and credentials, from their names. */
  person(id: string): Uint8Array {
    return utf8(id.padEnd(16, '.'))
  }
  credential(id: string): Uint8Array {
    return utf8(id.padEnd(8, '.'))
  }

  knows(module: string): boolean {
    return this.#modules.has(module)
  }

  versionOf(module: string): number {
    return this.#modules.get(module)?.version ?? 0
  }

  /** Answers a commissioning request with a package. */
  async commission(module: string, request: Uint8Array, time: number): Promise<Uint8Array> {
    const statement = readCommissioningRequest(request)
    const party = this.party(module)
    const version = this.versionOf(module) + 1
    const derive = (purpose: ModuleKeyPurpose): Promise<KeyHandle> =>
      deriveModuleKey(this.store, { root: this.#roots.root, site: this.scope.site, module: party, purpose, version })
    const kek = await derive('module-kek')
    const [down, up, mac] = [await derive('transport-down'), await derive('transport-up'), await derive('audit-mac')]
    this.#modules.set(module, { statement, version, kek, down, up, mac })
    const group = this.#groups[groupOf[module] ?? 'main']
    const keys = [down, up, mac, await derive('mqtt'), group.credential, ...group.pins]
    const firstKeyPackage = await sealFirstKeyPackage(this.store, {
      ...this.scope,
      siteCa: this.#roots.siteCa,
      agreement: statement.agreement,
      from: this.me,
      to: party,
      sequence: 1n,
      issued: time,
      notAfter: time + daySeconds,
      kek: { key: kek, notBefore: time },
      keys: keys.map(key => ({ key, notBefore: time })),
    })
    const certify = (issuer: KeyHandle, subjectPublicKey: Uint8Array): Promise<Uint8Array> =>
      issueReaderCertificate(this.store, issuer, {
        subjectPublicKey,
        serial: Uint8Array.of(7),
        subject: module,
        issuer: 'works',
        notBefore: time * 1_000 - 1_000,
        notAfter: (time + 4_000 * daySeconds) * 1_000,
      })
    return encodeCommissioningPackage({
      firstKeyPackage,
      settings: await signSettings(this.store, this.#roots.siteCa, {
        ...this.scope,
        siteName: 'Works',
        module,
        moduleParty: party,
        serviceParty: this.me,
        groupParties: [group.party],
        issuerKey: publicKeyOf(this.#roots.issuer),
        readerGroupId: this.readerGroupId,
        readerGroupKey: this.readerGroupKey,
        readerSubId: this.random.bytes(16),
        broker: 'mqtt://127.0.0.1:1',
        timeZone: 'Europe/Zurich',
        time,
        siteCaKey: publicKeyOf(this.#roots.siteCa),
      }),
      identityCertificate: await certify(this.#roots.siteCa, statement.identity),
      readerCertificate: await certify(this.#roots.readerGroup, statement.reader),
    })
  }

  /** A new version of a group's PIN key. */
  async rollPinKey(group: KeyGroup): Promise<void> {
    const { pins } = this.#groups[group]
    const { keyId, purpose, algorithm } = pins[0] as KeyHandle
    pins.push(await this.store.generate({ keyId, version: pins.length + 1, purpose, algorithm, wrappable: true }))
  }

  /** How many versions of the PIN key a group has. */
  pinVersions(group: KeyGroup): number {
    return this.#groups[group].pins.length
  }

  /** All later versions of the PIN key, wrapped for a module. */
  async keyPackage(module: string, time: number): Promise<MapPayloads['key-package']> {
    const { pins } = this.#groups[groupOf[module] ?? 'main']
    const keys = pins.slice(1).map(key => ({ key, notBefore: time, replaces: key.version - 1 }))
    return { keys: await wrapKeyPackage(this.store, this.#module(module).kek, keys) }
  }

  async seal<T extends DownType>(
    module: string,
    message: {
      readonly type: T
      readonly payload: MapPayloads[T]
      readonly sequence: bigint
      readonly issued: number
      readonly notAfter: number | null
    },
  ): Promise<Uint8Array> {
    const { type, payload, ...rest } = message
    return sealEnvelope(this.store, {
      ...this.scope,
      ...rest,
      type,
      key: this.#module(module).down,
      from: this.me,
      to: this.party(module),
      payload: encodePayload(type, payload),
    })
  }

  /** Opens what a module sent. Throws an EnvelopeRefused. */
  open(module: string, envelope: Uint8Array, now: number): Promise<Opened> {
    const { up } = this.#module(module)
    return openEnvelope(
      this.store,
      {
        ...this.scope,
        me: this.me,
        groups: [],
        findKey: ({ keyId, version }) =>
          keyId === up.keyId && version === up.version
            ? { handle: up, direction: 'up', peer: this.party(module), retired: false }
            : undefined,
        mark: () => undefined,
      },
      envelope,
      { now },
    )
  }

  evidenceOf(module: string): { readonly module: Uint8Array; readonly key: KeyHandle; readonly identity: Uint8Array } {
    const { statement, mac } = this.#module(module)
    return { module: this.party(module), key: mac, identity: statement.identity }
  }

  /** A sealed credential document. `forged`: signed by somebody who is not the issuer. */
  async document(
    group: KeyGroup,
    claims: Omit<Claims, 'keyGroup'>,
    { issued, forged = false }: { readonly issued: number; readonly forged?: boolean },
  ): Promise<Uint8Array> {
    const { credential } = this.#groups[group]
    this.#documents += 1n
    return sealCredentialDocument(forged ? await this.#forger() : this.store, {
      ...this.scope,
      issuer: this.#roots.issuer,
      claims: { ...claims, keyGroup: this.#groups[group].party },
      key: credential,
      from: this.me,
      sequence: this.#documents,
      issued,
      size: 1_024,
    })
  }

  async pinVerifier(
    group: KeyGroup,
    credential: string,
    pin: string,
  ): Promise<{ readonly keyVersion: number; readonly mac: Uint8Array }> {
    const key = this.#groups[group].pins.at(-1) as KeyHandle
    const message = concat(utf8('edgeward/pin/1\0'), this.credential(credential), utf8(pin))
    return { keyVersion: key.version, mac: await this.store.mac(key, message) }
  }

  /** The service's store, but with another issuer's signatures. */
  async #forger(): Promise<KeyStore> {
    const other = await createMemoryKeyStore(this.random)
    const { keyId, version, purpose, algorithm } = this.#roots.issuer
    const key = await other.generate({ keyId, version, purpose, algorithm })
    const { store } = this
    return new Proxy(store, {
      get(target, name) {
        if (name === 'sign') return (_: KeyHandle, data: Uint8Array) => other.sign(key, data)
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  }

  #module(module: string): KnownModule {
    const found = this.#modules.get(module)
    if (found === undefined) throw new Error(`${module} was not commissioned`)
    return found
  }
}

function publicKeyOf({ publicKey }: KeyHandle): Uint8Array {
  if (publicKey === undefined) throw new Error('a key without a public half')
  return publicKey
}
