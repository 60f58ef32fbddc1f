/** What may happen in a step. Each action draws from the plant's chance alone. */

import type { ModuleNode } from './module-node.ts'
import { type DocumentTruth, type Phone, spoiled } from './phones.ts'
import type { Plant, TapWish } from './plant.ts'
import type { CommandTruth } from './service/service-model.ts'
import { asksForPin, codes, groupOf, people, places, switches } from './service/works.ts'
import { flipped } from './world/network.ts'
import type { OnAir } from './world/sim-field.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** How often each happens. */
const weights = {
  tap: 30,
  oddDocument: 8,
  twoTaps: 6,
  badAir: 5,
  wrongPin: 6,
  cut: 12,
  diskFault: 3,
  changeRules: 5,
  block: 4,
  command: 6,
  rollKey: 1,
  network: 5,
  replay: 5,
  junk: 2,
  clock: 3,
  wait: 14,
  sleep: 2,
  restart: 2,
  leave: 0.4,
  renew: 3,
  mood: 3,
  endSession: 3,
} as const
const tenths = Object.fromEntries(
  Object.entries(weights).map(([name, weight]) => [name, Math.round(weight * 10)]),
) as Record<keyof typeof weights, number>

export type ActionName = keyof typeof weights

/** One step: something happens, and whatever follows from it within its time. */
export async function act(plant: Plant): Promise<ActionName> {
  const name = plant.chance.weighted(tenths)
  await actions[name](plant)
  return name
}

const actions: Readonly<Record<ActionName, (plant: Plant) => Promise<void>>> = {
  tap: plant => onSome(plant, node => plant.tap([honestTap(plant, node)])),
  oddDocument: plant => onSome(plant, node => oddTap(plant, node)),
  twoTaps: plant =>
    onSome(plant, async node => {
      const other = plant.chance.percent(70) ? node : (plant.nodes.find(each => each !== node && isReady(each)) ?? node)
      await plant.tap([honestTap(plant, node), honestTap(plant, other)])
    }),
  badAir: plant => onSome(plant, node => plant.tap([{ ...honestTap(plant, node), onAir: badAir(plant) }])),
  wrongPin: plant => onSome(plant, node => wrongPins(plant, node)),
  cut: plant => onSome(plant, node => cut(plant, node)),
  diskFault: plant => onSome(plant, node => diskFault(plant, node)),
  changeRules,
  block,
  command,
  rollKey,
  network,
  async replay(plant) {
    for (let times = plant.chance.between(1, 4); times > 0; times--) plant.network.replay()
    await plant.time.run(100)
  },
  junk: plant => onSome(plant, node => junk(plant, node)),
  clock: plant => onSome(plant, node => moveClock(plant, node)),
  async wait(plant) {
    const ms = plant.chance.pick([200, 2_000, 20_000, 61_000, 120_000, 400_000])
    plant.trace.add(`${ms / 1_000} s pass`)
    await plant.time.run(ms)
  },
  sleep,
  restart: plant => onSome(plant, node => plant.restart(node)),
  leave: plant =>
    onSome(plant, async node => {
      await plant.decommission(node).catch((error: unknown) => {
        if (node.power.isOn && node.power.fault === undefined) throw error
      })
      await plant.time.run(plant.chance.between(0, 5_000))
      if (node.isOn) await plant.commission(node)
      await plant.time.run(10_000)
    }),
  async renew(plant) {
    const phone = plant.chance.pick(plant.phones.all)
    plant.trace.add(`${phone.person} renews`)
    await plant.renew(phone)
  },
  mood: plant =>
    onSome(plant, async node => {
      node.mood = plant.chance.pick(['reports', 'reports', 'late', 'silent', 'rejects', 'hangs'])
      node.link.hangs = plant.chance.percent(10)
      plant.trace.add(`${node.id}: the actuator ${node.mood}${node.link.hangs ? ', the link hangs' : ''}`)
    }),
  endSession: plant =>
    onSome(plant, async node => {
      const end = node.sessions.shift()
      if (end === undefined) return
      plant.trace.add(`${node.id}: a session ends`)
      end()
      await plant.time.run(100)
    }),
}

function isReady(node: ModuleNode): boolean {
  return node.isOn && node.isCommissioned && node.module.readers.length > 0
}

/** On one of the modules that run; when none does, a while passes. */
async function onSome(plant: Plant, work: (node: ModuleNode) => Promise<void>): Promise<void> {
  const ready = plant.nodes.filter(isReady)
  if (ready.length === 0) return plant.time.run(30_000)
  const node = plant.chance.pick(ready)
  node.context = plant.chance.percent(70)
    ? { site: { 'machine.guard': { value: plant.chance.percent(70), at: plant.now() } } }
    : {}
  return work(node)
}

/** Somebody with the newest document of his phone; mostly at something that he may do. */
function honestTap(plant: Plant, node: ModuleNode): TapWish {
  const { chance } = plant
  const phone = chance.pick(plant.phones.all)
  const place = chance.pick(places[node.id] ?? [])
  const document = phone.documents[groupOf[node.id] ?? 'main'].at(-1)
  return { node, phone, document, place, ...pinFor(plant, phone, place) }
}

function pinFor(plant: Plant, { person }: Phone, place: TapWish['place']): { pin?: string } {
  const { chance } = plant
  const code = codes[person]
  if (code === undefined || !(asksForPin.has(`${place.asset}/${place.function}`) || chance.percent(5))) return {}
  const kind = chance.weighted({ pin: 80, duress: 8, wrong: 8, none: 4 })
  if (kind === 'none') return {}
  return { pin: kind === 'wrong' ? chance.pick(['0000', '1', '12345678901', 'abcd', '2581']) : code[kind] }
}

async function oddTap(plant: Plant, node: ModuleNode): Promise<void> {
  const { chance } = plant
  const wish = honestTap(plant, node)
  const { phone } = wish
  const group = groupOf[node.id] ?? 'main'
  const kind = chance.pick(['old', 'expired', 'early', 'ofOther', 'spoiled', 'forged', 'otherGroup', 'none'] as const)
  plant.trace.add(`the next document is ${kind}`)
  const document = await oddDocument(plant, { kind, phone, group })
  await plant.tap([{ ...wish, document }])
}

async function oddDocument(
  plant: Plant,
  of: {
    readonly kind: 'old' | 'expired' | 'early' | 'ofOther' | 'spoiled' | 'forged' | 'otherGroup' | 'none'
    readonly phone: Phone
    readonly group: 'main' | 'tank'
  },
): Promise<DocumentTruth | undefined> {
  const { chance } = plant
  const { kind, phone, group } = of
  const [now, epoch] = [plant.now(), plant.truth.epoch]
  const newest = phone.documents[group].at(-1)
  switch (kind) {
    case 'old':
      return chance.pick(phone.documents[group])
    case 'expired':
      return plant.phones.document(phone, {
        group,
        issued: now - 8 * 86_400,
        epoch,
        notAfter: now - chance.below(7_200),
      })
    case 'early':
      return plant.phones.document(phone, { group, issued: now, epoch, notBefore: now + chance.between(60, 86_400) })
    case 'ofOther':
      return chance.pick(plant.phones.all.filter(other => other !== phone)).documents[group].at(-1)
    case 'spoiled':
      return newest && spoiled(newest, chance)
    case 'forged':
      return plant.phones.document(phone, { group, issued: now, epoch, forged: true })
    case 'otherGroup':
      return phone.documents[group === 'main' ? 'tank' : 'main'].at(-1)
    case 'none':
      return undefined
  }
}

/** Somebody tries codes until nothing is told any more. */
async function wrongPins(plant: Plant, node: ModuleNode): Promise<void> {
  const { chance } = plant
  const place = (places[node.id] ?? []).find(({ asset, function: name }) => asksForPin.has(`${asset}/${name}`))
  if (place === undefined) return plant.tap([honestTap(plant, node)])
  const phone = chance.pick(plant.phones.all)
  const document = phone.documents[groupOf[node.id] ?? 'main'].at(-1)
  for (let tries = chance.between(1, 6); tries > 0; tries--) {
    if (!isReady(node)) return
    const pin = chance.percent(75) ? `${chance.between(1_000, 9_999)}` : (codes[phone.person]?.pin ?? '')
    await plant.tap([{ node, phone, document, place, pin }])
  }
}

function badAir(plant: Plant): OnAir {
  const { chance } = plant
  const kind = chance.pick(['leave', 'lost', 'flip', 'junk'] as const)
  const at = chance.between(1, 14)
  plant.trace.add(`on the air: ${kind} at ${at}`)
  const junkBytes = randomBytes(plant, chance.between(0, 300))
  return (from, count, bytes) => {
    if (count < at) return 'pass'
    if (kind === 'leave' || kind === 'lost') return kind
    if (from === 'reader' && kind === 'junk') return 'pass'
    if (count > at) return 'pass'
    return kind === 'flip' ? flipped(bytes, chance) : junkBytes
  }
}

function randomBytes({ chance }: Plant, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => chance.below(256))
}

/** The power goes now, or in the middle of what comes. */
async function cut(plant: Plant, node: ModuleNode): Promise<void> {
  const { chance, trace } = plant
  if (chance.percent(10)) {
    node.cut()
    return
  }
  const operations = chance.below(chance.pick([12, 40, 120]))
  trace.add(`${node.id} will lose power in ${operations} operations`)
  node.power.cutIn(operations)
  if (chance.percent(70)) await plant.tap([honestTap(plant, node)])
  else await plant.time.run(chance.pick([100, 61_000]))
}

async function diskFault(plant: Plant, node: ModuleNode): Promise<void> {
  const { chance, trace } = plant
  const fault = chance.pick(['full', 'commit-fails', 'commit-lies'] as const)
  trace.add(`${node.id}: its disk is ${fault}`)
  node.power.fault = fault
  if (chance.percent(60)) await plant.tap([honestTap(plant, node)])
  else await plant.time.run(chance.pick([200, 61_000]))
  if (chance.percent(70)) node.power.fault = undefined
  await plant.time.run(200)
  node.power.fault = undefined
}

async function changeRules(plant: Plant): Promise<void> {
  const { chance, truth, trace } = plant
  for (let changes = chance.between(1, 2); changes > 0; changes--) {
    const rule = chance.pick(switches)
    if (!plant.off.delete(rule)) plant.off.add(rule)
  }
  if (chance.percent(15)) truth.epoch += 1
  const { version } = truth.change(plant.off)
  trace.add(`rules ${version}, epoch ${truth.epoch}, without ${[...plant.off].join(' ')}`)
  plant.tellAll()
  await plant.time.run(chance.pick([0, 20, 200]))
}

async function block(plant: Plant): Promise<void> {
  const { chance, truth, trace, time } = plant
  const credential = `c-${chance.pick(people)}`
  const state = truth.states().get(credential) ?? 'active'
  if (state === 'revoked') return
  const revoked = [...truth.states().values()].filter(each => each === 'revoked').length
  const action = state === 'suspended' ? 'restore' : revoked < 2 && chance.percent(30) ? 'revoke' : 'suspend'
  const until = action === 'suspend' && chance.percent(40) ? plant.now() + chance.pick([60, 600, 7_200]) : null
  truth.say(credential, action, until)
  trace.add(`${action} ${credential}${until === null ? '' : ` for ${until - plant.now()} s`}`)
  if (until !== null) {
    const { revocationVersion } = truth
    time.after((until - plant.now()) * 1_000, () => {
      // Somebody may have spoken of it since.
      const later = truth.revocations.slice(revocationVersion).some(entry => entry.credential === credential)
      if (!later) truth.say(credential, 'restore')
    })
  }
  plant.tellAll()
  await time.run(chance.pick([0, 20, 200]))
}

async function command(plant: Plant): Promise<void> {
  const { chance } = plant
  const verb = chance.weighted({ lockdown: 5, evacuation: 4, forgive: 1, order: 2 })
  const nodes = chance.percent(60) ? plant.nodes : [chance.pick(plant.nodes)]
  const seconds = chance.pick([120, 1_800, 7_200, 43_200])
  if (verb === 'forgive') plant.command(nodes, verb, { everyone: true }, seconds)
  else if (verb === 'order')
    plant.command(nodes, verb, { order: 'wo-1', state: chance.pick(['open', 'closed']) }, seconds)
  else {
    const targets: readonly CommandTruth['arguments']['on'][] = ['site', { asset: 'gate' }, { area: 'farm' }]
    plant.command(nodes, verb, { on: chance.pick(targets) ?? 'site', active: chance.percent(60) }, seconds)
  }
  await plant.time.run(chance.pick([0, 20, 200]))
}

async function rollKey(plant: Plant): Promise<void> {
  const group = plant.chance.pick(['main', 'tank'] as const)
  await plant.keys.rollPinKey(group)
  plant.trace.add(`the PIN key of ${group} has version ${plant.keys.pinVersions(group)}`)
  plant.tellAll()
  await plant.time.run(200)
}

async function network(plant: Plant): Promise<void> {
  const { chance, network: net, trace } = plant
  if (chance.percent(40)) {
    net.badness = chance.pick([0, 0, 10, 40, 80])
    trace.add(`of 100 envelopes ${net.badness} meet a fault`)
    return
  }
  const node = chance.pick(plant.nodes)
  plant.setNetwork(node, !node.hasNetwork)
  await plant.time.run(chance.pick([0, 100, 2_000]))
}

async function junk(plant: Plant, node: ModuleNode): Promise<void> {
  const bytes = randomBytes(plant, plant.chance.between(0, 400))
  plant.trace.add(`${node.id} is sent ${bytes.length} bytes of junk`)
  node.link.deliver(bytes)
  await plant.time.run(50)
}

async function moveClock(plant: Plant, node: ModuleNode): Promise<void> {
  const { chance, trace } = plant
  const byMs = chance.pick([2_000, -2_000, 200_000, -200_000, 290_000, -hourMs, hourMs, -8 * dayMs, dayMs, 365 * dayMs])
  node.wallOffsetMs += byMs
  trace.add(`${node.id}: its clock is moved by ${byMs / 1_000} s`)
  await plant.time.run(chance.pick([0, 1_000, 61_000]))
}

/** Hours or days in which nobody does anything; some clocks stop meanwhile. */
async function sleep(plant: Plant): Promise<void> {
  const { chance, trace, time } = plant
  const ms = chance.pick([hourMs, 8 * hourMs, 30 * hourMs, 7 * dayMs])
  trace.add(`everybody sleeps for ${ms / hourMs} h`)
  time.skip(ms)
  for (const node of plant.nodes) {
    if (!chance.percent(30)) continue
    trace.add(`${node.id}: what only counts stood still`)
    node.monotonicOffsetMs -= ms
    plant.known(node).wasOff(ms / 1_000, 0)
  }
  for (const phone of plant.phones.all) if (chance.percent(70)) await plant.renew(phone)
  await time.run(2_000)
}
