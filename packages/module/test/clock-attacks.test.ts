/** Somebody has his hands on the clocks of a whole module: what opens then, and what does not. */
import { afterEach, expect, test } from 'vitest'
import { ada, type Phone, Plant, start } from './harness/plant.ts'
import { siteOf } from './harness/test-site.ts'

const hour = 3_600
const day = 24 * hour

/** A door of each criticality that one role may open. */
const site = siteOf(`
edgeward: 1
site: { id: works, name: Works, timeZone: Europe/Zurich }
areas: { hall: { name: Hall } }
assets:
${[1, 2, 3, 4]
  .map(
    level => `  level-${level}: { name: Door ${level}, in: hall, kind: door, criticality: ${level}, failSafe: true }`,
  )
  .join('\n')}
modules: { edge-1: { guards: [level-1, level-2, level-3, level-4] } }
roles: { operator: { name: Operators } }
people:
  ada: { name: Ada, roles: operator, credentials: { c-1: { type: phone } } }
permissions:
  - { id: all, who: operator, on: [level-1, level-2, level-3, level-4], may: open }
`)

let plant: Plant
afterEach(() => plant.remove())

const at = (level: number, side: 'in' | 'out' = 'in') =>
  ({ asset: `level-${level}`, function: 'open', side, pin: '2580' }) as const
const reasons = async (phone: Phone, level: number, side: 'in' | 'out' = 'in') =>
  (await plant.tap(phone, at(level, side))).record?.reasons
/** What the module decides with. */
const time = (): number => Date.parse(plant.module.status().clock.now) / 1_000
const alarms = async (): Promise<number> =>
  (await plant.records()).filter(({ event }) => event === 'clock-not-believed').length

/** Moves the wall clock while the module runs, or while it is off. */
type Attack = (plant: Plant) => Promise<void>
const running =
  (to: (nowMs: number) => number): Attack =>
  async ({ surroundings: { wall, timers } }) => {
    wall.set(to(wall.now()))
    timers.advance(60_000)
  }
const whileOff =
  (to: (nowMs: number) => number): Attack =>
  async victim => {
    await victim.module.stop()
    victim.surroundings.wall.set(to(victim.surroundings.wall.now()))
    victim.surroundings.monotonic.set(0)
    await victim.open()
    victim.surroundings.link.up()
  }
const oldSignedTime: Attack = async victim => {
  const old = await victim.service.command('edge-1', 'time', { nonce: new Uint8Array(16).fill(7), time: start })
  await running(ms => ms - 8 * day * 1_000)(victim)
  await victim.deliver(old)
}
const repeatedly =
  (times: number, attack: Attack): Attack =>
  async victim => {
    for (let i = 0; i < times; i++) await attack(victim)
  }

test.each<readonly [string, Attack]>([
  ['8 days back while running', running(ms => ms - 8 * day * 1_000)],
  ['8 days back over a restart', whileOff(ms => ms - 8 * day * 1_000)],
  ['a flat battery, 1970, while running', running(() => 0)],
  ['a flat battery, 1970, over a restart', whileOff(() => 0)],
  ['8 days back and old signed time again', oldSignedTime],
  [
    'back a little at each of many restarts',
    repeatedly(
      30,
      whileOff(ms => ms - hour * 1_000),
    ),
  ],
])('T64: %s: what expired stays so at every level, 3 and 4 are shut, the way out is free', async (_, attack) => {
  plant = await Plant.create({ site })
  const expired = await plant.phone({ ...ada, notAfter: start + hour })
  const good = await plant.phone({ ...ada, notBefore: start - 9 * day, notAfter: start + 7 * day })
  plant.surroundings.advance(2 * hour * 1_000)
  await plant.tap(good, at(1))
  const before = time()
  await attack(plant)
  for (const level of [1, 2, 3, 4]) {
    const why = (await reasons(expired, level)) ?? []
    expect(why.join(' '), `level ${level}`).toMatch(/^(expired\(|clock-untrusted)/)
    expect((await plant.tap(expired, at(level))).display.decision).toBe('deny')
  }
  for (const level of [1, 2]) {
    expect(await reasons(expired, level)).toEqual([expect.stringMatching(/^expired/)])
    expect(await reasons(good, level, 'out')).toEqual(['permitted'])
  }
  for (const level of [3, 4]) expect(await reasons(good, level)).toContain('clock-untrusted')
  expect(time()).toBeGreaterThanOrEqual(before)
  expect(await alarms()).toBe(1)
  expect(plant.module.status().clock.quality).toBe('untrusted (simulated)')
})

test.each<readonly [string, Attack, number]>([
  ['10 years on by network time', running(ms => ms + 10 * 365 * day * 1_000), 0],
  ['a day on over a restart', whileOff(ms => ms + day * 1_000), 0],
  ['10 years on over a restart', whileOff(ms => ms + 10 * 365 * day * 1_000), 0],
  [
    'a day on, in steps of 2 hours over restarts',
    repeatedly(
      12,
      whileOff(ms => ms + 2 * hour * 1_000),
    ),
    12 * hour,
  ],
])('T65: %s: nothing opens early, nothing ends early, the time stays, somebody is told', async (_, attack, most) => {
  plant = await Plant.create({ site })
  const tomorrow = await plant.phone({ ...ada, notBefore: start + 13 * hour, notAfter: start + 7 * day })
  const today = await plant.phone({ ...ada, notAfter: start + 18 * hour })
  await attack(plant)
  for (const level of [1, 2, 3, 4]) {
    const { display, record } = await plant.tap(tomorrow, at(level))
    expect([display.decision, record?.decision], `level ${level}`).toEqual(['deny', 'deny'])
  }
  for (const level of [1, 2]) {
    expect(await reasons(tomorrow, level)).toEqual([expect.stringMatching(/^not-yet-valid/)])
    expect((await reasons(today, level))?.[0], `level ${level}`).toMatch(
      level === 1 ? /^permitted/ : /^(permitted|factor)/,
    )
  }
  for (const level of [3, 4]) expect(await reasons(today, level)).toContain('clock-untrusted')
  expect(time() - start).toBeLessThanOrEqual(most + 300)
  expect(await alarms()).toBe(1)
  expect(plant.module.status().clock.quality).not.toMatch(/^synchronised|^drifting/)
  // Signed time with the module's own nonce sets it right, whatever the clock on the wall says.
  plant.surroundings.timers.advance(60_000)
  await plant.settle()
  await plant.setTime()
  expect(plant.module.status().clock.quality).toBe('synchronised (simulated)')
  expect(time() - start).toBeLessThan(60)
})
