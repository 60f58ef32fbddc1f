/** A service of one site in memory: the real envelopes, documents and bundles, without storage. */
import { concat, type Random, SeededRandom, toHex, utf8 } from '@edgeward/base'
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
import {
  type CommissioningStatement,
  encodeCommissioningPackage,
  readCommissioningRequest,
  signSettings,
} from '@edgeward/keystore/commissioning'
import {
  type AuditBatch,
  batchFault,
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
  signClaims,
  transponderThumbprint,
  wrapKeyPackage,
} from '@edgeward/keystore/seal'
import { createMemoryKeyStore } from '@edgeward/keystore/software'

const daySeconds = 86_400

export interface DocumentOptions {
  readonly person: string
  readonly credential: string
  /** `pub65` of the phone. */
  readonly phone: Uint8Array
  readonly roles: readonly string[]
  readonly pin?: string
  readonly duress?: string
  readonly epoch?: number
  readonly notBefore?: number
  readonly notAfter?: number
  /** Sign with a key that is not the site's issuer. */
  readonly forged?: boolean
  readonly keyGroup?: Uint8Array
  /** Sign with this key of somebody else, under its own name. */
  readonly signedBy?: { readonly store: KeyStore; readonly key: KeyHandle }
  /** Made for another site or tenant, with the keys of this one. */
  readonly scope?: SiteScope
  /** Sealed under this version of the group's key. */
  readonly sealedBy?: KeyHandle
  /** Length of the whole envelope. */
  readonly size?: number
}

export class TestService {
  readonly store: KeyStore
  readonly scope: SiteScope
  readonly me: Uint8Array
  readonly group: Uint8Array
  readonly random: Random
  readonly readerGroupId: Uint8Array
  readonly #keys: Readonly<Record<'root' | 'siteCa' | 'issuer' | 'readerGroup' | 'credential' | 'pin', KeyHandle>>
  readonly #now: () => number
  readonly #modules = new Map<string, { statement: CommissioningStatement; keys: Record<string, KeyHandle> }>()
  readonly #sequences = new Map<string, bigint>()

  private constructor(parts: {
    store: KeyStore
    scope: SiteScope
    keys: Readonly<Record<'root' | 'siteCa' | 'issuer' | 'readerGroup' | 'credential' | 'pin', KeyHandle>>
    random: Random
    now: () => number
  }) {
    this.store = parts.store
    this.scope = parts.scope
    this.random = parts.random
    this.#keys = parts.keys
    this.#now = parts.now
    this.me = partyId(parts.scope.site, 'service')
    this.group = partyId(parts.scope.site, 'group:main')
    this.readerGroupId = parts.random.bytes(16)
  }

  static async create(seed: number, now: () => number): Promise<TestService> {
    const random = new SeededRandom(seed)
    const store = await createMemoryKeyStore(random)
    const scope = { tenant: random.bytes(16), site: random.bytes(16) }
    const group = partyId(scope.site, 'group:main')
    const make = (
      purpose: KeyPurpose,
      algorithm: 'AES-256' | 'P-256',
      options: { subject?: Uint8Array; wrappable?: boolean } = {},
    ) =>
      store.generate({
        keyId: keyIdOf({ site: scope.site, purpose, ...(options.subject ? { subject: options.subject } : {}) }),
        version: 1,
        purpose,
        algorithm,
        ...(options.wrappable ? { wrappable: true } : {}),
      })
    const keys = {
      root: await make('transport-root', 'AES-256'),
      siteCa: await make('site-ca', 'P-256'),
      issuer: await make('credential-issuer', 'P-256'),
      readerGroup: await make('reader-group', 'P-256'),
      credential: await make('credential', 'AES-256', { subject: group, wrappable: true }),
      pin: await make('pin', 'AES-256', { subject: group, wrappable: true }),
    }
    return new TestService({ store, scope, keys, random, now })
  }

  party(module: string): Uint8Array {
    return partyId(this.scope.site, module)
  }

  get readerGroupKey(): Uint8Array {
    return publicKeyOf(this.#keys.readerGroup)
  }

  /** Answers a commissioning request with a package. */
  async commission(
    module: string,
    request: Uint8Array,
    { time = this.#now(), keyVersion = 1 }: { time?: number; keyVersion?: number } = {},
  ): Promise<Uint8Array> {
    const statement = readCommissioningRequest(request)
    const party = this.party(module)
    const derive = (purpose: ModuleKeyPurpose) =>
      deriveModuleKey(this.store, {
        root: this.#keys.root,
        site: this.scope.site,
        module: party,
        purpose,
        version: keyVersion,
      })
    const keys = {
      kek: await derive('module-kek'),
      down: await derive('transport-down'),
      up: await derive('transport-up'),
      mac: await derive('audit-mac'),
      mqtt: await derive('mqtt'),
    }
    this.#modules.set(module, { statement, keys })
    const packaged = [keys.down, keys.up, keys.mac, keys.mqtt, this.#keys.credential, this.#keys.pin].map(key => ({
      key,
      notBefore: time,
    }))
    const firstKeyPackage = await sealFirstKeyPackage(this.store, {
      ...this.scope,
      siteCa: this.#keys.siteCa,
      agreement: statement.agreement,
      from: this.me,
      to: party,
      sequence: 1n,
      issued: time,
      notAfter: time + daySeconds,
      kek: { key: keys.kek, notBefore: time },
      keys: packaged,
    })
    const certify = (issuer: KeyHandle, subjectPublicKey: Uint8Array) =>
      issueReaderCertificate(this.store, issuer, {
        subjectPublicKey,
        serial: Uint8Array.of(7),
        subject: module,
        issuer: 'works',
        notBefore: time * 1_000 - 1_000,
        notAfter: (time + 40 * daySeconds) * 1_000,
      })
    return encodeCommissioningPackage({
      firstKeyPackage,
      settings: await signSettings(this.store, this.#keys.siteCa, {
        ...this.scope,
        siteName: 'Works',
        module,
        moduleParty: party,
        serviceParty: this.me,
        groupParties: [this.group],
        issuerKey: publicKeyOf(this.#keys.issuer),
        readerGroupId: this.readerGroupId,
        readerGroupKey: this.readerGroupKey,
        readerSubId: this.random.bytes(16),
        broker: 'mqtt://127.0.0.1:1',
        timeZone: 'Europe/Zurich',
        time,
        siteCaKey: publicKeyOf(this.#keys.siteCa),
      }),
      identityCertificate: await certify(this.#keys.siteCa, statement.identity),
      readerCertificate: await certify(this.#keys.readerGroup, statement.reader),
    })
  }

  /** References of people and credentials, as the service makes them; here from their names. */
  person(id: string): Uint8Array {
    return concat(utf8(id.padEnd(16, '.')).subarray(0, 16))
  }
  credential(id: string): Uint8Array {
    return concat(utf8(id.padEnd(8, '.')).subarray(0, 8))
  }

  /** A sealed credential document, as a phone carries it. */
  async document(options: DocumentOptions): Promise<Uint8Array> {
    const { person, credential, phone, roles, pin, duress, epoch = 1, forged = false, keyGroup = this.group } = options
    const now = this.#now()
    const { notBefore = now - 60, notAfter = now + 7 * daySeconds, size = 1_024 } = options
    const claims: Claims = {
      credential: this.credential(credential),
      person: this.person(person),
      roles: roles.map(role => ({ role, from: null, to: null })),
      notBefore,
      notAfter,
      epoch,
      transponder: transponderThumbprint(phone),
      keyGroup,
      ...(pin === undefined ? {} : { pin: await this.#verifier(credential, pin) }),
      ...(duress === undefined ? {} : { duress: await this.#verifier(credential, duress) }),
    }
    const issuer = forged ? await this.#forger() : this.#keys.issuer
    const { scope = this.scope, sealedBy: key = this.#keys.credential, signedBy } = options
    const draft = {
      ...scope,
      key,
      from: this.me,
      sequence: this.#take('document'),
      issued: Math.min(now, notAfter),
      size,
    }
    if (signedBy === undefined) return sealCredentialDocument(this.store, { ...draft, issuer, claims })
    const payload = await signClaims(signedBy.store, { ...scope, issuer: signedBy.key, claims })
    return sealEnvelope(this.store, { ...draft, type: 'credential-document', to: keyGroup, notAfter, payload })
  }

  /** A version of the group's `credential` key that no module was given. */
  nextCredentialKey(): Promise<KeyHandle> {
    const { keyId, purpose, algorithm, version } = this.#keys.credential
    return this.store.generate({ keyId, version: version + 1, purpose, algorithm, wrappable: true })
  }

  async #verifier(credential: string, pin: string): Promise<{ keyVersion: number; mac: Uint8Array }> {
    const message = concat(utf8('edgeward/pin/1\0'), this.credential(credential), utf8(pin))
    return { keyVersion: 1, mac: await this.store.mac(this.#keys.pin, message) }
  }

  /** Somebody who has the credential key but not the issuer's. */
  async #forger(): Promise<KeyHandle> {
    const other = await createMemoryKeyStore(this.random)
    const { keyId, version, purpose, algorithm } = this.#keys.issuer
    const key = await other.generate({ keyId, version, purpose, algorithm })
    const { sign } = this.store
    // Only the signature is the forger's: everything else of the document is as the service makes it.
    this.store.sign = (handle, data) => (handle === key ? other.sign(key, data) : sign.call(this.store, handle, data))
    return key
  }

  bundleOf(
    site: Site,
    module: string,
    { states = {} }: { states?: Readonly<Record<string, 'suspended' | 'revoked'>> } = {},
  ): Uint8Array {
    const ids = [...Object.keys(site.people), ...Object.keys(site.robots)]
    return compileBundle(site, module, {
      people: Object.fromEntries(ids.map(id => [id, toHex(this.person(id))])),
      credentialStates: Object.fromEntries(
        Object.entries(states).map(([id, state]) => [toHex(this.credential(id)), state]),
      ),
    })
  }

  async bundle(
    module: string,
    site: Site,
    options: {
      version?: number
      epoch?: number
      revocationVersion?: number
      states?: Readonly<Record<string, 'suspended' | 'revoked'>>
    } = {},
  ): Promise<Uint8Array> {
    const { version = 1, epoch = 1, revocationVersion = 0, states = {} } = options
    const now = this.#now()
    return this.seal(module, 'policy-bundle', {
      epoch,
      version,
      revocationVersion,
      notBefore: now,
      notAfter: now + 30 * daySeconds,
      tables: this.bundleOf(site, module, { states }),
      siteDigest: new Uint8Array(32).fill(version),
    })
  }

  command(
    module: string,
    verb: string,
    args: MapPayloads['command']['arguments'],
    options: { id?: Uint8Array; notAfter?: number } = {},
  ): Promise<Uint8Array> {
    const now = this.#now()
    const { id = this.random.bytes(16), notAfter = now + 12 * 3_600 } = options
    return this.seal(module, 'command', { id, verb, arguments: args, notBefore: now, notAfter, by: this.me })
  }

  /** A new version of the credential key, under the module's kek. */
  async keyPackage(module: string): Promise<Uint8Array> {
    const { keyId, purpose, algorithm } = this.#keys.pin
    const key = await this.store.generate({ keyId, version: 2, purpose, algorithm, wrappable: true })
    const keys = await wrapKeyPackage(this.store, this.#module(module).keys.kek as KeyHandle, [
      { key, notBefore: this.#now(), replaces: 1 },
    ])
    return this.seal(module, 'key-package', { keys })
  }

  async seal<T extends Exclude<keyof MapPayloads, 'audit-batch' | 'health'>>(
    module: string,
    type: T,
    payload: MapPayloads[T],
    options: { notAfter?: number } = {},
  ): Promise<Uint8Array> {
    return this.sealAs(module, type, this.#take(`${module}/${type}`), payload, options)
  }

  /** The same under a number of one's choice. */
  async sealAs<T extends Exclude<keyof MapPayloads, 'audit-batch' | 'health'>>(
    module: string,
    type: T,
    sequence: bigint,
    payload: MapPayloads[T],
    { notAfter }: { notAfter?: number } = {},
  ): Promise<Uint8Array> {
    const issued = this.#now()
    return sealEnvelope(this.store, {
      ...this.scope,
      key: this.#module(module).keys.down as KeyHandle,
      type,
      from: this.me,
      to: this.party(module),
      sequence,
      issued,
      notAfter: type === 'acknowledgement' ? null : (notAfter ?? issued + 30 * daySeconds),
      payload: encodePayload(type, payload),
    })
  }

  /** Payload bytes as they are, good or not. */
  sealBytes(
    module: string,
    type: Exclude<keyof MapPayloads, 'audit-batch' | 'health'>,
    payload: Uint8Array,
    {
      sequence = this.#take(`${module}/${type}`),
      issued = this.#now(),
      notAfter = issued + 30 * daySeconds,
    }: {
      sequence?: bigint
      issued?: number
      notAfter?: number
    } = {},
  ): Promise<Uint8Array> {
    return sealEnvelope(this.store, {
      ...this.scope,
      key: this.#module(module).keys.down as KeyHandle,
      type,
      from: this.me,
      to: this.party(module),
      sequence,
      issued,
      notAfter: type === 'acknowledgement' ? null : notAfter,
      payload,
    })
  }

  /** Opens what a module sent. */
  open(module: string, envelope: Uint8Array): Promise<Opened> {
    const { up } = this.#module(module).keys
    return openEnvelope(
      this.store,
      {
        ...this.scope,
        me: this.me,
        groups: [],
        findKey: ({ keyId }) =>
          up !== undefined && keyId === up.keyId
            ? { handle: up, direction: 'up', peer: this.party(module), retired: false }
            : undefined,
        mark: () => undefined,
      },
      envelope,
      { now: this.#now() },
    )
  }

  /** What is wrong with a batch: chain, MAC, signature of the module. */
  fault(module: string, batch: AuditBatch): Promise<string | undefined> {
    const { statement, keys } = this.#module(module)
    return batchFault(this.store, batch, {
      module: this.party(module),
      key: keys.mac as KeyHandle,
      identity: statement.identity,
    })
  }

  #module(module: string): { statement: CommissioningStatement; keys: Record<string, KeyHandle> } {
    const found = this.#modules.get(module)
    if (found === undefined) throw new Error(`${module} was not commissioned`)
    return found
  }

  #take(name: string): bigint {
    const next = (this.#sequences.get(name) ?? 0n) + 1n
    this.#sequences.set(name, next)
    return next
  }
}

function publicKeyOf({ publicKey }: KeyHandle): Uint8Array {
  if (publicKey === undefined) throw new Error('a key without a public half')
  return publicKey
}
