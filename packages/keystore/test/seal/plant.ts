/** A service and two modules with the keys that each would have, handed over by first key packages. */
import { concat, uintBytes } from '@edgeward/base'
import {
  deriveModuleKey,
  type KeyHandle,
  type KeyName,
  type KeyPurpose,
  type KeyStore,
  keyIdOf,
} from '../../src/index.ts'
import {
  type Direction,
  type EnvelopeDraft,
  type Mark,
  openFirstKeyPackage,
  partyId,
  type Receiver,
  type ReceiverKey,
  type SiteScope,
  sealFirstKeyPackage,
  type TakenKeyPackage,
} from '../../src/seal/index.ts'
import { createMemoryKeyStore } from '../../src/software/index.ts'

export const scope: SiteScope = { tenant: new Uint8Array(16).fill(0xa1), site: new Uint8Array(16).fill(0xb2) }
export const service = partyId(scope.site, 'service')
export const group = partyId(scope.site, 'group:production')
export const now = 1_790_000_000
export const later = now + 3_600

const spec = (purpose: KeyPurpose, algorithm: KeyHandle['algorithm'], subject?: Uint8Array) => ({
  keyId: keyIdOf({ site: scope.site, purpose, ...(subject && { subject }) }),
  version: 1,
  purpose,
  algorithm,
})

export interface Service {
  readonly store: KeyStore
  readonly root: KeyHandle
  readonly siteCa: KeyHandle
  readonly issuer: KeyHandle
  readonly credential: KeyHandle
}

export interface Module {
  readonly id: Uint8Array
  readonly store: KeyStore
  readonly identity: KeyHandle
  readonly agreement: KeyHandle
  readonly taken: TakenKeyPackage
  /** The service's ends of the module's keys. */
  readonly down: KeyHandle
  readonly up: KeyHandle
  readonly audit: KeyHandle
  readonly kek: KeyHandle
}

export async function openService(given?: KeyStore): Promise<Service> {
  const store = given ?? (await createMemoryKeyStore())
  return {
    store,
    root: await store.generate(spec('transport-root', 'AES-256')),
    siteCa: await store.generate(spec('site-ca', 'P-256')),
    issuer: await store.generate(spec('credential-issuer', 'P-256')),
    credential: await store.generate({ ...spec('credential', 'AES-256', group), wrappable: true }),
  }
}

/** The signer's public point where it is the one that is trusted. */
export const trusting =
  (trusted: KeyHandle) =>
  (signer: KeyName): Uint8Array | undefined =>
    signer.keyId === trusted.keyId && signer.version === trusted.version ? trusted.publicKey : undefined

export async function firstPackage(
  at: Service,
  id: Uint8Array,
  agreement: KeyHandle,
  { version = 1 } = {},
): Promise<Uint8Array> {
  const derive = (
    purpose: 'module-kek' | 'transport-down' | 'transport-up' | 'audit-mac' | 'mqtt',
  ): Promise<KeyHandle> => deriveModuleKey(at.store, { root: at.root, site: scope.site, module: id, purpose, version })
  const kek = await derive('module-kek')
  const given = [
    await derive('transport-down'),
    await derive('transport-up'),
    await derive('audit-mac'),
    await derive('mqtt'),
  ]
  return sealFirstKeyPackage(at.store, {
    ...{ ...scope, siteCa: at.siteCa, agreement: agreement.publicKey as Uint8Array, from: service, to: id },
    ...{ sequence: BigInt(version), issued: now, notAfter: later },
    kek: { key: kek, notBefore: now },
    keys: [...given, at.credential].map(key => ({ key, notBefore: now })),
  })
}

export async function commission(at: Service, name: string): Promise<Module> {
  const id = partyId(scope.site, name)
  const store = await createMemoryKeyStore()
  const identity = await store.generate(spec('module-identity', 'P-256', id))
  const agreement = await store.generate(spec('module-agreement', 'P-256', id))
  const bytes = await firstPackage(at, id, agreement)
  const signers = trusting(at.siteCa)
  const taken = await openFirstKeyPackage(store, bytes, { ...scope, me: id, service, signers, agreement, now })
  const key = async (purpose: KeyPurpose): Promise<KeyHandle> =>
    (await at.store.find(keyIdOf({ site: scope.site, purpose, subject: id }), 1)) as KeyHandle
  const ends = {
    down: await key('transport-down'),
    up: await key('transport-up'),
    audit: await key('audit-mac'),
    kek: await key('module-kek'),
  }
  return { id, store, identity, agreement, taken, ...ends }
}

/** A receiver that knows these keys and keeps its marks in a map. */
export function receiver(
  me: Uint8Array,
  keys: readonly ReceiverKey[],
  groups: readonly Uint8Array[] = [],
): Receiver & { readonly marks: Map<string, Mark> } {
  const marks = new Map<string, Mark>()
  return {
    ...{ ...scope, me, groups, marks },
    findKey: ({ keyId, version }) => keys.find(({ handle }) => handle.keyId === keyId && handle.version === version),
    mark: (keyId, type) => marks.get(`${keyId}/${type}`),
  }
}

export const receiverKey = (handle: KeyHandle, direction: Direction, peer: Uint8Array): ReceiverKey => ({
  handle,
  direction,
  peer,
  retired: false,
})

/** What a module receives with. */
export function moduleReceiver({ id, taken }: Module): ReturnType<typeof receiver> {
  const of = (purpose: KeyPurpose): KeyHandle => taken.keys.find(key => key.purpose === purpose) as KeyHandle
  const keys = [receiverKey(of('transport-down'), 'down', service), receiverKey(of('credential'), 'holder', service)]
  return receiver(id, keys, [group])
}

/** A draft with what most tests share. */
export function draft(
  more: Pick<EnvelopeDraft, 'key' | 'type' | 'to' | 'payload'> & Partial<EnvelopeDraft>,
): EnvelopeDraft {
  return { ...scope, from: service, sequence: 1n, issued: now, notAfter: later, ...more }
}

export const id16 = (n: number): Uint8Array => concat(new Uint8Array(8), uintBytes(n, 8))
