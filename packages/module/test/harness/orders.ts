/** Envelopes in every order, each from the same beginning. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../../src/index.ts'
import type { Plant } from './plant.ts'
import { storeContents } from './store-digest.ts'

export interface OrdersOptions {
  readonly plant: Plant
  /** The module's database as it is now. */
  readonly database: () => Database
  readonly envelopes: readonly Uint8Array[]
  /** One order of so many is tried; prime to their number, so that no end is always the same. */
  readonly every: number
  /** What is asked of the module at the end of an order; otherwise what it has stored of the decision's state. */
  readonly ask?: () => Promise<string>
}

/** The states in which the orders end, without doubles: what decides and what the module holds, not how it came there. */
export async function endsOfOrders({
  plant,
  database,
  envelopes,
  every,
  ask,
}: OrdersOptions): Promise<readonly string[]> {
  const { link } = plant.surroundings
  link.down()
  const old = await plant.keyStore.list()
  await plant.module.stop()
  const files = (): readonly string[] => readdirSync(plant.folder).filter(name => name.startsWith('store.db'))
  const begin = new Map(files().map(name => [name, readFileSync(join(plant.folder, name))]))
  const ends = new Set<string>()
  for (const [i, order] of permutations(envelopes).entries()) {
    if (i % every !== 0) continue
    for (const name of files()) rmSync(join(plant.folder, name))
    for (const [name, bytes] of begin) writeFileSync(join(plant.folder, name), bytes)
    await plant.open()
    for (const envelope of order) {
      link.deliver(envelope)
      await plant.module.idle()
    }
    const answer = ask === undefined ? storeContents(database(), { tables: ['decision_state'] }) : await ask()
    ends.add(`${answer}\n${await endState(plant, database())}`)
    await plant.module.stop()
    for (const key of await plant.keyStore.list()) {
      if (!old.some(({ keyId, version }) => keyId === key.keyId && version === key.version))
        await plant.keyStore.destroy(key)
    }
  }
  await plant.open()
  return [...ends]
}

async function endState(plant: Plant, db: Database): Promise<string> {
  const tables = ['bundle', 'endings', 'marks']
  const keys = (await plant.keyStore.list()).map(({ purpose, version }) => `${purpose} ${version}`).sort()
  return `${storeContents(db, { tables })}\n${keys.join()}\n${JSON.stringify(plant.module.status().versions)}`
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items]
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map(rest => [item, ...rest]))
}
