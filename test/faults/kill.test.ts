/** A module is killed with -9 at every step that matters (`packages/module/src/fault-point.ts`) and started again. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ada, ben, type Phone } from '../../packages/module/test/harness/plant.ts'
import type { FaultPoint } from '../../packages/module/test/harness/stopping-fault-point.ts'
import { siteOf } from '../../packages/module/test/harness/test-site.ts'
import { bundle } from './support/bundle-child.ts'
import { KillablePlant, moduleId, World } from './support/killable-plant.ts'
import { type OnDisk, onDisk } from './support/on-disk.ts'
import { gate, isWhole, nextTapWorks } from './support/whole.ts'

const pressWithPin = { asset: 'press', function: 'operate', pin: ada.pin } as const
const pressWithWrongPin = { ...pressWithPin, pin: '0000' } as const

let folder: string
let world: World
/** A module with keys, time and rules, stopped in order: each test works on a copy. */
let ready: KillablePlant
let phone: Phone
let plant: KillablePlant | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-faults-'))
  world = await World.create(
    await bundle({ program: join(import.meta.dirname, 'support/module-child.ts'), into: folder }),
  )
  ready = KillablePlant.blank(world)
  await ready.module.call('start')
  await ready.commission()
  await ready.takeRecords()
  await ready.module.stop()
  phone = await world.phone(ada)
})
afterEach(() => plant?.end())
afterAll(() => {
  ready.remove()
  rmSync(folder, { recursive: true, force: true })
})

async function runningCopy(): Promise<KillablePlant> {
  plant = ready.copy()
  await plant.module.call('start')
  return plant
}

/** A kill in the middle of a tap with a PIN: how often something moved, and what the records say came of it. */
type InTap = readonly [moved: 0 | 1, outcome: 'none' | 'unknown' | 'session-started']

const inTap = {
  'tap-begun': [0, 'none'],
  'phone-proven': [0, 'none'],
  'document-read': [0, 'none'],
  'pin-try-due': [0, 'none'],
  'pin-try-committed': [0, 'none'],
  'pin-compared': [0, 'none'],
  decided: [0, 'none'],
  'decision-written': [0, 'none'],
  'decision-committed': [0, 'unknown'],
  'outcome-told': [1, 'unknown'],
  'outcome-written': [1, 'unknown'],
  'outcome-committed': [1, 'session-started'],
  'macs-made': [1, 'session-started'],
  'macs-committed': [1, 'session-started'],
  'sequence-taken': [1, 'session-started'],
  'envelope-sealed': [1, 'session-started'],
} as const satisfies Partial<Record<FaultPoint, InTap>>

test.each(Object.entries(inTap))(
  'T23: killed at %s of a tap: what moved has its record, and nothing moves twice',
  async (point, [moved, outcome]) => {
    const { module } = await runningCopy()
    const killed = plant as KillablePlant
    await killed.takeRecords()
    const before = killed.received.size
    await module.killAt(point as FaultPoint, () => killed.tap(phone, pressWithPin))
    await killed.restart()
    expect(killed.movements).toHaveLength(moved)
    await isWhole(killed)
    const outcomes = killed.records.slice(before).flatMap(({ outcome: came }) => (came === undefined ? [] : [came]))
    expect(outcomes).toEqual(outcome === 'none' ? [] : [outcome])
    await nextTapWorks(killed, phone)
  },
)

/** Whether a try counts that was begun before the kill: it does as soon as anything could be learnt from it. */
const tries = {
  'document-read': false,
  'pin-try-due': false,
  'pin-try-committed': true,
  'pin-compared': true,
  decided: true,
  'decision-written': true,
  'decision-committed': true,
} as const satisfies Partial<Record<FaultPoint, boolean>>

test.each(Object.entries(tries))(
  'T23: killed at %s with a wrong PIN, as often as there are tries: counted %s',
  async (point, counted) => {
    const killed = await runningCopy()
    for (let i = 0; i < 3; i++) {
      await killed.module.killAt(point as FaultPoint, () => killed.tap(phone, pressWithWrongPin))
      await killed.restart()
    }
    const { decision, reasons } = await killed.tap(phone, pressWithPin)
    expect(decision).toBe(counted ? 'deny' : 'permit')
    expect(reasons?.[0]).toMatch(counted ? /^factor-locked/ : /^permitted/)
    await isWhole(killed)
  },
)

/** What comes down in this plant, and how the records call its effect. */
const envelopes = {
  'policy-bundle': {
    make: () => world.service.bundle(moduleId, siteOf(), { version: 2, epoch: 2 }),
    event: 'bundle-applied',
  },
  'revocation-delta': {
    make: () =>
      world.service.seal(moduleId, 'revocation-delta', {
        base: 0,
        version: 1,
        entries: [{ credential: world.service.credential(ben.credential), action: 'revoke', until: null }],
      }),
    event: 'revocations-applied',
  },
  command: {
    make: () => world.service.command(moduleId, 'lockdown', { on: 'shed', active: true }),
    event: 'command-done',
  },
  'key-package': { make: () => keyPackage, event: 'keys-taken' },
} as const
/** The service makes a key version once. */
let keyPackage: Promise<Uint8Array>
beforeAll(() => {
  keyPackage = world.service.keyPackage(moduleId)
})

/** Whether the effect is there after a kill at this step. */
const inEnvelope = {
  'envelope-opened': false,
  'effect-computed': false,
  'effect-written': false,
  'effect-committed': true,
} as const satisfies Partial<Record<FaultPoint, boolean>>

const cases = Object.entries(envelopes).flatMap(([type, { make, event }]) =>
  Object.entries(inEnvelope).map(([point, done]) => ({ type, make, event, point: point as FaultPoint, done })),
)

test.each(cases)(
  'killed at $point of a $type: all of it or nothing, and sent again it acts once',
  async ({ make, event, point, done }) => {
    const killed = await runningCopy()
    const envelope = await make()
    const before = (await onDisk(ready.folder)).effects
    await killed.module.killAt(point, () => killed.deliver(envelope))
    const after = await onDisk(killed.folder)
    await sentAgainActsOnce(killed, { envelope, event })
    const end = await onDisk(killed.folder)
    expect(after.effects).toEqual(done ? end.effects : before)
    expect(end.effects).not.toEqual(before)
    await nextTapWorks(killed, phone)
  },
)

test('killed between the keys of a package and its mark: the same package comes again and changes nothing', async () => {
  const killed = await runningCopy()
  const envelope = await keyPackage
  const before = await onDisk(ready.folder)
  await killed.module.killAt('keys-taken', () => killed.deliver(envelope))
  const after = await onDisk(killed.folder)
  expect(after.effects).toEqual(before.effects)
  expect(pinKeys(before)).toEqual(['pin 1'])
  expect(pinKeys(after)).toEqual(['pin 1', 'pin 2'])
  await sentAgainActsOnce(killed, { envelope, event: 'keys-taken' })
  expect(pinKeys(await onDisk(killed.folder))).toEqual(['pin 1', 'pin 2'])
  expect((await killed.tap(phone, pressWithPin)).decision).toBe('permit')
  await nextTapWorks(killed, phone)
})

test('killed at any step of an acknowledgement of records: freed or kept, and never lost', async () => {
  for (const [point, done] of Object.entries(inEnvelope)) {
    const killed = await runningCopy()
    await killed.tap(phone, gate)
    await killed.listen()
    const entry = { type: 'audit-batch', version: killed.complete, sequence: 9n, result: 'done' } as const
    const acknowledgement = await world.service.seal(moduleId, 'acknowledgement', { acknowledged: [entry], heads: {} })
    const { acknowledged } = await killed.module.call('status')
    expect(acknowledged).toBeLessThan(killed.complete)
    await killed.module.killAt(point as FaultPoint, () => killed.deliver(acknowledgement))
    await killed.restart()
    const now = (await killed.module.call('status')).acknowledged
    expect(now, point).toBe(done ? entry.version : acknowledged)
    await nextTapWorks(killed, phone)
    await killed.end()
  }
})

const inCommissioning = ['package-kept', 'package-keys-taken', 'package-settled'] as const

test.each(inCommissioning)('killed at %s of its commissioning, a module belongs at the next start', async point => {
  // A site of its own: the service knows one module of a name.
  const killed = KillablePlant.blank(await World.create(world.program))
  plant = killed
  await killed.module.call('start')
  const request = Uint8Array.from(await killed.module.call('request'))
  const answer = await killed.world.service.commission(moduleId, request)
  await killed.module.killAt(point, () => killed.module.call('accept', answer))
  await killed.restart()
  expect(await killed.module.call('status')).toMatchObject({ commissioned: true })
  await killed.bringUpToDate()
  await nextTapWorks(killed, phone)
  const events = killed.records.map(({ event }) => event)
  expect(events.filter(event => event === 'commissioned')).toHaveLength(1)
})

const inLeaving = ['store-wiped', 'keys-destroyed'] as const

test.each(inLeaving)('killed at %s when it leaves its site, a module ends it at the next start', async point => {
  const killed = await runningCopy()
  await killed.module.killAt(point, () => killed.module.call('decommission'))
  const { effects, rows } = await onDisk(killed.folder)
  expect(effects).toMatchObject({ bundle: '', state: '', marks: '' })
  // The head of the chain that ended is kept for the next one.
  expect(rows).toEqual({ records: 0, orders: 0, trust: 1 })
  await killed.restart()
  expect(await killed.module.call('status')).toMatchObject({ commissioned: false })
  expect((await onDisk(killed.folder)).keys).toEqual([])
})

const inStart = ['start-begun', 'start-recovered'] as const

test.each(inStart)('T23: killed at %s after a kill in a tap: the outcome is told once', async point => {
  const killed = await runningCopy()
  await killed.module.killAt('outcome-told', () => killed.tap(phone, gate))
  await killed.module.kill()
  for (let i = 0; i < 2; i++) {
    killed.again()
    await killed.module.killAt(point, () => killed.module.call('start'))
  }
  await killed.restart()
  await isWhole(killed)
  expect(killed.records.filter(({ outcome }) => outcome === 'unknown')).toHaveLength(1)
  await nextTapWorks(killed, phone)
})

/** The steps that are for a full disk are passed in disk-full.test.ts. */
const tested: Readonly<Record<Exclude<FaultPoint, 'reserve-freed' | 'reserve-made'>, unknown>> = {
  ...inTap,
  ...tries,
  ...inEnvelope,
  'keys-taken': true,
  ...named(inCommissioning),
  ...named(inLeaving),
  ...named(inStart),
}

test('a module is killed at every step that has a name', () => {
  expect(Object.keys(tested).length).toBeGreaterThanOrEqual(8)
})

function named<Name extends string>(names: readonly Name[]): Readonly<Record<Name, true>> {
  return Object.fromEntries(names.map(name => [name, true])) as Record<Name, true>
}

/** The next process takes the same bytes, twice: answered as done, in force, and recorded as one event. */
async function sentAgainActsOnce(
  killed: KillablePlant,
  { envelope, event }: { readonly envelope: Uint8Array; readonly event: string },
): Promise<void> {
  const recorded = (): number => killed.records.filter(record => record.event === event).length
  const before = killed.records.filter(record => record.event === event).length
  await killed.restart()
  await killed.deliver(envelope)
  await killed.deliver(envelope)
  const answers = killed.acknowledgements.flatMap(({ acknowledged }) => acknowledged)
  expect(answers.slice(-2).map(({ result }) => result)).toEqual(['done', 'done'])
  await killed.takeRecords()
  expect(recorded() - before).toBe(1)
}

function pinKeys({ keys }: OnDisk): readonly string[] {
  return keys.filter(key => key.startsWith('pin '))
}
