/** Clocks are set, and machines sleep for a week: what had ended stays so, what must go on goes on, and nobody storms. */
import { operations } from '@edgeward/service/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plant } from './support/plant.ts'
import { dayMs, hourMs, minuteMs } from './support/plant-time.ts'
import { until } from './support/until.ts'
import { withoutPermission, worksSite } from './support/works-site.ts'

let plant: Plant
beforeAll(async () => {
  plant = await Plant.start({ modules: ['edge-hall'] })
  await plant.enrol('ada', 'c-1')
  await plant.enrol('ben', 'c-2')
})
afterAll(() => plant.remove())

const hall = () => plant.module('edge-hall')
const decision = async (name: string): Promise<string> => {
  const { display, record } = await plant.tap(name, 'gate', 'open')
  return display.decision === 'permit' ? 'permit' : (record?.reasons?.join(' ') ?? 'none')
}
const quality = (): string => hall().module.status().clock.quality
const synchronised = () => until('the clock is set by the service', () => quality().startsWith('synchronised'))
const envelopesUp = async (): Promise<number> => {
  const [row] = (await plant.events({ module: 'edge-hall', limit: 1 })) as readonly { number: number }[]
  return row?.number ?? 0
}

test('T64: all clocks set back by two days: rules, documents and changes go on, and what had expired stays expired', async () => {
  plant.time.skip(8 * dayMs)
  await plant.phone('ada').refresh()
  expect(await decision('ada')).toBe('permit')
  // Ben's documents ended on the seventh day.
  expect(await decision('ben')).toMatch(/^expired/)
  plant.time.setBack(2 * dayMs)
  expect(await decision('ben')).toMatch(/^expired/)
  await plant.apply(withoutPermission('press-clean'))
  await plant.current()
  await plant.apply(worksSite)
  await plant.current()
  expect(await decision('ben')).toMatch(/^expired/)
  expect((await plant.health('edge-hall')).refused.total).toBe(0)
  plant.time.setBack(-2 * dayMs)
  await plant.phone('ben').refresh()
  expect(await decision('ben')).toBe('permit')
})

test.each([
  ['counts', false],
  ['does not count', true],
])(
  'T65: after a week asleep with a monotonic clock that %s, module, phone and service find together again',
  async (_what, monotonicSleeps) => {
    await plant.current()
    await plant.phone('ada').refresh()
    const { url } = await plant.call(operations.createLogInLink, {})
    expect(url).toContain('#')
    const before = await envelopesUp()

    plant.time.sleep(7 * dayMs + hourMs, { monotonicSleeps })
    // A clock that jumped while nothing counted is not believed before the service has said so (R5); else the document
    // of before has ended.
    if (!monotonicSleeps) expect(await decision('ada')).toMatch(/^expired/)
    await hall().restart()
    await hall().online()
    await synchronised()
    await plant.phone('ada').refresh()
    expect(await decision('ada')).toBe('permit')
    await plant.current()
    // A handful of records: the start, the clock, two taps. No storm of what fell due in a week.
    expect((await envelopesUp()) - before).toBeLessThan(15)
    const code = url.split('#')[1] ?? ''
    await expect(plant.call(operations.logIn, { code })).rejects.toMatchObject({ code: 'code-refused' })
  },
)

test('T82: a plant that sleeps for less than its autonomy without a service decides as before, and tells of it later', async () => {
  await plant.phone('ada').refresh()
  await plant.stopService()
  plant.time.skip(3 * dayMs)
  expect(await decision('ada')).toBe('permit')
  await plant.startService()
  await hall().online()
  await plant.current()
  expect((await plant.health('edge-hall')).records.gaps).toEqual([])
  plant.time.skip(minuteMs)
})
