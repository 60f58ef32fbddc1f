import { afterEach, expect, test } from 'vitest'
import type { Database, Row, SqlValue } from '../src/index.ts'
import { ada, openGate, Plant, start } from './harness/plant.ts'

let plant: Plant
afterEach(() => plant.remove())

/** A disk whose next commit takes effect and reports an error all the same. */
class LyingDatabase implements Database {
  lies = false
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  run(sql: string, ...values: readonly SqlValue[]): void {
    this.#db.run(sql, ...values)
  }

  get(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#db.get(sql, ...values)
  }

  all(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    return this.#db.all(sql, ...values)
  }

  transaction<T>(work: () => T): T {
    const result = this.#db.transaction(work)
    if (this.lies) {
      this.lies = false
      throw new Error('input/output error')
    }
    return result
  }

  close(): void {
    this.#db.close()
  }
}

const reasonsOf = async (phone: Awaited<ReturnType<Plant['phone']>>) =>
  (await plant.tap(phone, openGate)).record?.reasons

test('T23: a commit that reports an error and took effect is in force, and nothing later takes it back', async () => {
  let disk: LyingDatabase | undefined
  plant = await Plant.create({ wrapDatabase: db => (disk = new LyingDatabase(db)) })
  const phone = await plant.phone(ada)
  const entries = [{ credential: plant.service.credential('c-1'), action: 'revoke', until: null }] as const
  const delta = await plant.service.seal('edge-1', 'revocation-delta', { base: 0, version: 1, entries })
  Object.assign(disk ?? {}, { lies: true })
  await plant.deliver(delta)
  // The same bytes come again and are told to be known: then they must hold, before a restart and behind it.
  await plant.deliver(delta)
  const answers = (await plant.received('acknowledgement')).flatMap(each =>
    each.type === 'acknowledgement' ? each.payload.acknowledged.map(({ result }) => result) : [],
  )
  expect(answers.slice(-2)).toEqual(['storage', 'done'])
  expect(await reasonsOf(phone)).toEqual(['revoked'])
  await plant.reopen()
  expect(await reasonsOf(phone)).toEqual(['revoked'])
})

test('T64: time that has passed under a clock that is not believed does not come back with a restart', async () => {
  plant = await Plant.create()
  const phone = await plant.phone({ ...ada, notAfter: start + 3_600 })
  const { surroundings } = plant
  surroundings.link.down()
  surroundings.wall.advance(365 * 86_400_000)
  expect(await reasonsOf(phone)).toEqual(['permitted'])
  surroundings.advance(7_200_000)
  expect(await reasonsOf(phone)).toEqual(['expired(2026-11-24T10:30:00Z)'])
  await plant.reopen()
  expect(await reasonsOf(phone)).toEqual(['expired(2026-11-24T10:30:00Z)'])
})
