/** PINs at a machine: under duress, guessed, and after a restart. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plant } from './support/plant.ts'
import { minuteMs } from './support/plant-time.ts'

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

const reasons = async (name: string, pin?: string): Promise<readonly string[] | undefined> =>
  (await plant.tap(name, 'press', 'operate', pin === undefined ? {} : { pin })).record?.reasons

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
