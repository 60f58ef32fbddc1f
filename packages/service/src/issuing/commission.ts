/** Taking in a module: an order for one use, its signed request, the keys wrapped to it. envelope.md §8 */
import { concat, fromBase64url, toBase64url, toHex } from '@edgeward/base'
import { CertificateError, issueReaderCertificate, p256PublicKey } from '@edgeward/keystore/certificates'
import {
  type CommissioningStatement,
  encodeCommissioningPackage,
  keyFingerprint,
  readCommissioningRequest,
  signSettings,
} from '@edgeward/keystore/commissioning'
import { EnvelopeRefused, type KeyToPackage, sealFirstKeyPackage } from '@edgeward/keystore/seal'
import { countCodeTry, uncountCodeTry } from '../access/limits.ts'
import { type Actor, actorName } from '../actor.ts'
import type { Commissioned, CommissioningOrder, CommissionRequest } from '../api/issuing.ts'
import { recordAct } from '../audit/act.ts'
import { codeHash, newCode, secretHash } from '../codes.ts'
import type { Core } from '../core.ts'
import { instantText, seconds } from '../instants.ts'
import { Refusal } from '../refusal.ts'
import type { SiteInForce } from '../site/sites.ts'
import { own } from '../site/subjects.ts'
import type { Queries } from '../storage/storage.ts'
import { desire } from '../sync/effects.ts'
import { typeNumbers } from '../sync/outbox.ts'
import { type ModuleRow, moduleKey } from '../sync/peers.ts'
import { nextSequence } from '../sync/sequences.ts'
import { endOfDay } from './end-of-day.ts'
import { readerGroupId } from './wallets.ts'

/** threat-model §8: until the end of the day; shortly before midnight an hour. */
const leastOrderMs = 3_600_000
/** R3: a reader certificate lives as long as the module may work alone, and a week. */
const readerGraceSeconds = 7 * 86_400
/** A module's identity does not run out by itself; its certificate is refused when it is revoked. */
const identitySeconds = 10 * 365 * 86_400
/** The package is carried by hand; it is of use on that day. */
const packageSeconds = 86_400
const serialBytes = 8

/** Allows a module of the site to be commissioned, once. An order that was made before ends. */
export async function orderCommissioning(core: Core, actor: Actor, module: string): Promise<CommissioningOrder> {
  const site = await core.sites.required()
  if (own(site.model.modules, module) === undefined)
    throw new Refusal('not-found', `there is no module ${module} in the site`)
  const code = newCode(core.random)
  const now = core.clock.now()
  const expiresAt = Math.max(endOfDay(now, site.model.site.timeZone), now + leastOrderMs)
  const { scope } = core.storage
  await core.storage.transaction(async queries => {
    await queries
      .deleteFrom('commissioning_order')
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('module', '=', module)
      .execute()
    await queries
      .insertInto('commissioning_order')
      .values({
        ...scope,
        code_hash: codeHash('commissioning-order', code) ?? new Uint8Array(),
        module,
        actor: actorName(actor),
        expires_at: expiresAt,
        used_at: null,
      })
      .execute()
    await recordAct(core, queries, { actor, event: 'commissioning-ordered', detail: { module } })
  })
  core.feed.added()
  return { module, order: code, expiresAt: instantText(expiresAt) }
}

/** What the caller of this service needs to reach the module by. */
export interface CommissionOptions {
  readonly address: string | undefined
  /** `mqtt://127.0.0.1:PORT` */
  readonly broker: string
}

/** Commissions a module. Refuses with `order-refused`, whatever is wrong with order or request. */
export async function commission(
  core: Core,
  request: CommissionRequest,
  options: CommissionOptions,
): Promise<Commissioned> {
  await countCodeTry(core, options.address)
  const statement = readRequest(request.request)
  const site = await core.sites.current()
  if (site === undefined) throw orderRefused()
  const module = await core.storage.transaction(queries => take(core, queries, request.order, statement))
  await uncountCodeTry(core, options.address)
  const encoded = await packageFor(core, { site, module, statement, broker: options.broker })
  core.feed.added()
  return { module: module.module, package: toBase64url(encoded), fingerprint: keyFingerprint(statement) }
}

function readRequest(text: string): CommissioningStatement {
  try {
    const statement = readCommissioningRequest(fromBase64url(text))
    const { identity, agreement, reader } = statement
    // Before the order is used up: a request that cannot be answered leaves it open (T54).
    if (![identity, agreement, reader].every(isPoint)) throw orderRefused()
    return statement
  } catch (error) {
    if (error instanceof EnvelopeRefused || error instanceof RangeError) throw orderRefused()
    throw error
  }
}

function isPoint(key: Uint8Array): boolean {
  return p256PublicKey(key) !== undefined
}

/** Uses up the order and stores the module's public keys. A module that comes again gets new key versions. */
async function take(
  core: Core,
  queries: Queries,
  order: string,
  statement: CommissioningStatement,
): Promise<ModuleRow> {
  const { tenant, site } = core.storage.scope
  const now = core.clock.now()
  const used = await queries
    .updateTable('commissioning_order')
    .set({ used_at: now })
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where(
      'code_hash',
      '=',
      codeHash('commissioning-order', order) ?? secretHash('commissioning-order', new Uint8Array()),
    )
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning(['module', 'actor'])
    .executeTakeFirst()
  if (used === undefined) throw orderRefused()
  const row = await queries
    .updateTable('module')
    .set(({ eb, ref, case: when }) => ({
      identity_key: statement.identity,
      agreement_key: statement.agreement,
      reader_key: statement.reader,
      serial: statement.serial,
      home: statement.attestation,
      fingerprint: keyFingerprint(statement),
      commissioned_at: now,
      removed_at: null,
      simulated: core.simulated,
      key_version: when()
        .when('commissioned_at', 'is', null)
        .then(ref('key_version'))
        .else(eb('key_version', '+', 1))
        .end(),
    }))
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('module', '=', used.module)
    .where('current', '=', true)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw orderRefused()
  await forgetState(core, queries, row.module)
  const detail = { module: row.module, keyVersion: String(row.key_version), home: statement.attestation }
  await recordAct(core, queries, {
    actor: { kind: 'holder', name: 'commissioning-order' },
    event: 'module-commissioned',
    detail,
  })
  return row
}

/** A module that was reset has nothing in force and counts its envelopes anew; its records stay. */
async function forgetState(core: Core, queries: Queries, module: string): Promise<void> {
  const { tenant, site } = core.storage.scope
  await queries
    .updateTable('effect')
    .set({ effective: 0, effective_at: null })
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('module', '=', module)
    .execute()
  await queries
    .deleteFrom('mark')
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('module', '=', module)
    .execute()
}

interface ToPackage {
  readonly site: SiteInForce
  readonly module: ModuleRow
  readonly statement: CommissioningStatement
  readonly broker: string
}

async function packageFor(core: Core, { site, module, statement, broker }: ToPackage): Promise<Uint8Array> {
  const { scope } = core.storage
  const { siteCa, readerGroup, credentialIssuer, service } = core.roots
  const now = seconds(core.clock.now())
  const autonomy = own(site.model.modules, module.module)?.autonomy ?? 0
  const readerUntil = now + autonomy + readerGraceSeconds
  const group = await core.roots.group(module.key_group)
  const certify = (key: Uint8Array, issuer: typeof siteCa, until: number): Promise<Uint8Array> =>
    issueReaderCertificate(core.keyStore, issuer, {
      subjectPublicKey: key,
      serial: positive(core.random.bytes(serialBytes)),
      subject: toHex(module.party),
      issuer: toHex(service),
      notBefore: now * 1000,
      notAfter: until * 1000,
    })
  const [firstKeyPackage, identityCertificate, readerCertificate, settings] = await refusingPoints(
    async () =>
      [
        await firstPackage(core, module, now),
        await certify(statement.identity, siteCa, now + identitySeconds),
        await certify(statement.reader, readerGroup, readerUntil),
        await signSettings(core.keyStore, siteCa, {
          ...scope,
          siteName: site.model.site.name,
          module: module.module,
          moduleParty: module.party,
          serviceParty: service,
          groupParties: [group.party],
          issuerKey: pointOf(credentialIssuer.publicKey),
          readerGroupId: await readerGroupId(core),
          readerGroupKey: pointOf(readerGroup.publicKey),
          readerSubId: module.reader_sub_id,
          broker,
          timeZone: site.model.site.timeZone,
          time: now,
          siteCaKey: pointOf(siteCa.publicKey),
        }),
      ] as const,
  )
  await noteReaderCertificate(core, module, readerUntil)
  return encodeCommissioningPackage({ firstKeyPackage, identityCertificate, readerCertificate, settings })
}

/** The module's keys, the kek first; kept in the outbox until the module acknowledges. */
async function firstPackage(core: Core, module: ModuleRow, now: number): Promise<Uint8Array> {
  const { scope } = core.storage
  const peer = { party: module.party, keyVersion: module.key_version }
  const group = await core.roots.group(module.key_group)
  const notBefore = now
  const keys: readonly KeyToPackage[] = [
    ...(await Promise.all(
      (['transport-down', 'transport-up', 'audit-mac', 'mqtt'] as const).map(async purpose => ({
        key: await moduleKey(core, peer, purpose),
        notBefore,
      })),
    )),
    { key: group.credential, notBefore },
    { key: group.pin, notBefore },
  ]
  // One space of numbers over all versions: a module refuses a number that is not above the last (envelope.md §8).
  const sequence = await nextSequence(core, { receiver: module.party, type: typeNumbers['key-package'], keyVersion: 0 })
  const envelope = await sealFirstKeyPackage(core.keyStore, {
    ...scope,
    siteCa: core.roots.siteCa,
    agreement: pointOf(module.agreement_key),
    from: core.roots.service,
    to: module.party,
    sequence,
    issued: now,
    notAfter: now + packageSeconds,
    kek: { key: await moduleKey(core, peer, 'module-kek'), notBefore },
    keys,
  })
  await core.storage.transaction(async queries => {
    const version = Number(sequence)
    const at = core.clock.now()
    await queries
      .insertInto('key_package')
      .values({ ...scope, module: module.module, version, envelope, at })
      .execute()
    await queries
      .insertInto('outbox')
      .values({
        ...scope,
        module: module.module,
        type: typeNumbers['key-package'],
        version,
        key_version: module.key_version,
        sequence: version,
        envelope,
        created_at: at,
        sent_at: at,
        acknowledged_at: null,
        result: null,
      })
      .execute()
    await desire(core, queries, { module: module.module, type: 'key-package', version })
  })
  return envelope
}

async function noteReaderCertificate(core: Core, { module }: ModuleRow, until: number): Promise<void> {
  const { queries, scope } = core.storage
  await queries
    .updateTable('module')
    .set({ reader_until: until * 1000 })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', module)
    .execute()
}

/** A statement may name keys that are no points of the curve. */
async function refusingPoints<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof EnvelopeRefused || error instanceof CertificateError) throw orderRefused()
    throw error
  }
}

/** A DER integer without leading zeros and with a clear sign bit. */
function positive(random: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(((random[0] ?? 0) & 0x3f) | 0x40), random.subarray(1))
}

function pointOf(point: Uint8Array | null | undefined): Uint8Array {
  if (point === null || point === undefined) throw new Error('a public key is missing')
  return Uint8Array.from(point)
}

function orderRefused(): Refusal {
  return new Refusal(
    'order-refused',
    'order or request is not good: the order may be mistyped, used or too old. Make a new one',
  )
}
