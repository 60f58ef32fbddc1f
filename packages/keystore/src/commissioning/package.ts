/**
 * What the service gives a module at its commissioning, and the settings in it:
 *
 *     package  = { 1: first key package, 2: settings document, 3: identity certificate, 4: reader certificate }   bstr each
 *     settings = COSE_Sign1 by site-ca, label "edgeward/settings/1", over
 *                { 1 tenant, 2 site (16 each), 3 site name, 4 module id, 5 module party, 6 service party (8 each), 7 [group parties],
 *                  8 issuer key, 9 reader group id (16), 10 reader group key, 11 reader sub id (16), 12 broker address, 13 time zone,
 *                  14 time (seconds), 15 site-ca key }                                                            keys: pub65
 *
 * The settings name the key that signs them: it is pinned here, in presence of the installer, who compares fingerprints.
 */
import { bytesEqual, type CborValue, decodeCbor, encodeCbor } from '@edgeward/base'
import { keyIdOf } from '../key-id.ts'
import type { KeyHandle, KeyStore } from '../keystore.ts'
import { EnvelopeRefused } from '../seal/refusal.ts'
import { at, bytes, list, members, type Shape, text, uint } from '../seal/shape.ts'
import { signDocument, verifyDocument } from '../seal/signed-document.ts'

const settingsLabel = 'edgeward/settings/1'
const maxPackageBytes = 65_536

export interface ModuleSettings {
  readonly tenant: Uint8Array
  readonly site: Uint8Array
  readonly siteName: string
  /** Its id in the site file. */
  readonly module: string
  readonly moduleParty: Uint8Array
  readonly serviceParty: Uint8Array
  readonly groupParties: readonly Uint8Array[]
  /** Of `credential-issuer`. */
  readonly issuerKey: Uint8Array
  readonly readerGroupId: Uint8Array
  readonly readerGroupKey: Uint8Array
  readonly readerSubId: Uint8Array
  readonly broker: string
  readonly timeZone: string
  /** Seconds since 1970. */
  readonly time: number
  readonly siteCaKey: Uint8Array
}

export interface CommissioningPackage {
  readonly firstKeyPackage: Uint8Array
  readonly settings: Uint8Array
  readonly identityCertificate: Uint8Array
  readonly readerCertificate: Uint8Array
}

const settingsShape: Shape<ModuleSettings> = members<ModuleSettings>({
  tenant: at(1, bytes(16)),
  site: at(2, bytes(16)),
  siteName: at(3, text),
  module: at(4, text),
  moduleParty: at(5, bytes(8)),
  serviceParty: at(6, bytes(8)),
  groupParties: at(7, list(bytes(8))),
  issuerKey: at(8, bytes(65)),
  readerGroupId: at(9, bytes(16)),
  readerGroupKey: at(10, bytes(65)),
  readerSubId: at(11, bytes(16)),
  broker: at(12, text),
  timeZone: at(13, text),
  time: at(14, uint),
  siteCaKey: at(15, bytes(65)),
})

const packageShape: Shape<CommissioningPackage> = members<CommissioningPackage>({
  firstKeyPackage: at(1, bytes()),
  settings: at(2, bytes()),
  identityCertificate: at(3, bytes()),
  readerCertificate: at(4, bytes()),
})

/** The signed settings of a module. `siteCa` is the key that they name. */
export async function signSettings(store: KeyStore, siteCa: KeyHandle, settings: ModuleSettings): Promise<Uint8Array> {
  const { tenant, site } = settings
  const content = encodeCbor(settingsShape.write(settings))
  return signDocument(store, { signer: siteCa, label: settingsLabel, tenant, site, content })
}

/**
 * The settings of a document that is signed by the site CA that it names, or by `pinned` once there is one.
 * Throws EnvelopeRefused; `signature` also for another site CA than the pinned one.
 */
export function readSettings(document: Uint8Array, { pinned }: { readonly pinned?: Uint8Array } = {}): ModuleSettings {
  const claimed = settingsOf(contentOf(document))
  const { tenant, site, siteCaKey } = claimed
  if (pinned !== undefined && !bytesEqual(pinned, siteCaKey)) {
    throw new EnvelopeRefused('signature', 'the settings are signed by another site CA')
  }
  const signerId = keyIdOf({ site, purpose: 'site-ca' })
  const signers = ({ keyId }: { keyId: string }): Uint8Array | undefined => (keyId === signerId ? siteCaKey : undefined)
  verifyDocument(document, { label: settingsLabel, signers, tenant, site })
  return claimed
}

export function encodeCommissioningPackage(parts: CommissioningPackage): Uint8Array {
  return encodeCbor(packageShape.write(parts))
}

/** Throws EnvelopeRefused `size` or `payload`. */
export function decodeCommissioningPackage(encoded: Uint8Array): CommissioningPackage {
  if (encoded.length > maxPackageBytes)
    throw new EnvelopeRefused('size', `a package has at most ${maxPackageBytes} bytes`)
  return refusing('package', () => packageShape.read(decodeCbor(encoded)))
}

function settingsOf(content: Uint8Array): ModuleSettings {
  return refusing('settings', () => settingsShape.read(decodeCbor(content)))
}

/** What a COSE_Sign1 is around, before its signature was looked at: only to learn which key to ask. */
function contentOf(document: Uint8Array): Uint8Array {
  if (document.length > maxPackageBytes) throw new EnvelopeRefused('size', 'the settings are too long')
  const value = refusing('settings', () => decodeCbor(document, { tags: [18] }))
  const inner: CborValue | undefined =
    typeof value === 'object' && value !== null && 'tag' in value ? value.value : undefined
  const content: CborValue | undefined = Array.isArray(inner) ? inner[2] : undefined
  if (!(content instanceof Uint8Array)) throw new EnvelopeRefused('payload', 'the settings are no signed document')
  return content
}

function refusing<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    throw new EnvelopeRefused('payload', `not a commissioning ${what}: ${cause.message}`, { cause })
  }
}
