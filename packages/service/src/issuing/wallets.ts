/** Wallets: invitation, enrolment, renewal. One answer for everything that is wrong with a code or a proof (T50). */
import { concat, fromBase64url, fromHex, toBase64url, toHex, utf8 } from '@edgeward/base'
import { verifyEs256 } from '@edgeward/keystore'
import { transponderThumbprint } from '@edgeward/keystore/seal'
import { countCodeTry, countTry, proofTriesPerCredential, uncountCodeTry } from '../access/limits.ts'
import { type Actor, actorName } from '../actor.ts'
import type {
  Challenge,
  ChallengeRequest,
  Documents,
  DocumentsRequest,
  Enrolled,
  EnrolRequest,
  Invitation,
} from '../api/issuing.ts'
import { recordAct } from '../audit/act.ts'
import { codeHash, newCode, secretHash } from '../codes.ts'
import type { Core } from '../core.ts'
import { instantText } from '../instants.ts'
import { Refusal } from '../refusal.ts'
import type { Queries } from '../storage/storage.ts'
import { issueDocuments } from './documents.ts'
import { type CredentialRow, credentialOf, findCredential, findHolder } from './holders.ts'

const invitationMs = 7 * 86_400_000
const challengeMs = 60_000
const challengeBytes = 32
const pointBytes = 65
const enrolLabel = utf8('edgeward/enrol/1\0')
const documentsLabel = utf8('edgeward/documents/1\0')

/** Makes an invitation for a credential; one that was made before ends. */
export async function invite(core: Core, actor: Actor, credential: string): Promise<Invitation> {
  const site = await core.sites.required()
  const row = await findCredential(core, credential)
  if (row.state === 'revoked') throw new Refusal('conflict', `${credential} is revoked and cannot be handed out again`)
  const holder = await findHolder(core, site, row.person)
  const code = newCode(core.random)
  const expiresAt = core.clock.now() + invitationMs
  const { scope } = core.storage
  await core.storage.transaction(async queries => {
    await queries
      .deleteFrom('invitation')
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('pseudonym', '=', row.pseudonym)
      .execute()
    await queries
      .insertInto('invitation')
      .values({
        ...scope,
        code_hash: codeHash('invitation', code) ?? new Uint8Array(),
        pseudonym: row.pseudonym,
        actor: actorName(actor),
        expires_at: expiresAt,
        used_at: null,
      })
      .execute()
    await recordAct(core, queries, {
      actor,
      event: 'invitation-made',
      person: holder.reference,
      credential: row.pseudonym,
    })
  })
  core.feed.added()
  return { code, expiresAt: instantText(expiresAt), person: { id: holder.id, name: holder.person.name }, credential }
}

/** Binds a wallet's key to a credential. Refuses with `code-refused`. */
export async function enrol(
  core: Core,
  { code, publicKey, proof }: EnrolRequest,
  address: string | undefined,
): Promise<Enrolled> {
  await countCodeTry(core, address)
  const point = bytesOf(publicKey)
  const signature = bytesOf(proof)
  // Looked at first and whatever the code is, so that it takes its time with a wrong code too.
  const proven =
    point?.length === pointBytes &&
    signature !== undefined &&
    verifyEs256(point, concat(enrolLabel, utf8(code)), signature)
  const site = await core.sites.current()
  if (site === undefined || point === undefined || !proven) throw codeRefused()
  const credential = await core.storage.transaction(queries => bind(core, queries, code, point))
  await uncountCodeTry(core, address)
  core.feed.added()
  const holder = await findHolder(core, site, credential.person)
  return {
    credential: toHex(credential.pseudonym),
    credentialName: credential.credential,
    person: holder.person.name,
    site: {
      name: site.model.site.name,
      timeZone: site.model.site.timeZone,
      readerGroupId: toHex(await readerGroupId(core)),
      readerGroupKey: toBase64url(core.roots.readerGroup.publicKey ?? new Uint8Array()),
    },
    documents: await issueDocuments(core, credential),
  }
}

/** Uses up the code and stores the key, in one transaction with the record. */
async function bind(core: Core, queries: Queries, code: string, point: Uint8Array): Promise<CredentialRow> {
  const { tenant, site } = core.storage.scope
  const now = core.clock.now()
  const used = await queries
    .updateTable('invitation')
    .set({ used_at: now })
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('code_hash', '=', codeHash('invitation', code) ?? secretHash('invitation', new Uint8Array()))
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('pseudonym')
    .executeTakeFirst()
  const credential = used && (await credentialOf(core, used.pseudonym, queries))
  if (credential === undefined || credential.state === 'revoked') throw codeRefused()
  const thumbprint = transponderThumbprint(point)
  await queries
    .updateTable('credential')
    .set({ public_key: point, thumbprint, enrolled_at: now })
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('pseudonym', '=', credential.pseudonym)
    .execute()
  const actor: Actor = { kind: 'holder', name: 'invitation' }
  await recordAct(core, queries, {
    actor,
    event: 'wallet-enrolled',
    credential: credential.pseudonym,
    person: await referenceOf(core, queries, credential),
  })
  return { ...credential, public_key: point, thumbprint, enrolled_at: now }
}

/** A challenge, for known and unknown credentials alike. */
export async function walletChallenge(core: Core, { credential }: ChallengeRequest): Promise<Challenge> {
  await countTry(core, `proof/${credential}`, proofTriesPerCredential)
  const challenge = core.random.bytes(challengeBytes)
  const { queries, scope } = core.storage
  await queries
    .insertInto('challenge')
    .values({
      ...scope,
      challenge_hash: secretHash('challenge', challenge),
      pseudonym: fromHex(credential),
      expires_at: core.clock.now() + challengeMs,
    })
    .execute()
  return { challenge: toBase64url(challenge) }
}

/** Fresh documents for whoever proves possession of the credential's key. Refuses with `proof-refused`. */
export async function walletDocuments(core: Core, request: DocumentsRequest): Promise<Documents> {
  const challenge = bytesOf(request.challenge)
  const signature = bytesOf(request.proof)
  const taken = challenge !== undefined && (await takeChallenge(core, request.credential, challenge))
  const credential = await credentialOf(core, fromHex(request.credential))
  // A credential that is not there is checked against a key that is (T50).
  const key = credential?.public_key ?? core.roots.readerGroup.publicKey ?? new Uint8Array()
  const proven =
    challenge !== undefined && signature !== undefined && verifyEs256(key, concat(documentsLabel, challenge), signature)
  if (!taken || !proven || credential?.public_key === undefined || credential.public_key === null) {
    throw new Refusal('proof-refused', 'the proof is not good: ask for a new challenge')
  }
  return { documents: await issueDocuments(core, credential) }
}

async function takeChallenge(core: Core, credential: string, challenge: Uint8Array): Promise<boolean> {
  const { queries, scope } = core.storage
  const taken = await queries
    .deleteFrom('challenge')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('challenge_hash', '=', secretHash('challenge', challenge))
    .where('pseudonym', '=', fromHex(credential))
    .where('expires_at', '>', core.clock.now())
    .returning('expires_at')
    .executeTakeFirst()
  return taken !== undefined
}

/** Forgets challenges that nobody answered. */
export async function forgetChallenges(core: Core): Promise<void> {
  const { queries, scope } = core.storage
  await queries
    .deleteFrom('challenge')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('expires_at', '<=', core.clock.now())
    .execute()
}

async function referenceOf(core: Core, queries: Queries, { person }: CredentialRow): Promise<Uint8Array | undefined> {
  const { tenant, site } = core.storage.scope
  const row = await queries
    .selectFrom('person')
    .select('reference')
    .where('tenant', '=', tenant)
    .where('site', '=', site)
    .where('person', '=', person)
    .executeTakeFirst()
  return row?.reference
}

/** The reader group's id of 16 bytes, made at the first start. */
export async function readerGroupId(core: Core): Promise<Uint8Array> {
  const { queries, scope } = core.storage
  const row = await queries
    .selectFrom('site')
    .select('reader_group')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .executeTakeFirstOrThrow()
  return row.reader_group
}

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return fromBase64url(text)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function codeRefused(): Refusal {
  return new Refusal(
    'code-refused',
    'this invitation is not good: it may be mistyped, used or too old. Ask for a new one',
  )
}
