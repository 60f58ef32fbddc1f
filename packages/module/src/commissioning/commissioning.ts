/**
 * How a module comes to belong to a site, and how it leaves it. The request is signed by the module's own identity key;
 * the package that answers it is checked whole and kept before anything of it takes effect, so that a cut in the middle
 * is made good at the next start.
 */

import { bytesEqual } from '@edgeward/base'
import { initialState } from '@edgeward/domain'
import type { KeyHandle, KeyStore } from '@edgeward/keystore'
import { CertificateError, verifyCertificate } from '@edgeward/keystore/certificates'
import {
  type CommissioningPackage,
  decodeCommissioningPackage,
  keyFingerprint,
  type ModuleSettings,
  readSettings,
  signCommissioningRequest,
} from '@edgeward/keystore/commissioning'
import { EnvelopeRefused, openFirstKeyPackage, partyId, type TakenKeyPackage } from '@edgeward/keystore/seal'
import { faultPoint } from '#fault-points'
import type { ModuleClock } from '../clock/module-clock.ts'
import { ModuleError } from '../errors.ts'
import type { Database } from '../store/database.ts'
import { counter, setCounter } from '../store/meta.ts'
import { writeState } from '../store/policy.ts'
import { distrust, trust, trusted } from '../store/trust.ts'
import { type OwnKeys, ownKeys } from './own-keys.ts'

export interface Belonging {
  readonly settings: ModuleSettings
  readonly readerCertificate: Uint8Array
  readonly identityCertificate: Uint8Array
}

/** What a module tells an installer: the signed request and the words to compare. */
export interface CommissioningRequest {
  readonly request: Uint8Array
  readonly fingerprint: string
}

/** Settings and certificates of a commissioned module; undefined before. */
export function belongingOf(db: Database): Belonging | undefined {
  const [settings, readerCertificate, identityCertificate] = (
    ['settings', 'readerCertificate', 'identityCertificate'] as const
  ).map(name => trusted(db, name))
  if (settings === undefined || readerCertificate === undefined || identityCertificate === undefined) return undefined
  return { settings: readSettings(settings), readerCertificate, identityCertificate }
}

/** Makes keys if there are none yet, and signs a request with a fresh nonce. */
export async function commissioningRequest(keyStore: KeyStore, serial: string): Promise<CommissioningRequest> {
  const keys = await ownKeys(keyStore)
  const points = pointsOf(keys)
  const statement = { ...points, serial, attestation: keyStore.home, nonce: await keyStore.random(16) }
  const request = await signCommissioningRequest(keyStore, keys.identity, statement)
  return { request, fingerprint: keyFingerprint(points) }
}

export interface AcceptOptions {
  readonly db: Database
  readonly keyStore: KeyStore
  readonly clock: ModuleClock
  /** The id that this module was started as. */
  readonly moduleId: string
  readonly package: Uint8Array
}

/** A package that was checked and whose keys are in the store. */
export interface Accepted {
  readonly settings: ModuleSettings
  readonly keys: TakenKeyPackage
}

/**
 * Checks a package, keeps it, and takes its keys. After a cut at any place the same call, or `resume` at the next start,
 * comes to the same end. Throws a ModuleError `bad-package` or `already-commissioned`.
 */
export async function acceptPackage(options: AcceptOptions): Promise<Accepted> {
  const { db, package: encoded } = options
  if (belongingOf(db) !== undefined)
    throw new ModuleError('already-commissioned', 'this module belongs to a site already')
  try {
    const checked = await checkPackage(options)
    db.transaction(() => trust(db, 'pending', encoded))
    faultPoint('package-kept')
    const keys = await takeKeys(options, checked)
    faultPoint('package-keys-taken')
    db.transaction(() => settle(options, checked, keys))
    faultPoint('package-settled')
    return { settings: checked.settings, keys }
  } catch (error) {
    // What is not good is not tried again: no start may hang on it.
    if (isBadPackage(error)) db.transaction(() => distrust(db, 'pending'))
    throw error
  }
}

/** Finishes what a cut left half done. Undefined: there was nothing, or nothing that is good. */
export async function resumeAcceptance(options: Omit<AcceptOptions, 'package'>): Promise<Accepted | undefined> {
  const pending = trusted(options.db, 'pending')
  if (pending === undefined) return undefined
  try {
    return await acceptPackage({ ...options, package: pending })
  } catch (error) {
    if (isBadPackage(error)) return undefined
    throw error
  }
}

function isBadPackage(error: unknown): boolean {
  return error instanceof ModuleError && error.code === 'bad-package'
}

interface Checked {
  readonly parts: CommissioningPackage
  readonly settings: ModuleSettings
  readonly own: OwnKeys
}

async function checkPackage({ keyStore, moduleId, package: encoded }: AcceptOptions): Promise<Checked> {
  const own = await ownKeys(keyStore)
  return orBadPackage(async () => {
    const parts = decodeCommissioningPackage(encoded)
    const settings = readSettings(parts.settings)
    if (settings.module !== moduleId)
      throw new ModuleError('bad-package', `the package is for ${settings.module}, not for ${moduleId}`)
    if (!bytesEqual(settings.moduleParty, partyId(settings.site, moduleId))) {
      throw new ModuleError('bad-package', 'the settings give this module another party id')
    }
    checkCertificate(parts.identityCertificate, { issuer: settings.siteCaKey, subject: own.identity, what: 'identity' })
    checkCertificate(parts.readerCertificate, { issuer: settings.readerGroupKey, subject: own.reader, what: 'reader' })
    return { parts, settings, own }
  })
}

function checkCertificate(certificate: Uint8Array, of: { issuer: Uint8Array; subject: KeyHandle; what: string }): void {
  const { subjectPublicKey } = verifyCertificate(certificate, { issuerPublicKey: of.issuer })
  if (of.subject.publicKey === undefined || !bytesEqual(subjectPublicKey, of.subject.publicKey)) {
    throw new ModuleError('bad-package', `the ${of.what} certificate is for another key`)
  }
}

function takeKeys({ keyStore }: AcceptOptions, { parts, settings, own }: Checked): Promise<TakenKeyPackage> {
  const { tenant, site, moduleParty, serviceParty, siteCaKey, time } = settings
  return orBadPackage(() =>
    openFirstKeyPackage(keyStore, parts.firstKeyPackage, {
      tenant,
      site,
      me: moduleParty,
      service: serviceParty,
      signers: () => siteCaKey,
      agreement: own.agreement,
      // The module's clock has not been set yet; the time in the settings is the best that it knows.
      now: time,
    }),
  )
}

/** The module belongs from here on: trust, time and state begin together. Inside a transaction. */
function settle({ db, clock }: AcceptOptions, { parts, settings }: Checked, keys: TakenKeyPackage): void {
  trust(db, 'settings', parts.settings)
  trust(db, 'identityCertificate', parts.identityCertificate)
  trust(db, 'readerCertificate', parts.readerCertificate)
  distrust(db, 'pending')
  // A module that takes another's place does not know how far that one's chains went; the version of its keys is above
  // all of them, since it rises with each commissioning. log.md §5: the epoch only rises.
  setCounter(db, 'chainEpoch', Math.max(counter(db, 'chainEpoch') + 1, keys.kek.version))
  setCounter(db, 'keyPackageVersion', Number(keys.sequence))
  setCounter(db, 'firstKeySequence', Number(keys.sequence))
  clock.setSigned(settings.time, { fresh: false })
  writeState(db, JSON.stringify({ ...initialState(), lastContact: settings.time }))
}

function pointsOf({ identity, agreement, reader }: OwnKeys): {
  identity: Uint8Array
  agreement: Uint8Array
  reader: Uint8Array
} {
  const [a, b, c] = [identity, agreement, reader].map(({ publicKey }) => publicKey)
  if (a === undefined || b === undefined || c === undefined) throw new Error('a key of the module has no public half')
  return { identity: a, agreement: b, reader: c }
}

/** Whatever is wrong with what came is `bad-package`; faults of our own store go through. */
async function orBadPackage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof EnvelopeRefused || cause instanceof CertificateError)) throw cause
    throw new ModuleError('bad-package', `the commissioning package is refused: ${cause.code}`, { cause })
  }
}
