/** Threats that a simulated plant shows better than a single module. */
import { decodeRecord } from '@edgeward/domain'
import { afterEach, expect, test } from 'vitest'
import type { ModuleNode } from './module-node.ts'
import type { DocumentTruth, Phone } from './phones.ts'
import { Plant } from './plant.ts'
import { codes } from './service/works.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** A works of two modules. */
const seed = 8
let plant: Plant
afterEach(() => plant.remove())

const node = (id: string): ModuleNode => plant.nodes.find(each => each.id === id) as ModuleNode
const phoneOf = (person: string): Phone => plant.phones.all.find(each => each.person === person) as Phone
const place = (what: string) => {
  const [asset = '', name = 'open'] = what.split('/')
  return { asset, function: name, side: 'in' } as const
}

/** What the record of a tap says. */
async function reasons(id: string, what: string, document: DocumentTruth | undefined, pin?: string): Promise<string> {
  await plant.tap([{ node: node(id), phone: phoneOf('ada'), document, place: place(what), ...(pin && { pin }) }])
  await plant.checked()
  for (const { bytes } of node(id).store.all('SELECT bytes FROM records ORDER BY number DESC LIMIT 6')) {
    const { kind, reasons: said = [] } = decodeRecord(bytes instanceof Uint8Array ? bytes : new Uint8Array())
    if (kind === 'decision') return said.join(' ')
  }
  return ''
}

/** Off, its clock turned, and on again. */
async function wakeWith(id: string, byMs: number, offMs = 1_000): Promise<void> {
  const which = node(id)
  await which.close()
  await plant.time.run(offMs)
  which.wallOffsetMs += byMs
  which.bury()
  which.monotonicOffsetMs = -plant.time.now()
  plant.known(which).wasOff((plant.time.now() - which.clockKeptAt) / 1_000, Math.max(0, byMs / 1_000))
  await plant.switchOn(which)
  await plant.time.run(200)
  await plant.checked()
}

test('T23: cut at every operation of a tap with a PIN, none has an output without record, a number twice or a free try', async () => {
  plant = await Plant.create({ seed })
  const { pin = '' } = codes.ada ?? {}
  const which = node('edge-2')
  const document = phoneOf('ada').documents.tank.at(-1)
  let cut = 0
  for (let isWhole = false; !isWhole; cut++) {
    // Past the lock of the tries that the cuts before have cost.
    plant.time.skip(16 * 60_000)
    await plant.time.run(0)
    await plant.checked()
    which.power.cutIn(cut)
    await plant.tap([{ node: which, phone: phoneOf('ada'), document, place: place('vault'), pin }])
    isWhole = which.power.isOn
    plant.isHealing = true
    await plant.reviveAll()
    await plant.checked()
  }
  expect(cut).toBeGreaterThan(40)
  expect(plant.counts.permits).toBeGreaterThan(0)
  await plant.time.run(60_000)
  await plant.checkedAtEnd()
})

test('T28: rules, blocks and commands doubled, reordered, altered, replayed and cut: none acts twice, and the newest holds in the end', async () => {
  plant = await Plant.create({ seed })
  const { chance, network } = plant
  network.badness = 70
  for (let round = 0; round < 25; round++) {
    plant.truth.change(new Set(chance.percent(50) ? ['gate-all', 'no-press', 'no-gate'] : ['no-press', 'no-gate']))
    const credential = chance.pick(['c-ada', 'c-ben'])
    plant.truth.say(credential, plant.truth.states().get(credential) === 'suspended' ? 'restore' : 'suspend')
    plant.command(plant.nodes, chance.pick(['lockdown', 'evacuation']), { on: 'site', active: chance.percent(50) }, 600)
    if (round % 4 === 0) chance.pick(plant.nodes).power.cutIn(chance.below(80))
    for (let times = 0; times < 8; times++) network.replay()
    await plant.time.run(chance.pick([100, 5_000, 20_000]))
    await plant.checked()
  }
  network.badness = 0
  plant.isHealing = true
  await plant.reviveAll()
  for (let round = 0; round < 60 && !plant.nodes.every(({ id }) => plant.service.isUpToDate(id)); round++)
    await plant.time.run(20_000)
  await plant.time.run(60_000)
  await plant.checkedAtEnd()
  expect(plant.network.faults).toBeGreaterThan(200)
})

test('T64: eight days back while running, over a restart, and the year 1970: what ran out stays out, the vault is shut, the way out works', async () => {
  const { pin = '' } = codes.ada ?? {}
  for (const [turn, runs] of [
    [-8 * dayMs, true],
    [-8 * dayMs, false],
    [-60 * 365 * dayMs, false],
  ] as const) {
    plant = await Plant.create({ seed })
    const old = { main: phoneOf('ada').documents.main.at(-1), tank: phoneOf('ada').documents.tank.at(-1) }
    plant.time.skip(7 * dayMs)
    await plant.time.run(61_000)
    await plant.renew(phoneOf('ada'))
    await plant.checked()
    const floors = plant.nodes.map(each => plant.known(each).floor)
    for (const { id } of plant.nodes) {
      plant.setNetwork(node(id), false)
      if (runs) node(id).wallOffsetMs += turn
      else await wakeWith(id, turn)
    }
    await plant.checked()
    expect(await reasons('edge-1', 'gate', old.main)).toMatch(/^expired/)
    expect(await reasons('edge-2', 'farm-gate', old.tank)).toMatch(/^expired/)
    const fresh = phoneOf('ada').documents.tank.at(-1)
    expect(await reasons('edge-2', 'vault', fresh, pin)).toMatch(/^clock-untrusted/)
    expect(plant.nodes.map(each => plant.known(each).floor)).toEqual(floors)
    // Replayed time sets nothing.
    for (let times = 0; times < 50; times++) plant.network.replay()
    await plant.time.run(1_000)
    expect(await reasons('edge-1', 'gate', old.main)).toMatch(/^expired/)
    plant.setNetwork(node('edge-1'), true)
    plant.command([node('edge-1')], 'evacuation', { on: 'site', active: true }, 3_600)
    await plant.time.run(65_000)
    await plant.checked()
    await plant.tap([{ node: node('edge-1'), phone: phoneOf('ada'), document: old.main, place: place('gate') }])
    await plant.checked()
    expect(plant.counts.permits).toBe(1)
    plant.remove()
  }
})

test('T65: ten years on by the network, a day on over a restart: nothing opens early, nothing ends early, the floor stays', async () => {
  for (const [turn, runs] of [
    [3_650 * dayMs, true],
    [30 * hourMs, false],
  ] as const) {
    plant = await Plant.create({ seed })
    const ada = phoneOf('ada')
    const wish = { group: 'main', issued: plant.now(), epoch: 1 } as const
    const early = await plant.phones.document(ada, { ...wish, notBefore: plant.now() + 4 * 3_600 })
    const short = await plant.phones.document(ada, { ...wish, notAfter: plant.now() + 12 * 3_600 })
    const floor = plant.known(node('edge-1')).floor
    plant.setNetwork(node('edge-1'), false)
    if (runs) node('edge-1').wallOffsetMs += turn
    else await wakeWith('edge-1', turn)
    expect(await reasons('edge-1', 'gate', early)).toMatch(/^not-yet-valid/)
    expect(await reasons('edge-1', 'gate', short)).toBe('permitted')
    expect(plant.known(node('edge-1')).floor).toBe(floor)
    plant.remove()
  }
})

test('T29: in whatever order rules, blocks, keys, time and a lockdown arrive, the lockdown is in force and everything is the newest', async () => {
  plant = await Plant.create({ seed })
  const which = node('edge-1')
  const document = phoneOf('ada').documents.main.at(-1)
  for (const order of orders(['policy-bundle', 'revocation-delta', 'key-package', 'command'] as const)) {
    plant.network.held = []
    plant.truth.change(new Set(['no-press', 'no-gate']))
    plant.truth.say('c-eve', plant.truth.states().get('c-eve') === 'suspended' ? 'restore' : 'suspend')
    await plant.keys.rollPinKey('main')
    plant.command([which], 'lockdown', { on: { asset: 'press' }, active: true }, 3_600)
    await plant.time.run(0)
    const held = plant.network.held.filter(({ module }) => module === 'edge-1')
    plant.network.held = undefined
    for (const type of order) {
      const envelope = held.find(({ bytes }) => plant.typeOf(bytes) === type)
      expect(envelope, type).toBeDefined()
      if (envelope !== undefined) plant.network.carry(envelope)
      await plant.time.run(50)
    }
    await plant.time.run(200)
    await plant.checked()
    expect(plant.service.isUpToDate('edge-1'), order.join(' ')).toBe(true)
    expect(await reasons('edge-1', 'press/operate', document, codes.ada?.pin), order.join(' ')).toMatch(/^lockdown/)
    plant.command([which], 'lockdown', { on: { asset: 'press' }, active: false }, 3_600)
    await plant.time.run(200)
    await plant.checked()
  }
})

function orders<T>(of: readonly T[]): readonly (readonly T[])[] {
  if (of.length < 2) return [of]
  return of.flatMap((first, i) => orders([...of.slice(0, i), ...of.slice(i + 1)]).map(rest => [first, ...rest]))
}
