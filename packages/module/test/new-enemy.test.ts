/** Somebody is blocked, then his role is given something new: in whatever order that comes, he never gets it. */
import { afterEach, expect, test } from 'vitest'
import { ada, ben, openGate, Plant } from './harness/plant.ts'
import { siteOf, siteText } from './harness/test-site.ts'

let plant: Plant
afterEach(() => plant.remove())

const closed = siteOf(siteText.replace('who: [operator, cleaning], on: gate', 'who: cleaning, on: gate'))

/** All orders of all selections of a few things. */
function orders<T>(things: readonly T[]): readonly (readonly T[])[] {
  return [[], ...things.flatMap((thing, i) => orders(things.toSpliced(i, 1)).map(rest => [thing, ...rest]))]
}

test('T45: who was blocked before his role was given a door never opens it, whatever comes late, twice or not at all', async () => {
  const all = orders(['block', 'bundle of the block', 'new rule'] as const).filter(order => order.includes('new rule'))
  for (const [seed, order] of all.entries()) {
    plant = await Plant.create({ seed })
    const { service } = plant
    await plant.deliver(await service.bundle('edge-1', closed, { version: 2 }))
    const [adaPhone, benPhone] = [await plant.phone(ada), await plant.phone(ben)]
    const blocked = { revocationVersion: 1, epoch: 2, states: { 'c-2': 'revoked' } } as const
    const entries = [{ credential: service.credential('c-2'), action: 'revoke', until: null }] as const
    const envelopes = {
      block: await service.seal('edge-1', 'revocation-delta', { base: 0, version: 1, entries }),
      'bundle of the block': await service.bundle('edge-1', closed, { version: 3, ...blocked }),
      'new rule': await service.bundle('edge-1', plant.site, { version: 4, ...blocked }),
    }
    const opens = async (phone: typeof adaPhone): Promise<boolean> =>
      (await plant.tap(phone, openGate)).display.decision === 'permit'
    const what = order.join(', ')
    let isRuled = false
    for (const name of [...order, ...order.slice(0, 1)]) {
      await plant.deliver(envelopes[name])
      isRuled ||= name === 'new rule'
      expect(await opens(benPhone), what).toBe(false)
    }
    expect(await opens(adaPhone), what).toBe(isRuled)
    await plant.remove()
  }
})
