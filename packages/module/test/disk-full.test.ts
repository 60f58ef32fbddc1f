import { afterEach, expect, test } from 'vitest'
import type { Database, Row, SqlValue } from '../src/index.ts'
import type { Reserve } from '../src/store/reserve.ts'
import { ada, openGate, operate, Plant } from './harness/plant.ts'

/** A disk that says that it is full, as SQLite says it, as long as it is and the reserve is not given back. */
class FullDisk {
  isFull = false
  holds = false
  /** Transactions that were refused. */
  refused = 0
  readonly reserve: Reserve = {
    hold: () => {
      this.holds = !this.isFull
      return this.holds
    },
    free: () => {
      this.holds = false
    },
  }

  wrap(db: Database): Database {
    const refuse = (): void => {
      if (!this.isFull || !this.holds) return
      this.refused += 1
      throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
    }
    return {
      run: (sql: string, ...values: readonly SqlValue[]) => db.run(sql, ...values),
      get: (sql: string, ...values: readonly SqlValue[]): Row | undefined => db.get(sql, ...values),
      all: (sql: string, ...values: readonly SqlValue[]) => db.all(sql, ...values),
      transaction: work =>
        db.transaction(() => {
          const done = work()
          refuse()
          return done
        }),
      close: () => db.close(),
    }
  }
}

let plant: Plant
let disk: FullDisk
afterEach(() => plant.remove())

async function plantOnDisk(): Promise<void> {
  disk = new FullDisk()
  plant = await Plant.create({ wrapDatabase: db => disk.wrap(db), openReserve: () => disk.reserve })
}

const events = async (): Promise<readonly string[]> =>
  (await plant.records()).flatMap(({ event }) => (event === undefined ? [] : [event]))

test('a full disk denies with a record, and permits again when there is room', async () => {
  await plantOnDisk()
  const phone = await plant.phone(ada)
  disk.isFull = true
  const full = await plant.tap(phone, openGate)
  expect(full.display).toMatchObject({ decision: 'deny', family: 'module' })
  expect(full.record).toMatchObject({
    reasons: ['internal-error'],
    trace: [{ what: 'cause', value: 'ModuleError disk-full' }],
  })
  expect((await plant.tap(phone, openGate)).recordNumber).toBeGreaterThan(full.recordNumber ?? 0)
  expect(plant.surroundings.orders).toEqual([])
  expect(plant.module.status()).toMatchObject({ disk: 'full' })
  expect(plant.module.status().records.free).toBeLessThanOrEqual(1_000)
  expect(plant.warnings.filter(line => line.startsWith('disk-full '))).toHaveLength(1)
  disk.isFull = false
  expect((await plant.tap(phone, openGate)).display.decision).toBe('permit')
  expect(plant.module.status()).toMatchObject({ disk: 'ok' })
  expect(plant.module.status().records.free).toBeGreaterThan(90_000)
  expect((await events()).filter(event => event.startsWith('disk-'))).toEqual(['disk-full', 'disk-recovered'])
})

test('a disk that fills up between the order and its outcome keeps the outcome', async () => {
  await plantOnDisk()
  const phone = await plant.phone(ada)
  plant.surroundings.onMove = () => Object.assign(disk, { isFull: true })
  expect((await plant.tap(phone, openGate)).display.decision).toBe('permit')
  expect((await plant.records()).filter(({ kind }) => kind === 'outcome').map(({ outcome }) => outcome)).toEqual([
    'entered',
  ])
  expect(plant.module.status()).toMatchObject({ disk: 'full' })
})

test('R7: on a full disk no PIN is compared, and a disk that fills up at the try costs it', async () => {
  await plantOnDisk()
  const phone = await plant.phone(ada)
  disk.isFull = true
  // The first is charged, and denied before its order; the others are denied before the PIN.
  for (let i = 0; i < 4; i++) expect((await plant.tap(phone, operate('2580'))).display.decision).toBe('deny')
  disk.isFull = false
  const { record: second } = await plant.tap(phone, operate('0000'))
  const { record: third } = await plant.tap(phone, operate('1111'))
  expect([second, third].map(record => record?.reasons?.[0]?.split('(')[0])).toEqual(['factor-failed', 'factor-locked'])
})

test('envelopes take effect on a full disk, and the service has the records', async () => {
  await plantOnDisk()
  disk.isFull = true
  await plant.deliver(await plant.service.command('edge-1', 'lockdown', { on: 'vault', active: true }))
  const [answer] = (await plant.received('acknowledgement')).slice(-1)
  expect(answer).toMatchObject({ payload: { acknowledged: [{ type: 'command', result: 'done' }] } })
  expect(await events()).toContain('disk-full')
  const { acknowledged, last } = plant.module.status().records
  expect(acknowledged).toBe(last)
  const health = (await plant.received('health')).at(-1)
  expect(health?.type === 'health' && health.payload.freeRecords).toBeLessThanOrEqual(1_000)
})

test('what the records say of the disk outlives a restart, and is said once', async () => {
  await plantOnDisk()
  disk.isFull = true
  await plant.tap(await plant.phone(ada), openGate)
  await plant.reopen()
  expect(plant.module.status()).toMatchObject({ disk: 'full' })
  disk.isFull = false
  await plant.reopen()
  expect(plant.module.status()).toMatchObject({ disk: 'ok' })
  plant.surroundings.link.up()
  expect((await events()).filter(event => event.startsWith('disk-'))).toEqual(['disk-full', 'disk-recovered'])
})

test('T62: nine tenths of the room for records taken is said once, and once again when there is room', async () => {
  let db: Database | undefined
  plant = await Plant.create({ wrapDatabase: opened => (db = opened) })
  await plant.records()
  const { last } = plant.module.status().records
  const acknowledged = (number: number): void =>
    db?.run("UPDATE meta SET value = ? WHERE name = 'lastAcknowledged'", number)
  plant.surroundings.link.down()
  const said: string[] = []
  for (const waiting of [89_000, 90_000, 95_000, 85_000, 79_000, 85_000]) {
    acknowledged(last - waiting)
    plant.surroundings.timers.advance(60_000)
    await plant.module.idle()
    said.push(`${waiting} ${plant.module.status().records.fewFree}`)
  }
  expect(said).toEqual(['89000 false', '90000 true', '95000 true', '85000 true', '79000 false', '85000 false'])
  acknowledged(last)
  plant.surroundings.link.up()
  await plant.settle()
  expect((await events()).filter(event => /records-/.test(event))).toEqual(['few-records-free', 'records-free-again'])
})
