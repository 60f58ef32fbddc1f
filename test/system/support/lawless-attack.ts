/** Everything that somebody does at a broker without rules; the module goes on. Threat T33 */
import { expect } from 'vitest'
import { until } from '../../scenarios/support/until.ts'
import { type BrokerPlant, client, publishRaw } from './lawless-broker.ts'

/** Retained at each topic. */
const junkBytes = 256 * 1024
const restarts = 3

export async function attackThroughBroker(module: BrokerPlant, address: string): Promise<void> {
  const { party, plant } = module
  const anybody = { address, user: 'somebody', password: 'x' }
  const attacker = await client(anybody)
  const heard: { readonly topic: string; readonly payload: Uint8Array }[] = []
  attacker.on('message', (topic, payload) => heard.push({ topic, payload: Uint8Array.from(payload) }))
  for (const topic of ['#', '+/#', '$SYS/#']) await attacker.subscribeAsync(topic, { qos: 1 }).catch(() => undefined)
  await module.deliver(await plant.service.command('edge-1', 'lockdown', { on: { asset: 'press' }, active: true }))
  await until('the attacker hears of it', () => heard.some(({ topic }) => topic === `edgeward/${party}/down`))
  await until('the lockdown is in force', () => module.state().includes('press'))
  expect(await module.tapAndRecord()).toBe('permit')
  await until('the attacker hears the module', () => heard.some(({ topic }) => topic === `edgeward/${party}/up`))

  const [before, lasting] = [module.state(), module.state({ taps: false })]
  const count = module.refused
  // What he heard comes back: from either side, to either side, to topics that nobody has.
  const said = heard.filter(({ topic }) => topic.startsWith('edgeward/')).slice(0, 12)
  expect(said.length).toBeGreaterThan(2)
  for (const { payload } of said) {
    await attacker.publishAsync(`edgeward/${party}/down`, Buffer.from(payload), { qos: 1 })
    await attacker.publishAsync(`edgeward/${party}/up`, Buffer.from(payload), { qos: 1 })
  }
  const junk = Buffer.alloc(junkBytes, 0x81)
  for (const topic of [`edgeward/${party}/down`, `edgeward/${party}/up`, `edgeward/${party}`, 'edgeward']) {
    await attacker.publishAsync(topic, junk, { qos: 1, retain: true })
  }
  // Some brokers end the connection of whoever does this.
  const strange = [new Uint8Array(), Uint8Array.of(0xff, 0xfe), Uint8Array.of(0xed, 0xa0, 0x80), Buffer.from('$SYS/x')]
  for (const topic of strange) await publishRaw(address, topic, Uint8Array.of(1, 2, 3))
  await until('the module refuses', () => module.refused > count)
  await plant.module.idle()
  expect(module.state()).toBe(before)

  for (let i = 0; i < restarts; i++) {
    const refused = module.refused
    await module.restart()
    await until('what is retained comes and is refused', () => module.refused > refused)
    expect(await module.tapAndRecord()).toBe('permit')
  }

  // He takes the session of the module, whose name everybody can hear.
  const thief = await client(anybody, party)
  await thief.subscribeAsync(`edgeward/${party}/down`, { qos: 1 })
  await thief.endAsync(true)
  await module.online()
  expect(await module.tapAndRecord()).toBe('permit')

  await plant.module.idle()
  expect(module.state({ taps: false })).toBe(lasting)
  expect(module.refused).toBeGreaterThanOrEqual(count + restarts + 1)
  await attacker.endAsync(true)
}
