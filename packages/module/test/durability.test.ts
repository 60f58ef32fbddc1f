import type { KeyStore } from '@edgeward/keystore'
import { afterEach, expect, test } from 'vitest'
import type { ModulePorts } from '../src/ports.ts'
import { ada, coco, openGate, operate, Plant, start } from './harness/plant.ts'
import { FragileDatabase } from './harness/power-cut.ts'

let plant: Plant
afterEach(() => plant.remove())

/** The database of the module that was opened last. */
let disk: FragileDatabase
const fragile = {
  wrapDatabase: (db: ConstructorParameters<typeof FragileDatabase>[0]) => (disk = new FragileDatabase(db)),
}

/** How many commits one permitted tap takes, its outcome included. */
const commitsOfTap = 8

test('T23: cut at any commit, an output always has its record, and no number is used twice', async () => {
  const seen = new Set<string>()
  for (const when of ['before', 'after'] as const) {
    for (let cut = 1; cut <= commitsOfTap; cut++) {
      plant = await Plant.create(fragile)
      const phone = await plant.phone(ada)
      const recordAtMove: boolean[] = []
      plant.surroundings.onMove = ({ decisionId }) => recordAtMove.push(hasRecord(decisionId))
      Object.assign(disk, { when, cutAt: disk.commits + cut })
      const { display } = await plant.tapWithoutSettling(phone, operate('2580')).catch(() => ({ display: undefined }))
      const moved = plant.surroundings.orders.map(({ decisionId }) => decisionId)
      expect(recordAtMove, `${when} ${cut}`).toEqual(moved.map(() => true))

      await restart()
      const records = await plant.records()
      for (const id of moved)
        expect(records.some(record => record.kind === 'decision' && record.decisionId === id)).toBe(true)
      const outcomes = records.filter(({ kind }) => kind === 'outcome').map(({ outcome }) => outcome)
      const decisions = records.filter(({ kind, decision }) => kind === 'decision' && decision === 'permit')
      expect(outcomes.length, `${when} ${cut}: every permit has one outcome`).toBe(decisions.length)
      seen.add(`${display?.decision} moved ${moved.length} ${outcomes}`)
      await plant.remove()
    }
  }
  expect([...seen].toSorted()).toEqual([
    'deny moved 0 ',
    'deny moved 0 unknown',
    'permit moved 1 session-started',
    'permit moved 1 unknown',
  ])
  plant = await Plant.create()
})

test('R7: a cut between the PIN and the answer costs a try', async () => {
  plant = await Plant.create({
    ...fragile,
    wrapKeyStore: store => cutAtMac(store, () => Object.assign(disk, { isCut: true })),
  })
  const phone = await plant.phone(ada)
  for (let i = 0; i < 3; i++) {
    cutPower = true
    await plant.tapWithoutSettling(phone, operate('2580'))
    cutPower = false
    await restart()
  }
  expect((await plant.tap(phone, operate('2580'))).record?.reasons?.[0]).toMatch(/^factor-locked/)
})

test('T25: whatever port throws, the answer is no, the record has the cause, and the next tap works', async () => {
  const parts = ['context', 'contacts', 'position', 'panel', 'clock', 'actuator'] as const
  let broken: string | undefined
  plant = await Plant.create({ wrapPorts: ports => throwing(ports, name => name === broken) })
  const phone = await plant.phone(coco)
  for (const part of parts) {
    broken = part
    const { display, record, reports } = await plant.tapWithoutSettling(phone, openGate)
    broken = undefined
    await plant.settle()
    const shown = [display.decision, display.family, record?.reasons]
    if (part === 'actuator') {
      expect(shown, part).toEqual(['permit', 'module', ['permitted']])
      expect((await plant.records()).at(-1)).toMatchObject({ kind: 'outcome', outcome: 'actuator-failed' })
      expect(reports).toContainEqual({ type: 'reader-status', status: 0x0026 })
    } else {
      expect(shown, part).toEqual(['deny', 'module', ['internal-error']])
      expect(record?.trace, part).toEqual([{ what: 'cause', value: `Error ${part}-broken` }])
    }
    const orders = plant.surroundings.orders.length
    expect((await plant.tap(phone, openGate)).display.decision, `after ${part}`).toBe('permit')
    expect(plant.surroundings.orders).toHaveLength(orders + 1)
  }
})

test('T25: a display that throws takes nothing back', async () => {
  let broken = false
  plant = await Plant.create({
    wrapPorts: ports => ({
      ...ports,
      panel: {
        take: reader => ports.panel.take(reader),
        show(reader, display) {
          if (broken) throw new Error('dark')
          ports.panel.show(reader, display)
        },
      },
    }),
  })
  broken = true
  expect((await plant.tap(await plant.phone(ada), openGate)).display.decision).toBe('permit')
})

test('T25: a key store that hangs ends in a denial, and the decision that comes late changes nothing', async () => {
  let resume: () => void = () => undefined
  let hang = false
  plant = await Plant.create({
    wrapKeyStore: store =>
      withMac(store, async (key, data) => {
        if (hang && key.purpose === 'pin') await new Promise<void>(resolve => (resume = resolve))
        return store.mac(key, data)
      }),
  })
  const phone = await plant.phone(ada)
  hang = true
  const tap = plant.tapWithoutSettling(phone, operate('2580'))
  await turns()
  plant.surroundings.timers.advance(2_001)
  const { display, record } = await tap
  expect(display).toMatchObject({ decision: 'deny', family: 'module' })
  expect(record?.trace).toEqual([{ what: 'cause', value: 'TimeLimitError time-limit' }])
  hang = false
  resume()
  await plant.settle()
  expect(plant.surroundings.orders).toEqual([])
  const decisions = (await plant.records()).filter(({ decisionId }) => decisionId === display.decisionId)
  expect(decisions.map(each => each.decision)).toEqual(['deny'])
  expect((await plant.tap(phone, operate('2580'))).display.decision).toBe('permit')
})

test('a disk that takes nothing denies, shows it, and moves nothing', async () => {
  plant = await Plant.create(fragile)
  const phone = await plant.phone(ada)
  Object.assign(disk, { isCut: true })
  const { display, record } = await plant.tapWithoutSettling(phone, openGate)
  expect([display.decision, display.family, record]).toEqual(['deny', 'module', undefined])
  expect(plant.surroundings.orders).toEqual([])
  await restart()
})

test('no output without its record: a full store denies, and takes taps again once the service has the records', async () => {
  plant = await Plant.create(fragile)
  const phone = await plant.phone(ada)
  await plant.records()
  const { last } = plant.module.status().records
  disk.run("UPDATE meta SET value = ? WHERE name = 'lastAcknowledged'", last - 100_000 + 102)
  plant.surroundings.link.down()
  const decisions: string[] = []
  for (let i = 0; i < 3; i++) {
    const { display, record } = await plant.tap(phone, openGate)
    decisions.push(`${display.decision} ${display.family} ${record?.reasons?.[0]}`)
  }
  expect(decisions).toEqual(['permit ok permitted', 'deny module internal-error', 'deny module internal-error'])
  disk.run("UPDATE meta SET value = ? WHERE name = 'lastAcknowledged'", last)
  expect((await plant.tap(phone, openGate)).display.decision).toBe('permit')
  expect(plant.surroundings.orders).toHaveLength(2)
})

test('state survives a restart: quotas, sessions, the chain', async () => {
  plant = await Plant.create()
  plant.surroundings.context = { site: { 'machine.guard': { value: true, at: start } } }
  const phone = await plant.phone(coco)
  const clean = { asset: 'press', function: 'clean', side: 'in' } as const
  expect((await plant.tap(phone, clean)).record?.reasons).toEqual(['permitted'])
  await plant.reopen()
  expect((await plant.tap(phone, clean)).record?.reasons).toEqual(['quota-used'])
  plant.surroundings.link.up()
  const records = await plant.records()
  expect(records.filter(({ event }) => event === 'started')).toHaveLength(2)
})

test('an actuator that speaks twice, or after the end, changes nothing', async () => {
  plant = await Plant.create()
  await plant.tap(await plant.phone(ada), openGate)
  plant.surroundings.report?.('actuator-failed')
  plant.surroundings.report?.('session-ended')
  await plant.settle()
  const outcomes = (await plant.records()).filter(({ kind }) => kind === 'outcome')
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['entered'])
})

test('a session ends with a record of its own', async () => {
  plant = await Plant.create()
  await plant.tap(await plant.phone(ada), operate('2580'))
  plant.surroundings.report?.('session-ended')
  await plant.settle()
  const outcomes = (await plant.records()).filter(({ kind }) => kind === 'outcome')
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['session-started', 'session-ended'])
})

let cutPower = false
const cutAtMac = (store: KeyStore, cut: () => void): KeyStore =>
  withMac(store, async (key, data) => {
    if (cutPower && key.purpose === 'pin') cut()
    return store.mac(key, data)
  })

/** A key store with another `mac`. */
function withMac(store: KeyStore, mac: KeyStore['mac']): KeyStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'mac') return mac
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

function hasRecord(decisionId: string): boolean {
  return disk
    .all('SELECT bytes FROM records')
    .some(({ bytes }) => bytes instanceof Uint8Array && Buffer.from(bytes).includes(decisionId))
}

/** The process is gone without a word; a new one opens the folder. */
async function restart(): Promise<void> {
  disk.isCut = true
  await plant.reopen()
  plant.surroundings.link.up()
  await plant.settle()
}

async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise(resolve => setImmediate(resolve))
}

/** Ports that fail when asked to. */
function throwing(ports: ModulePorts, isBroken: (name: string) => boolean): ModulePorts {
  const guard = <T extends object>(name: string, port: T, methods: readonly string[]): T =>
    new Proxy(port, {
      get(target, member) {
        if (isBroken(name) && methods.includes(String(member))) {
          return () => {
            throw Object.assign(new Error('broken'), { code: `${name}-broken` })
          }
        }
        return Reflect.get(target, member)
      },
    })
  return {
    ...ports,
    context: guard('context', ports.context, ['snapshot']),
    contacts: guard('contacts', ports.contacts, ['snapshot']),
    position: guard('position', ports.position, ['latest']),
    panel: guard('panel', ports.panel, ['take']),
    actuator: guard('actuator', ports.actuator, ['act']),
    clock: { now: () => guard('clock', { now: () => ports.clock.now() }, ['now']).now() },
  }
}
