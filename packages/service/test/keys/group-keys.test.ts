import { keyIdOf } from '@edgeward/keystore'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/api/operations.ts'
import { useDatabaseServer } from '../support/database.ts'
import { type Plant, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant
beforeAll(async () => {
  plant = await startPlant(server(), {
    site: `
edgeward: 1
site: { id: lab, timeZone: UTC }
areas: { hall: {} }
assets: { left: { in: hall, kind: door, failSafe: true } }
modules: { edge-a: { guards: [left] } }
people: { ada: { name: Ada, credentials: { c-1: { type: phone } } } }
`,
  })
})
afterAll(() => plant.stop())

const setPin = () => plant.call(operations.setPin, { person: 'ada', pin: '4711' })
/** Takes a key of the group out of the key store, as a damaged or exchanged one would lack it. */
async function lose(purpose: 'pin' | 'credential'): Promise<void> {
  const [{ site, party }] = (await plant.rows('select site, party from key_group')) as [{ site: Buffer; party: Buffer }]
  const key = await plant.keyStore.find(
    keyIdOf({ site: Uint8Array.from(site), purpose, subject: Uint8Array.from(party) }),
  )
  if (key === undefined) throw new Error(`there is no ${purpose} key`)
  await plant.keyStore.destroy(key)
}

test('T57: a key group of which the key store has lost a key gets no new one in silence: issuing refuses and says which', async () => {
  await setPin()
  const before = await plant.rows('select verifier from pin')
  await lose('pin')
  await expect(setPin()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/lacks the pin key of key group [0-9a-f]{16}/),
  })
  expect(await plant.rows('select verifier from pin')).toEqual(before)
})

test('T57: a service whose key store lacks a group’s key does not start, and names it', async () => {
  await expect(plant.restart()).rejects.toMatchObject({
    code: 'key-missing',
    message: expect.stringMatching(/lacks the pin key of key group/),
  })
})
