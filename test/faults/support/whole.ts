/** What must hold after any fault, once the module runs again and the service has its records. */
import { expect } from 'vitest'
import type { Phone } from '../../../packages/module/test/harness/plant.ts'
import type { KillablePlant } from './killable-plant.ts'

/** At this door nothing but the credential is asked for. */
export const gate = { asset: 'gate', function: 'open' } as const

/** Nothing moved without a record or twice, every permit has one outcome, and the chain of records has no gap. */
export async function isWhole(plant: KillablePlant): Promise<void> {
  const records = await plant.takeRecords()
  expect(plant.faults).toEqual([])
  expect(plant.complete, 'no gap in the records').toBe(plant.received.size)
  const permits = records.filter(({ kind, decision }) => kind === 'decision' && decision === 'permit')
  const permitted = permits.map(({ decisionId }) => decisionId)
  expect(new Set(permitted).size).toBe(permitted.length)
  const { movements } = plant
  expect(permitted, 'no movement without a record').toEqual(expect.arrayContaining([...movements]))
  expect(new Set(movements).size, 'no movement twice').toBe(movements.length)
  const outcomes = records.filter(({ kind }) => kind === 'outcome').map(({ decisionId }) => decisionId)
  expect(outcomes.toSorted(), 'every permit has one outcome').toEqual(permitted.toSorted())
}

/** Somebody who may pass does, and it is recorded. */
export async function nextTapWorks(plant: KillablePlant, phone: Phone): Promise<void> {
  const moved = plant.movements.length
  expect(await plant.tap(phone, gate)).toMatchObject({ decision: 'permit' })
  expect(plant.movements).toHaveLength(moved + 1)
  await isWhole(plant)
}
