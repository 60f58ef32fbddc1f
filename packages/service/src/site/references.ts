/** References and pseudonyms of everybody in a site file, and the states of their credentials. */
import type { Site } from '@edgeward/domain'
import { type Actor, actorName } from '../actor.ts'
import type { Core } from '../core.ts'
import type { Queries } from '../storage/storage.ts'
import { holders } from './subjects.ts'

const referenceBytes = 16
const pseudonymBytes = 8
const rowsAStatement = 1_000

/** A change of a credential's state that modules must hear of. Numbers of envelope.md §3: revoke, suspend, restore. */
export interface StateChange {
  readonly pseudonym: Uint8Array
  readonly action: 1 | 2 | 3
}

type State = 'active' | 'suspended' | 'revoked'
const actionOf: Readonly<Record<State, 1 | 2 | 3>> = { revoked: 1, suspended: 2, active: 3 }

/** Makes references for whoever is new; they are kept for ever. */
export async function referPeople(core: Core, queries: Queries, site: Site): Promise<void> {
  const { scope } = core.storage
  const rows = await queries
    .selectFrom('person')
    .select('person')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  const known = new Set(rows.map(({ person }) => person))
  const fresh = holders(site)
    .filter(([id]) => !known.has(id))
    .map(([person]) => ({ ...scope, person, reference: core.random.bytes(referenceBytes) }))
  await inChunks(fresh, chunk => queries.insertInto('person').values(chunk).execute())
}

interface FileCredential {
  readonly credential: string
  readonly person: string
  readonly state: State
}

interface KnownCredential {
  readonly pseudonym: Uint8Array
  readonly credential: string
  readonly person: string
  readonly state: State
}

/**
 * Makes pseudonyms for new credentials and brings states to what the file says. What was revoked stays revoked; what
 * the file no longer has is suspended until it has it again; an id that now means somebody else gets a new pseudonym,
 * and the old one is revoked.
 */
export async function stateCredentials(
  core: Core,
  queries: Queries,
  site: Site,
  actor: Actor,
): Promise<readonly StateChange[]> {
  const known = await currentCredentials(core, queries)
  const said: readonly FileCredential[] = holders(site).flatMap(([person, { credentials }]) =>
    Object.entries(credentials).map(([credential, { state }]) => ({ credential, person, state })),
  )
  const { fresh, given, moved } = compareCredentials(known, said)
  const by = { actor: actorName(actor), at: core.clock.now() }
  for (const { credential, to } of moved)
    await setState(core, queries, {
      ...by,
      credential,
      to,
      reason: reasonOf(to),
      current: to !== 'revoked-for-another',
    })
  const rows = fresh.map(({ credential, person, state }) => ({
    ...core.storage.scope,
    pseudonym: core.random.bytes(pseudonymBytes),
    credential,
    person,
    current: true,
    public_key: null,
    thumbprint: null,
    enrolled_at: null,
    documents_until: null,
    state,
    state_by: 'file' as const,
    state_reason: reasonOf(state),
    state_actor: by.actor,
    state_at: by.at,
  }))
  await inChunks(rows, chunk => queries.insertInto('credential').values(chunk).execute())
  return [
    ...given.map(({ pseudonym, action }) => ({ pseudonym, action })),
    ...rows
      .filter(({ state }) => state !== 'active')
      .map(({ pseudonym, state }) => ({ pseudonym, action: actionOf[state] })),
  ]
}

type Target = State | 'suspended-missing' | 'revoked-for-another'

interface Comparison {
  readonly fresh: readonly FileCredential[]
  readonly given: readonly StateChange[]
  readonly moved: readonly { readonly credential: KnownCredential; readonly to: Target }[]
}

/** Pure: what the file changes about known credentials, and which are new. */
export function compareCredentials(known: readonly KnownCredential[], said: readonly FileCredential[]): Comparison {
  const inFile = new Map(said.map(entry => [entry.credential, entry]))
  const kept = new Set<string>()
  const moved: { credential: KnownCredential; to: Target }[] = []
  for (const credential of known) {
    const entry = inFile.get(credential.credential)
    if (entry?.person === credential.person) kept.add(credential.credential)
    const to = targetOf(credential, entry)
    if (to !== undefined) moved.push({ credential, to })
  }
  const given = moved
    .filter(({ credential, to }) => stateOf(to) !== credential.state)
    .map(({ credential, to }) => ({ pseudonym: credential.pseudonym, action: actionOf[stateOf(to)] }))
  return { fresh: said.filter(({ credential }) => !kept.has(credential)), given, moved }
}

/** Undefined: as it is. */
function targetOf(known: KnownCredential, entry: FileCredential | undefined): Target | undefined {
  if (entry !== undefined && entry.person !== known.person) return 'revoked-for-another'
  if (known.state === 'revoked') return undefined
  if (entry === undefined) return known.state === 'suspended' ? undefined : 'suspended-missing'
  return entry.state === known.state ? undefined : entry.state
}

function stateOf(target: Target): State {
  if (target === 'suspended-missing') return 'suspended'
  return target === 'revoked-for-another' ? 'revoked' : target
}

function reasonOf(target: Target): string {
  if (target === 'suspended-missing') return 'no longer in the site file'
  return target === 'revoked-for-another' ? 'its id went to somebody else' : 'as the site file says'
}

async function currentCredentials(core: Core, queries: Queries): Promise<readonly KnownCredential[]> {
  const { scope } = core.storage
  return queries
    .selectFrom('credential')
    .select(['pseudonym', 'credential', 'person', 'state'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('current', '=', true)
    .execute()
}

async function setState(
  core: Core,
  queries: Queries,
  change: {
    readonly credential: KnownCredential
    readonly to: Target
    readonly reason: string
    readonly actor: string
    readonly at: number
    readonly current: boolean
  },
): Promise<void> {
  const { scope } = core.storage
  await queries
    .updateTable('credential')
    .set({
      state: stateOf(change.to),
      state_by: 'file',
      state_reason: change.reason,
      state_actor: change.actor,
      state_at: change.at,
      current: change.current,
    })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('pseudonym', '=', change.credential.pseudonym)
    .execute()
}

async function inChunks<Row>(rows: readonly Row[], insert: (chunk: readonly Row[]) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < rows.length; i += rowsAStatement) await insert(rows.slice(i, i + rowsAStatement))
}
