/** After a restore: what each module was known to have, when it was first heard of again, and whether it is ahead of us. */
import type { Health } from '@edgeward/keystore/seal'
import type { Core } from '../core.ts'
import { instantOrNull } from '../instants.ts'
import type { Queries } from '../storage/storage.ts'
import { allEffects } from '../sync/effects.ts'
import { typeNumbers } from '../sync/outbox.ts'
import type { Peer } from '../sync/peers.ts'

/** What the backup knows of a module: versions that it wanted there, and the last numbers by type. */
interface Before {
  readonly bundle: number
  readonly revocations: number
  readonly keyVersion: number
  readonly sequences: Readonly<Record<string, number>>
}

/** The last restore, as status shows it. */
export interface RestoreState {
  readonly at: string
  /** When the backup was taken; null: it is not known. */
  readonly takenAt: string | null
  /** Modules with what they have that the backup does not know. */
  readonly ahead: readonly { readonly module: string; readonly what: string }[]
  /** Commissioned modules that have not been heard of since. Nothing is sent to them until they have. */
  readonly unheard: readonly string[]
}

/** Writes down what the backup knows, before any number is raised. */
export async function noteModules(core: Core, queries: Queries, takenAt: string | null): Promise<void> {
  const { scope } = core.storage
  const effects = await allEffects(core, queries)
  const modules = await queries
    .selectFrom('module')
    .select(['module', 'party', 'key_version'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('commissioned_at', 'is not', null)
    .execute()
  await queries
    .deleteFrom('restored_module')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .execute()
  for (const { module, party, key_version: keyVersion } of modules) {
    const sequences = await queries
      .selectFrom('sequence')
      .select(['type', 'last'])
      .where('tenant', '=', scope.tenant)
      .where('site', '=', scope.site)
      .where('receiver', '=', party)
      .where('key_version', '=', keyVersion)
      .execute()
    const before: Before = {
      bundle: effects(module, 'policy-bundle').desired,
      revocations: effects(module, 'revocation-delta').desired,
      keyVersion,
      sequences: Object.fromEntries(sequences.map(({ type, last }) => [String(type), last])),
    }
    await queries
      .insertInto('restored_module')
      .values({
        ...scope,
        module,
        restored_at: core.clock.now(),
        taken_at: takenAt === null ? null : Date.parse(takenAt),
        before: JSON.stringify(before),
        heard_at: null,
        ahead: null,
      })
      .execute()
  }
}

/** Whether a module must be heard of before anything is sent to it. */
export async function awaitsModule(core: Core, module: string): Promise<boolean> {
  return (await unheard(core, module)) !== undefined
}

/**
 * The first health of a module since the restore. Returns what it has that the backup does not know; undefined:
 * nothing, or it was heard of before.
 */
export async function heardOf(core: Core, { module }: Peer, { heads, highest }: Health): Promise<string | undefined> {
  const row = await unheard(core, module)
  if (row === undefined) return undefined
  const before = row.before as Before
  const higher = [...(highest ?? [])].flatMap(([type, { version, sequence }]) => {
    const number = (typeNumbers as Readonly<Record<string, number>>)[type]
    // First packages of keys count over all versions, and by hand.
    if (number === undefined || type === 'key-package') return []
    const known = before.sequences[String(number)] ?? 0
    return version > before.keyVersion || (version === before.keyVersion && Number(sequence) > known)
      ? [`${type} number ${sequence}, known ${known}`]
      : []
  })
  const said = [
    ...above('rules', heads.bundle, before.bundle),
    ...above('blocks', heads.revocations, before.revocations),
    ...higher,
  ]
  const ahead = said.length === 0 ? undefined : said.join('; ')
  const { queries, scope } = core.storage
  await queries
    .updateTable('restored_module')
    .set({ heard_at: core.clock.now(), ahead: ahead ?? null })
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', module)
    .execute()
  return ahead
}

/** The last restore; null: none. */
export async function restoreState(core: Core): Promise<RestoreState | null> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('restored_module')
    .innerJoin('module', join =>
      join
        .onRef('module.tenant', '=', 'restored_module.tenant')
        .onRef('module.site', '=', 'restored_module.site')
        .onRef('module.module', '=', 'restored_module.module'),
    )
    .select([
      'restored_module.module',
      'restored_module.restored_at',
      'restored_module.taken_at',
      'restored_module.heard_at',
      'restored_module.ahead',
      'module.current',
    ])
    .where('restored_module.tenant', '=', scope.tenant)
    .where('restored_module.site', '=', scope.site)
    .orderBy('restored_module.module')
    .execute()
  const [first] = rows
  if (first === undefined) return null
  return {
    at: instantOrNull(first.restored_at) ?? '',
    takenAt: instantOrNull(first.taken_at),
    ahead: rows.flatMap(({ module, ahead }) => (ahead === null ? [] : [{ module, what: ahead }])),
    unheard: rows.filter(({ heard_at: heard, current }) => heard === null && current).map(({ module }) => module),
  }
}

function above(what: string, has: number | undefined, known: number): readonly string[] {
  return has !== undefined && has > known ? [`${what} version ${has}, known ${known}`] : []
}

async function unheard(core: Core, module: string): Promise<{ readonly before: unknown } | undefined> {
  const { queries, scope } = core.storage
  return queries
    .selectFrom('restored_module')
    .select('before')
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .where('module', '=', module)
    .where('heard_at', 'is', null)
    .executeTakeFirst()
}
