/** PINs: a MAC for each credential and key group, never the digits (R7). keys.md §6 */
import { concat, utf8 } from '@edgeward/base'
import type { Actor } from '../actor.ts'
import type { PinRequest, PinSet } from '../api/issuing.ts'
import { recordAct } from '../audit/act.ts'
import type { Core } from '../core.ts'
import type { GroupKeys } from '../keys/roots.ts'
import { Refusal } from '../refusal.ts'
import type { Queries } from '../storage/storage.ts'
import { duressFault } from './fit-duress.ts'
import { type CredentialRow, findHolder, keyGroupsOf } from './holders.ts'

const label = utf8('edgeward/pin/1\0')

/** Sets the PIN of all credentials of a person. Refuses with `pin-refused` a duress PIN that is too near. */
export async function setPin(core: Core, actor: Actor, person: string, { pin, duress }: PinRequest): Promise<PinSet> {
  const near = duress === undefined ? undefined : duressFault(pin, duress)
  if (near !== undefined) {
    throw new Refusal(
      'pin-refused',
      'the duress PIN is too near to the PIN: it would be typed by mistake, or guessed',
      { fault: near },
    )
  }
  const site = await core.sites.required()
  const holder = await findHolder(core, site, person)
  const credentials = holder.credentials.filter(({ state }) => state !== 'revoked')
  const groups = await Promise.all(keyGroupsOf(site).map(group => core.roots.group(group)))
  const rows = await Promise.all(
    credentials.flatMap(credential => groups.flatMap(keys => verifiers(core, { credential, keys, pin, duress }))),
  )
  await core.storage.transaction(async queries => {
    await forget(core, queries, credentials)
    if (rows.length > 0) {
      await queries
        .insertInto('pin')
        .values(rows.map(row => ({ ...core.storage.scope, ...row })))
        .execute()
    }
    const detail = { credentials: String(credentials.length), duress: duress === undefined ? 'no' : 'yes' }
    await recordAct(core, queries, { actor, event: 'pin-set', detail, person: holder.reference })
  })
  core.feed.added()
  return {
    person: { id: holder.id, name: holder.person.name },
    credentials: credentials.map(({ credential }) => credential),
  }
}

interface ToVerify {
  readonly credential: CredentialRow
  readonly keys: GroupKeys
  readonly pin: string
  readonly duress: string | undefined
}

function verifiers(core: Core, { credential, keys, pin, duress }: ToVerify) {
  const row = async (kind: 'normal' | 'duress', digits: string) => ({
    pseudonym: credential.pseudonym,
    key_group: keys.party,
    kind,
    key_version: keys.pin.version,
    verifier: await core.keyStore.mac(keys.pin, concat(label, credential.pseudonym, utf8(digits))),
    set_at: core.clock.now(),
  })
  return [row('normal', pin), ...(duress === undefined ? [] : [row('duress', duress)])]
}

async function forget(core: Core, queries: Queries, credentials: readonly CredentialRow[]): Promise<void> {
  const { scope } = core.storage
  for (const { pseudonym } of credentials) {
    await queries
      .deleteFrom('pin')
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('pseudonym', '=', pseudonym)
      .execute()
  }
}
