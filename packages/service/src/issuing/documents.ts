/** Credential documents: signed, bound to the phone's key, sealed for each key group, short-lived (R1). */
import { toBase64url, toHex } from '@edgeward/base'
import { type PinVerifier, sealCredentialDocument } from '@edgeward/keystore/seal'
import type { WalletDocument } from '../api/issuing.ts'
import type { Core } from '../core.ts'
import { instantText, seconds } from '../instants.ts'
import type { GroupKeys } from '../keys/roots.ts'
import type { SiteInForce } from '../site/sites.ts'
import { nextSequence } from '../sync/sequences.ts'
import { claimsOf } from './claims.ts'
import { type CredentialRow, findHolder, type Holder, keyGroupsOf } from './holders.ts'

/** threat-model §8 */
const documentSeconds = 7 * 86_400
/** A phone's clock may be behind by so much. */
const earlySeconds = 300
const documentType = 8

/** Fresh documents for a credential; none for one that is not active. */
export async function issueDocuments(core: Core, credential: CredentialRow): Promise<readonly WalletDocument[]> {
  const { public_key: publicKey, thumbprint } = credential
  if (credential.state !== 'active' || publicKey === null || thumbprint === null) return []
  const site = await core.sites.required()
  const holder = await findHolder(core, site, credential.person)
  const epoch = await epochOf(core)
  const now = seconds(core.clock.now())
  const documents: WalletDocument[] = []
  for (const group of keyGroupsOf(site)) {
    const keys = await core.roots.group(group)
    documents.push(await issueOne(core, { site, holder, credential, thumbprint, keys, epoch, now }))
  }
  await noteDocuments(core, credential, (now + documentSeconds) * 1000)
  return documents
}

interface ToIssue {
  readonly site: SiteInForce
  readonly holder: Holder
  readonly credential: CredentialRow
  readonly thumbprint: Uint8Array
  readonly keys: GroupKeys
  readonly epoch: number
  readonly now: number
}

async function issueOne(
  core: Core,
  { site, holder, credential, thumbprint, keys, epoch, now }: ToIssue,
): Promise<WalletDocument> {
  const { scope } = core.storage
  const notAfter = now + documentSeconds
  const { pin, duress } = await verifiersOf(core, credential.pseudonym, keys)
  const claims = claimsOf(site, {
    ...{
      holder,
      credential,
      thumbprint,
      epoch,
      keyGroup: keys.party,
      notBefore: now - earlySeconds,
      notAfter,
      pin,
      duress,
    },
  })
  const { version: keyVersion } = keys.credential
  const envelope = await sealCredentialDocument(core.keyStore, {
    ...scope,
    issuer: core.roots.credentialIssuer,
    key: keys.credential,
    from: core.roots.service,
    sequence: await nextSequence(core, { receiver: keys.party, type: documentType, keyVersion }),
    issued: now,
    claims,
  })
  return { keyGroup: toHex(keys.party), envelope: toBase64url(envelope), notAfter: instantText(notAfter * 1000) }
}

async function verifiersOf(
  core: Core,
  pseudonym: Uint8Array,
  { party }: GroupKeys,
): Promise<{ readonly pin: PinVerifier | undefined; readonly duress: PinVerifier | undefined }> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('pin')
    .select(['kind', 'key_version', 'verifier'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('pseudonym', '=', pseudonym)
    .where('key_group', '=', party)
    .execute()
  const of = (kind: 'normal' | 'duress'): PinVerifier | undefined => {
    const row = rows.find(candidate => candidate.kind === kind)
    return row && { keyVersion: row.key_version, mac: Uint8Array.from(row.verifier) }
  }
  return { pin: of('normal'), duress: of('duress') }
}

async function epochOf(core: Core): Promise<number> {
  const { queries, scope } = core.storage
  const { epoch } = await queries
    .selectFrom('site')
    .select('epoch')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .executeTakeFirstOrThrow()
  return epoch
}

/** The effect bound of a later block rests on this. */
async function noteDocuments(core: Core, { pseudonym }: CredentialRow, until: number): Promise<void> {
  const { queries, scope } = core.storage
  await queries
    .updateTable('credential')
    .set({ documents_until: until })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('pseudonym', '=', pseudonym)
    .execute()
}
