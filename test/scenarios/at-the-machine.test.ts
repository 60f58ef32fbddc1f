/** At a machine: PINs under duress and guessed, and a clock that somebody moves. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plant } from './support/plant.ts'
import { dayMs, hourMs, minuteMs } from './support/plant-time.ts'
import { until } from './support/until.ts'

const pins = {
  ada: { pin: '2580', duress: '9137' },
  ben: { pin: '4711' },
} as const
let plant: Plant
beforeAll(async () => {
  plant = await Plant.start()
  await plant.enrol('ada', 'c-1')
  await plant.enrol('ben', 'c-2')
  await plant.setPin('ada', pins.ada)
  await plant.setPin('ben', pins.ben)
  // The watch is a second credential of Ben's, with the same PIN.
  await plant.enrol('ben-watch', 'c-4')
})
afterAll(() => plant.remove())

/** What comes of a try to operate the press. */
const reasons = async (name: string, pin?: string): Promise<readonly string[] | undefined> =>
  (await plant.tap(name, 'press', 'operate', pin === undefined ? {} : { pin })).record?.reasons
/** What comes of a try to open a door. */
const opening = async (name: string, asset: 'gate' | 'vault'): Promise<readonly string[] | undefined> =>
  (await plant.tap(name, asset, 'open', name === 'ada' ? { pin: pins.ada.pin } : {})).record?.reasons
const quality = (): string => plant.module('edge-hall').module.status().clock.quality

test('people who tap at two modules at once, and at two readers of one, are all answered, each with one record', async () => {
  const taps = await Promise.all([
    plant.tap('ada', 'gate', 'open'),
    plant.tap('ben', 'vault', 'open', { pin: pins.ben.pin }),
    plant.tap('ben-watch', 'shed', 'open'),
  ])
  expect(taps.map(({ display }) => display.decision)).toEqual(['permit', 'permit', 'permit'])
  const ids = taps.map(({ display }) => display.decisionId)
  for (const id of ids) await plant.arrived(id)
  const decisions = (await plant.events()).filter(
    ({ kind, decisionId }) => kind === 'decision' && ids.includes(decisionId ?? ''),
  )
  expect(decisions.map(({ asset }) => asset?.id).toSorted()).toEqual(['gate', 'shed', 'vault'])
})

test('the PIN under duress looks like the other one from outside, and raises a silent alarm in the service', async () => {
  const normal = await plant.tap('ada', 'press', 'operate', { pin: pins.ada.pin })
  const duress = await plant.tap('ada', 'press', 'operate', { pin: pins.ada.duress })
  const { decisionId: first, ...shown } = normal.display
  const { decisionId: second, ...shownUnderDuress } = duress.display
  expect(shown).toEqual({ decision: 'permit', family: 'ok', text: 'Permitted' })
  expect(shownUnderDuress).toEqual(shown)
  expect(duress.phone).toEqual(normal.phone)
  expect(await duress.outcome).toBe(await normal.outcome)

  const [quiet, alarmed] = [await plant.arrived(first), await plant.arrived(second)]
  expect(quiet.obligations).not.toContain('silent-alarm(duress)')
  expect(alarmed.obligations).toContain('silent-alarm(duress)')
  expect(alarmed).toMatchObject({ decision: 'permit', by: 'press-operate', factors: { pin: 'ok' } })
})

test('T09: wrong PINs lock one credential, for all of the time, and a restart of the module gives no new tries', async () => {
  const hall = plant.module('edge-hall')
  expect(await reasons('ben')).toEqual(['factor-required(pin)'])
  expect(await reasons('ben', '0000')).toEqual(['factor-failed'])
  expect(await reasons('ben', '4712')).toEqual(['factor-failed'])
  await hall.restart()
  const locked = [expect.stringMatching(/^factor-locked\(/)]
  expect(await reasons('ben', '1147')).toEqual(locked)

  expect(await reasons('ben', pins.ben.pin)).toEqual(locked)
  await hall.restart()
  expect(await reasons('ben', pins.ben.pin)).toEqual(locked)
  // Not the person, and nobody else.
  expect(await reasons('ben-watch', pins.ben.pin)).toEqual(['permitted'])
  expect(await reasons('ada', pins.ada.pin)).toEqual(['permitted'])

  plant.time.skip(14 * minuteMs)
  expect(await reasons('ben', pins.ben.pin)).toEqual(locked)
  plant.time.skip(2 * minuteMs)
  expect(await reasons('ben', pins.ben.pin)).toEqual(['permitted'])
})

test('T09: a right PIN forgets the wrong ones before it', async () => {
  for (const pin of ['0000', '0001', pins.ben.pin, '0002', '0003']) await reasons('ben-watch', pin)
  expect(await reasons('ben-watch', pins.ben.pin)).toEqual(['permitted'])
})

test('T64: what has expired stays expired when the clock is turned back, and what can hurt is out of service', async () => {
  const hall = plant.module('edge-hall')
  expect(await opening('ada', 'vault')).toEqual(['permitted'])
  plant.time.skip(8 * dayMs)
  await plant.phone('ada').refresh()
  // Whatever the service sends raises the floor.
  await plant.current()
  const expired = [expect.stringMatching(/^expired\(2026-12-01T/)]
  expect(await opening('ben', 'gate')).toEqual(expired)

  await hall.unplug()
  hall.wallOffsetMs = -9 * dayMs
  expect(await opening('ben', 'gate')).toEqual(expired)
  expect(quality()).toBe('untrusted (simulated)')
  await hall.restart()
  expect(await opening('ben', 'gate')).toEqual(expired)
  expect(quality()).toBe('untrusted (simulated)')
  expect(await opening('ada', 'gate')).toEqual(['permitted'])
  expect(await opening('ada', 'vault')).toEqual(['clock-untrusted'])

  // Signed time with its own nonce sets it right, although the clock on the wall is as wrong as before.
  await hall.plugIn()
  await until('the clock is set', () => quality() === 'synchronised (simulated)')
  expect(await opening('ada', 'vault')).toEqual(['permitted'])
  expect(await opening('ben', 'gate')).toEqual(expired)
  const told = await until('the service hears of it', async () =>
    (await plant.events({ kind: 'clock' })).find(({ event }) => event === 'clock-not-believed'),
  )
  expect(told).toMatchObject({ module: 'edge-hall', clockQuality: 'untrusted' })
  hall.wallOffsetMs = 0
  await plant.current()
})

test('T65: a clock that is put forward ends nobody’s rights and begins none', async () => {
  const hall = plant.module('edge-hall')
  await until('the clock is set', () => quality() === 'synchronised (simulated)')
  await hall.unplug()
  expect(await opening('ada', 'gate')).toEqual(['permitted'])
  const before = Date.parse(hall.module.status().clock.now)
  hall.wallOffsetMs = 30 * dayMs
  expect(Date.parse(hall.module.status().clock.now) - before).toBeLessThan(hourMs)
  expect(await opening('ada', 'gate')).toEqual(['permitted'])
  expect(await opening('ada', 'vault')).toEqual(['clock-untrusted'])
  hall.wallOffsetMs = 0
  await hall.plugIn()
  await until('the clock is set', () => quality() === 'synchronised (simulated)')
})
