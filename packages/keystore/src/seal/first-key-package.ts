/**
 * The first key package of a module, and each new version of its transport keys: encrypted to the module's attested
 * agreement key and signed by the site's CA. envelope.md §8
 */
import { bytesEqual, type CborValue, encodeCbor, invariant, Tagged } from '@edgeward/base'
import { KeyStoreError } from '../errors.ts'
import { type KeyHandle, type KeyStore, sessionKey } from '../keystore.ts'
import { encStructure, tag } from './cose.ts'
import {
  checkEncrypted,
  checkNotExpired,
  checkSequence,
  checkSize,
  type EnvelopeDraft,
  envelopeLabel,
  openContent,
} from './envelope.ts'
import { decodeHeader, encodeHeader, ivBytes, maxSequence, type RawHeader } from './header.ts'
import { agreementInfo, parseRecipient, type Recipient, recipientValue } from './key-agreement.ts'
import { type KeyToPackage, packageKey, takeIn } from './key-package.ts'
import { directionNumbers, messageRules } from './message-types.ts'
import { maxEnvelopeBytes } from './padding.ts'
import type { KeyPackage, PackagedKey } from './payloads/key-package.ts'
import { encodePayload, readKeyPackage } from './payloads/payload.ts'
import { decodeStrictly, EnvelopeRefused } from './refusal.ts'
import { type SignerKeys, signDocument, verifyDocument } from './signed-document.ts'
import { externalAad, type SiteScope } from './site-scope.ts'

/** The kek of the first entry: no key of the module's wraps it. */
const noKek = { keyId: '0000000000000000', version: 0 } as const

export interface FirstKeyPackageDraft extends SiteScope, Pick<EnvelopeDraft, 'from' | 'to' | 'issued'> {
  /** Of purpose `site-ca`. */
  readonly siteCa: KeyHandle
  /** The module's `module-agreement` point, 65 bytes, out of its certificate. */
  readonly agreement: Uint8Array
  /** 1 the first time, higher for later versions. */
  readonly sequence: bigint
  readonly notAfter: number
  /** The module's `module-kek`, wrappable. */
  readonly kek: KeyToPackage
  /** All further keys, wrapped under it. */
  readonly keys: readonly KeyToPackage[]
}

export interface FirstKeyPackageChecks extends SiteScope {
  /** Party ids of this module and of the service. */
  readonly me: Uint8Array
  readonly service: Uint8Array
  /** Public points of the site's CA. */
  readonly signers: SignerKeys
  /** This module's `module-agreement` key. */
  readonly agreement: KeyHandle
  /** Highest sequence of a first key package that was taken; absent after a reset in presence. */
  readonly taken?: bigint
  /** The clock's floor, in seconds (R5). */
  readonly now: number
}

/** A first key package whose keys are in the store. The caller remembers `sequence`. */
export interface TakenKeyPackage {
  readonly sequence: bigint
  readonly issued: number
  readonly kek: KeyHandle
  readonly keys: readonly KeyHandle[]
  readonly package: KeyPackage
  readonly payloadBytes: Uint8Array
}

/** Makes a first key package. Ephemeral key and content key are fresh each time and gone afterwards. */
export async function sealFirstKeyPackage(store: KeyStore, draft: FirstKeyPackageDraft): Promise<Uint8Array> {
  const { sequence, notAfter, issued, siteCa, tenant, site } = draft
  invariant(sequence >= 1n && sequence <= maxSequence, 'a sequence is 1 to 2^63-1')
  invariant(notAfter >= issued, 'an envelope ends after it was issued')
  const ephemeral = await store.generate(sessionKey('P-256'))
  try {
    const content = await encryptTo(store, ephemeral, draft)
    return await signDocument(store, { signer: siteCa, label: envelopeLabel, tenant, site, content })
  } finally {
    await store.destroy(ephemeral)
  }
}

/**
 * Opens a first key package and takes its keys into the store, all or nothing. The signature is checked before
 * anything else of it is looked at. Throws EnvelopeRefused; a KeyStoreError goes through (then nothing is kept).
 */
export async function openFirstKeyPackage(
  store: KeyStore,
  bytes: Uint8Array,
  checks: FirstKeyPackageChecks,
): Promise<TakenKeyPackage> {
  checkSize(bytes, maxEnvelopeBytes)
  const { signers, tenant, site } = checks
  const { content } = verifyDocument(bytes, {
    label: envelopeLabel,
    signers,
    tenant,
    site,
    sizeLimit: maxEnvelopeBytes,
  })
  const { protectedHeader, ciphertext, recipient } = parseEncrypt(content)
  const header = decodeHeader(protectedHeader, { kid: false })
  const { ephemeral, wrappedKey } = parseRecipient(recipient)
  checkRoute(header, checks)
  const aad = encStructure('Encrypt', protectedHeader, externalAad(envelopeLabel, checks))
  const payloadBytes = await decrypt(store, checks.agreement, { ephemeral, wrappedKey, iv: header.iv, aad, ciphertext })
  const keyPackage = readKeyPackage(payloadBytes)
  if (checks.taken !== undefined && header.sequence <= checks.taken) {
    throw new EnvelopeRefused('stale', `first key package ${header.sequence} was taken already`)
  }
  checkNotExpired(header, checks.now)
  const { kek, keys } = await takeAll(store, checks.agreement, ephemeral, keyPackage)
  return { sequence: header.sequence, issued: header.issued, kek, keys, package: keyPackage, payloadBytes }
}

async function encryptTo(store: KeyStore, ephemeral: KeyHandle, draft: FirstKeyPackageDraft): Promise<Uint8Array> {
  invariant(ephemeral.publicKey !== undefined, 'an ephemeral key has a public key')
  const payload = await wrapAll(store, ephemeral, draft)
  const contentKey = await store.generate(sessionKey('AES-256', { wrappable: true }))
  const iv = await store.random(ivBytes)
  const { from, to, sequence, issued, notAfter } = draft
  const protectedHeader = encodeHeader({
    iv,
    type: 'key-package',
    direction: 'down',
    from,
    to,
    sequence,
    issued,
    notAfter,
  })
  const aad = encStructure('Encrypt', protectedHeader, externalAad(envelopeLabel, draft))
  const ciphertext = await store.seal(contentKey, { iv, aad, plaintext: payload })
  const wrappedKey = await agreed(store, ephemeral, draft.agreement, agreementInfo(), kek =>
    store.wrap(kek, contentKey),
  )
  await store.destroy(contentKey)
  const recipient = recipientValue({ ephemeral: ephemeral.publicKey, wrappedKey })
  return encodeCbor(new Tagged(tag.encrypt, [protectedHeader, new Map(), ciphertext, [recipient]]))
}

/** The module-kek under a second agreed key, the others under the module-kek. */
async function wrapAll(
  store: KeyStore,
  ephemeral: KeyHandle,
  { agreement, kek, keys }: FirstKeyPackageDraft,
): Promise<Uint8Array> {
  const first = await agreed(store, ephemeral, agreement, agreementInfo('module-kek'), key =>
    packageKey(store, key, kek),
  )
  const rest = await Promise.all(keys.map(key => packageKey(store, kek.key, key)))
  return encodePayload('key-package', { keys: [{ ...first, kek: noKek }, ...rest] })
}

async function takeAll(
  store: KeyStore,
  agreement: KeyHandle,
  ephemeral: Uint8Array,
  { keys: [first, ...rest] }: KeyPackage,
): Promise<{ kek: KeyHandle; keys: readonly KeyHandle[] }> {
  if (first === undefined || !isModuleKek(first)) throw new EnvelopeRefused('payload', 'the first key is no module-kek')
  const { keyId, version, algorithm, wrapped } = first
  const spec = { keyId, version, purpose: 'module-kek', algorithm } as const
  return store.together(async () => {
    const kek = await agreed(store, agreement, ephemeral, agreementInfo('module-kek'), key =>
      store.unwrap(key, wrapped, spec),
    )
    return { kek, keys: await takeIn(store, kek, rest) }
  })
}

function isModuleKek({ purpose, kek }: PackagedKey): boolean {
  return purpose === 'module-kek' && kek.keyId === noKek.keyId && kek.version === noKek.version
}

/** Steps 2 to 5 for a COSE_Encrypt with one recipient. */
function parseEncrypt(content: Uint8Array): {
  protectedHeader: Uint8Array
  ciphertext: Uint8Array
  recipient: CborValue | undefined
} {
  const value = decodeStrictly(content, { tags: 'any' })
  const members = value instanceof Tagged && value.tag === tag.encrypt ? value.value : undefined
  if (!Array.isArray(members) || members.length !== 4)
    throw new EnvelopeRefused('structure', 'not a tagged COSE_Encrypt')
  const recipients: CborValue = members[3]
  if (!Array.isArray(recipients) || recipients.length !== 1) throw new EnvelopeRefused('structure', 'not one recipient')
  return { ...checkEncrypted(members), recipient: recipients[0] }
}

/** Steps 7 and 8: a key package, down, from the service to me. */
function checkRoute(header: RawHeader, { me, service }: FirstKeyPackageChecks): void {
  if (header.type !== messageRules['key-package'].number) throw new EnvelopeRefused('type', 'not a key package')
  if (header.direction !== directionNumbers.down) throw new EnvelopeRefused('direction', 'a key package goes down')
  if (!bytesEqual(header.from, service)) throw new EnvelopeRefused('sender', 'it is not from the service')
  if (!bytesEqual(header.to, me)) throw new EnvelopeRefused('receiver', 'it is for somebody else')
  checkSequence(header)
}

async function decrypt(
  store: KeyStore,
  agreement: KeyHandle,
  sealed: Recipient & { iv: Uint8Array; aad: Uint8Array; ciphertext: Uint8Array },
): Promise<Uint8Array> {
  const contentKey = await agreed(store, agreement, sealed.ephemeral, agreementInfo(), kek =>
    unwrapContentKey(store, kek, sealed.wrappedKey),
  )
  try {
    return await openContent(store, contentKey, sealed)
  } finally {
    await store.destroy(contentKey)
  }
}

/** A content key that does not unwrap is `tag`, as if the content did not open. */
async function unwrapContentKey(store: KeyStore, kek: KeyHandle, wrapped: Uint8Array): Promise<KeyHandle> {
  try {
    return await store.unwrap(kek, wrapped, sessionKey('AES-256'))
  } catch (error) {
    if (!(error instanceof KeyStoreError) || error.code !== 'authentication-failed') throw error
    throw new EnvelopeRefused('tag', 'it does not open', { cause: error })
  }
}

/** Does something with an agreed key, which is gone afterwards. */
async function agreed<T>(
  store: KeyStore,
  key: KeyHandle,
  peerPublicKey: Uint8Array,
  info: Uint8Array,
  use: (kek: KeyHandle) => Promise<T>,
): Promise<T> {
  const kek = await agreeOrRefuse(store, key, { peerPublicKey, info })
  try {
    return await use(kek)
  } finally {
    await store.destroy(kek)
  }
}

async function agreeOrRefuse(
  store: KeyStore,
  key: KeyHandle,
  use: { peerPublicKey: Uint8Array; info: Uint8Array },
): Promise<KeyHandle> {
  try {
    return await store.agree(key, use)
  } catch (error) {
    if (!(error instanceof KeyStoreError) || error.code !== 'bad-input') throw error
    throw new EnvelopeRefused('point', 'the public key is not a point on P-256', { cause: error })
  }
}
