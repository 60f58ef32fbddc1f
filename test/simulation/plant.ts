/** A works in one process: modules, phones, a service and the network between them, all of it from one seed. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom, toHex } from '@edgeward/base'
import type { ActuatorOrder, Selection } from '@edgeward/module/ports'
import { layOutMailbox, runDevice } from '@edgeward/transponder/aliro'
import { type Breakage, sound } from './breakage.ts'
import { allInvariants } from './invariants/index.ts'
import type { Invariant, TapTruth, View } from './invariants/invariant.ts'
import { Chance } from './kernel/chance.ts'
import { SimTime } from './kernel/sim-time.ts'
import { Trace } from './kernel/trace.ts'
import { Known } from './known.ts'
import { isPowerCut, ModuleNode } from './module-node.ts'
import { type DocumentTruth, type Phone, Phones } from './phones.ts'
import { ServiceKeys } from './service/service-keys.ts'
import { type CommandTruth, type CommandVerb, type Sent, ServiceModel, shownCommand } from './service/service-model.ts'
import { Truth } from './service/truth.ts'
import { codes, people } from './service/works.ts'
import { Network, type Recorded } from './world/network.ts'
import { type OnAir, SimField } from './world/sim-field.ts'

/** Tue 24 Nov 2026, 10:30 in Zurich. */
const startMs = Date.UTC(2026, 10, 24, 9, 30)
const lookAfterMs = 10_000
/** A tap that takes longer than this has hung. */
const longestTapMs = 20_000
const dayMs = 86_400_000

export interface Violation {
  readonly invariant: string
  readonly clause: string
  readonly module: string
  readonly what: string
}

/** A run is over because something did not hold. */
export class Violated extends Error {
  override name = 'Violated'
  /** The first of them. */
  readonly violation: Violation
  readonly all: readonly Violation[]
  constructor(violation: Violation, all: readonly Violation[]) {
    super(`${violation.invariant} (${violation.clause}): ${violation.module}: ${violation.what}`)
    this.violation = violation
    this.all = all
  }
}

export interface PlantOptions {
  readonly seed: number
  readonly breakage?: Breakage
  readonly tell?: (line: string) => void
}

export interface TapWish {
  readonly node: ModuleNode
  readonly phone: Phone
  readonly document: DocumentTruth | undefined
  readonly place: TapTruth['place']
  readonly pin?: string
  readonly onAir?: OnAir
}

interface TapRun {
  readonly truth: TapTruth
  isDone: boolean
}

export interface Counts {
  taps: number
  permits: number
  cuts: number
  restarts: number
  envelopes: number
  networkFaults: number
}

export class Plant implements View {
  readonly chance: Chance
  readonly time = new SimTime(startMs)
  readonly trace: Trace
  readonly nodes: ModuleNode[] = []
  readonly commands = new Map<string, CommandTruth>()
  readonly counts: Counts = { taps: 0, permits: 0, cuts: 0, restarts: 0, envelopes: 0, networkFaults: 0 }
  network: Network
  keys: ServiceKeys
  truth: Truth
  service: ServiceModel
  phones: Phones
  off: Set<string> = new Set(['no-press', 'no-gate'])
  readonly violations: Violation[] = []
  /** While everything heals nothing new goes wrong. */
  isHealing = false
  readonly #options: PlantOptions
  readonly #folder: string
  readonly #invariants: readonly Invariant[]
  readonly #known = new Map<ModuleNode, Known>()
  readonly #sent = new WeakMap<Uint8Array, { readonly module: string; readonly sent: Sent }>()
  #taps: TapTruth[] = []
  /** Machines that are off, and what switches them on. */
  readonly #off = new Map<ModuleNode, () => void>()
  #serial = 0
  #stepStart = 0
  #serviceWork: Promise<void> = Promise.resolve()
  readonly #deviceRandom: SeededRandom

  private constructor(options: PlantOptions, parts: { keys: ServiceKeys; phones: Phones; chance: Chance }) {
    const { chance, keys } = parts
    this.#options = options
    this.chance = chance
    this.keys = keys
    this.phones = parts.phones
    this.trace = new Trace(() => (this.time.now() - startMs) / 1_000, options.tell)
    this.#folder = mkdtempSync(join(tmpdir(), 'edgeward-simulation-'))
    this.#deviceRandom = new SeededRandom(chance.seed())
    this.truth = new Truth(keys)
    const count = chance.between(2, 4)
    const ids = ['edge-1', 'edge-2', 'edge-3', 'edge-4'].slice(0, count)
    this.network = new Network({
      time: this.time,
      chance: new Chance(chance.seed()),
      trace: this.trace,
      modules: ids,
      deliver: (envelope, isAltered) => this.#deliver(envelope, isAltered),
    })
    this.service = new ServiceModel({
      keys,
      truth: this.truth,
      clock: this.time,
      send: (module, envelope, sent) => this.#sendDown(module, envelope, sent),
      alarm: (module, what) =>
        this.violate('an honest module raises no alarm', 'envelope.md §6; log.md §5', module, what),
      onBatch: (module, { first, last }, outcome) => {
        const { result, complete } = outcome
        this.trace.add(`service takes ${first} to ${last} of ${module}: ${result}, has all up to ${complete}`)
      },
    })
    this.#invariants = allInvariants.map(make => make(this))
    for (const id of ids) this.nodes.push(this.#newNode(id))
  }

  static async create(options: PlantOptions): Promise<Plant> {
    const chance = new Chance(options.seed)
    const keys = await ServiceKeys.create(chance.seed())
    const phones = await Phones.create(keys, chance.seed())
    const plant = new Plant(options, { keys, phones, chance })
    for (const person of people) await plant.phones.add(person)
    for (const phone of plant.phones.all) await plant.renew(phone)
    for (const node of plant.nodes) {
      await plant.switchOn(node)
      // Modules come one after the other, so that they differ.
      await plant.time.run(chance.between(100, 5_000))
    }
    plant.#lookAfter()
    await plant.time.run(15_000)
    await plant.checked()
    return plant
  }

  now(): number {
    return Math.floor(this.time.now() / 1_000)
  }

  stepStart(): number {
    return this.#stepStart
  }

  known(node: ModuleNode): Known {
    let known = this.#known.get(node)
    if (known === undefined) {
      known = new Known(this.truth, this.keys)
      this.#known.set(node, known)
    }
    return known
  }

  /** What the service has sent as these bytes. */
  typeOf(bytes: Uint8Array): string | undefined {
    return this.#sent.get(bytes)?.sent.type
  }

  /** Notes what is wrong; the first thing counts. */
  violate(invariant: string, clause: string, module: string, what: string): void {
    this.violations.push({ invariant, clause, module, what })
    this.trace.add(`VIOLATED ${invariant}: ${module}: ${what}`)
  }

  remove(): void {
    for (const node of this.nodes) node.cut()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** What follows happened after this instant. */
  stepBegins(): void {
    this.#stepStart = this.now()
  }

  /** Looks at everything after a step. Throws Violated. */
  async checked(): Promise<void> {
    for (const node of this.nodes) {
      node.lookAnew()
      this.#scan(node)
      this.#ask(node, invariant => invariant.stepped?.(node))
      this.known(node).settle()
      if (!node.isOn || !node.isCommissioned) continue
      const { now, quality } = node.status().clock
      this.known(node).believes(Date.parse(now) / 1_000, this.now(), !quality.startsWith('untrusted'))
    }
    this.stepBegins()
    this.#taps = []
    this.counts.envelopes = this.network.carried
    this.counts.networkFaults = this.network.faults
    this.#throwViolation()
  }

  /** What must hold when everything has healed. Throws Violated. */
  async checkedAtEnd(): Promise<void> {
    await this.checked()
    for (const node of this.nodes) this.#ask(node, invariant => invariant.ended?.(node))
    this.#throwViolation()
  }

  #throwViolation(): void {
    const [first] = this.violations
    if (first !== undefined) throw new Violated(first, this.violations)
  }

  async renew(phone: Phone): Promise<void> {
    await this.phones.renew(phone, { issued: this.now(), epoch: this.truth.epoch })
  }

  /** Taps one or several at once, until each has ended or its module is dead. */
  async tap(wishes: readonly TapWish[]): Promise<void> {
    const runs = wishes.map(wish => this.#startTap(wish))
    const isOver = (): boolean => runs.every(({ isDone, truth }) => isDone || !truth.node.power.isOn)
    await this.time.run(longestTapMs, isOver)
    for (const { truth, isDone } of runs)
      if (!isDone && truth.node.power.isOn)
        this.violate('a tap ends', 'threat-model §8 tap', truth.node.id, `tap ${truth.serial} hangs`)
    await this.time.run(this.chance.pick([0, 60, 200]))
  }

  /** Gives an order to some modules. */
  command(nodes: readonly ModuleNode[], verb: CommandVerb, args: CommandTruth['arguments'], seconds: number): void {
    for (const { id } of nodes) {
      if (!this.keys.knows(id)) continue
      const command = this.service.order(id, verb, args, seconds)
      this.commands.set(toHex(command.id), command)
      this.trace.add(`service orders ${shownCommand(command)} at ${id} for ${seconds} s`)
    }
    this.tellAll()
  }

  /** Everybody on line hears what is new. */
  tellAll(): void {
    this.#atService(() => this.service.lookAfterAll())
  }

  setNetwork(node: ModuleNode, has: boolean): void {
    this.trace.add(`${node.id} is ${has ? 'on' : 'off'} line`)
    node.setNetwork(has)
    this.service.linked(node.id, has)
    if (has) this.#atService(() => this.service.lookAfter(node.id))
  }

  /** Power on, and to the site if it belongs to none. */
  async switchOn(node: ModuleNode, cutIn?: number): Promise<void> {
    this.counts.restarts += 1
    this.trace.add(`${node.id} starts, life ${node.lives + 1}${cutIn === undefined ? '' : `, cut in ${cutIn}`}`)
    try {
      if (!(await node.open(cutIn))) return
      await this.commission(node)
    } catch (error) {
      if (isPowerCut(error) || !node.power.isOn) return
      this.violate('a module starts again after whatever happened', 'T23', node.id, messageOf(error))
    }
  }

  /** Joins the site; a cut in the middle leaves it to the next start. */
  async commission(node: ModuleNode): Promise<void> {
    try {
      await this.#commission(node)
    } catch (error) {
      if (!isPowerCut(error) || node.power.isOn) throw error
    }
  }

  async #commission(node: ModuleNode): Promise<void> {
    if (!node.isOn || node.isCommissioned) return
    const { request } = await node.module.commissioningRequest()
    const encoded = await this.service.commission(node.id, request)
    this.service.linked(node.id, node.hasNetwork)
    this.#known.delete(node)
    this.known(node).floor = this.now()
    this.known(node).newestContact = this.now()
    for (const invariant of this.#invariants) invariant.commissioned?.(node)
    this.trace.add(`${node.id} is commissioned`)
    await node.module.acceptCommissioning(encoded)
  }

  /** It leaves the site in order. */
  async decommission(node: ModuleNode): Promise<void> {
    this.#scan(node)
    this.trace.add(`${node.id} leaves the site`)
    await node.module.decommission()
  }

  /** Off in order, and on again. */
  async restart(node: ModuleNode): Promise<void> {
    this.trace.add(`${node.id} is switched off`)
    const isWhole = await node.close()
    this.#scan(node)
    await this.time.run(this.chance.between(100, 5_000))
    // A plug that was pulled meanwhile: then it comes back as after every cut.
    if (!isWhole) return
    node.bury()
    await this.switchOn(node)
  }

  #startTap({ node, phone, document, place, pin, onAir }: TapWish): TapRun {
    this.#serial += 1
    const { [phone.person]: own } = codes
    const truth: TapTruth = {
      serial: this.#serial,
      node,
      place,
      phone,
      document,
      credential: document && toHex(this.keys.credential(document.credential)),
      pin: pin === undefined ? undefined : pinIs(pin, document === undefined ? own : codes[document.person]),
      offline: node.link.state !== 'up',
      context: node.context,
      isHonest: onAir === undefined && node.power.fault === undefined && !node.power.isArmed,
      decisionId: undefined,
    }
    this.#taps.push(truth)
    this.counts.taps += 1
    const run: TapRun = { truth, isDone: false }
    const field = new SimField(onAir)
    const selection: Selection = { ...place, ...(pin === undefined ? {} : { pin }) }
    node.next = selection
    const contents =
      document === undefined
        ? []
        : [
            {
              kind: 'credentialDocument',
              to: this.keys.groupParty(document.group),
              content: document.envelope,
            } as const,
          ]
    const credential = {
      publicKey: phone.publicKey,
      mailbox: { data: layOutMailbox(contents), read: true, write: false },
    }
    const groupIdentifier = this.keys.readerGroupId
    runDevice(
      field,
      { groups: [{ groupIdentifier, publicKey: this.keys.readerGroupKey, credential }] },
      { sign: (_, data) => phone.sign(data), random: this.#deviceRandom, clock: this.time },
      () => undefined,
    ).catch(() => field.close())
    const reader =
      node.module.readers.find(each => each.asset === place.asset)?.reader ?? node.module.readers[0]?.reader
    const shown = `tap ${truth.serial} of ${phone.person} at ${place.asset}/${place.side} ${place.function}`
    this.trace.add(`${node.id} ${shown}${pin === undefined ? '' : ` with the PIN ${truth.pin}`}`)
    if (reader === undefined) {
      run.isDone = true
      field.close()
      return run
    }
    node.module.tap(reader, field).then(
      ({ display, torn = false }) => {
        run.isDone = true
        truth.decisionId = display.decisionId
        if (!node.power.isOn) return
        if (display.decision === 'permit') this.counts.permits += 1
        this.trace.add(`${node.id} tap ${truth.serial}: ${torn ? 'torn' : `${display.decision} ${display.text}`}`)
        this.#ask(node, invariant => invariant.tapped?.(node, truth, display, torn))
      },
      (error: unknown) => {
        run.isDone = true
        if (!node.power.isOn) return
        this.violate('tap never throws', 'T25; ports of the module', node.id, messageOf(error))
      },
    )
    return run
  }

  #newNode(id: string): ModuleNode {
    const folder = join(this.#folder, id)
    mkdirSync(folder)
    return new ModuleNode({
      id,
      time: this.time,
      chance: new Chance(this.chance.seed()),
      trace: this.trace,
      folder,
      breakage: this.#options.breakage ?? sound,
      events: {
        acted: (node, order) => this.#acted(node, order),
        comparing: node => this.#ask(node, invariant => invariant.comparing?.(node, this.#tapsAt(node))),
        sent: (node, envelope) => this.#sentUp(node, envelope),
        lostPower: node => this.#lostPower(node),
      },
    })
  }

  #acted(node: ModuleNode, order: ActuatorOrder): void {
    this.trace.add(`${node.id} moves ${order.asset} ${order.function}`)
    this.#ask(node, invariant => invariant.acted?.(node, order))
  }

  #tapsAt(node: ModuleNode): readonly TapTruth[] {
    return this.#taps.filter(tap => tap.node === node)
  }

  #scan(node: ModuleNode): void {
    if (node.lives === 0) return
    for (const seen of node.newRecords()) {
      const { record, number } = seen
      const { kind, event, decision, outcome, asset, reasons, detail } = record
      const words = [kind, event, decision, outcome, asset, reasons?.join(' '), detail?.reason, detail?.version]
      this.trace.add(`${node.id} record ${number}: ${words.filter(word => word !== undefined).join(' ')}`)
      const taps = record.kind === 'decision' ? this.#tapsOf(node, record, seen.credential) : []
      this.#ask(node, invariant => invariant.recorded?.(node, seen, taps))
      this.known(node).timeWas(record.at)
    }
  }

  /** Those that may have led to a record: the one that its display named, else whoever asked for the same. */
  #tapsOf(
    node: ModuleNode,
    record: { readonly decisionId?: string; readonly asset?: string; readonly function?: string },
    credential: string | undefined,
  ): readonly TapTruth[] {
    const here = this.#tapsAt(node)
    const exact = here.filter(({ decisionId }) => decisionId === record.decisionId)
    if (exact.length > 0) return exact
    return here.filter(
      tap =>
        tap.decisionId === undefined &&
        tap.place.asset === record.asset &&
        tap.place.function === record.function &&
        (credential === undefined || tap.credential === credential),
    )
  }

  #ask(node: ModuleNode, question: (invariant: Invariant) => string | undefined): void {
    for (const invariant of this.#invariants) {
      const wrong = question(invariant)
      if (wrong !== undefined) this.violate(invariant.name, invariant.clause, node.id, wrong)
    }
  }

  #sendDown(module: string, envelope: Uint8Array, sent: Sent): void {
    this.#sent.set(envelope, { module, sent })
    this.network.carry({ direction: 'down', module, bytes: envelope })
  }

  #sentUp(node: ModuleNode, envelope: Uint8Array): void {
    const known = this.known(node)
    this.keys.open(node.id, envelope, this.now()).then(
      opened => {
        if (opened.type === 'audit-batch')
          this.trace.add(`${node.id} sends records ${opened.payload.first} to ${opened.payload.last}`)
        if (opened.type !== 'acknowledgement') return
        for (const entry of opened.payload.acknowledged) {
          const sent = this.service.sentAs(node.id, entry.type, entry.sequence)
          this.trace.add(`${node.id} answers ${entry.type} ${entry.sequence}: ${entry.result}`)
          if (sent !== undefined) known.acknowledged(entry, sent)
        }
      },
      (error: unknown) =>
        this.violate('what a module sends can be opened', 'envelope.md §4', node.id, messageOf(error)),
    )
    this.network.carry({ direction: 'up', module: node.id, bytes: envelope })
  }

  #deliver({ direction, module, bytes }: Recorded, isAltered: boolean): void {
    if (direction === 'up') {
      this.#atService(() => this.service.receive(module, bytes))
      return
    }
    const node = this.nodes.find(({ id }) => id === module)
    if (node === undefined || !node.link.deliver(bytes) || isAltered) return
    const about = this.#sent.get(bytes)
    if (about?.module === module) this.known(node).delivered(about.sent)
  }

  #atService(work: () => Promise<void>): void {
    this.#serviceWork = this.#serviceWork.then(work).catch((error: unknown) => {
      this.violate('the simulated service works', 'test', 'service', messageOf(error))
    })
  }

  #lookAfter(): void {
    this.tellAll()
    this.time.after(lookAfterMs, () => this.#lookAfter())
  }

  #lostPower(node: ModuleNode): void {
    this.counts.cuts += 1
    this.trace.add(`${node.id} loses power`)
    const { chance } = this
    const offMs = this.isHealing ? 1_000 : chance.pick([50, 1_000, 20_000, 20_000, 120_000, 3_600_000, 2 * dayMs])
    const cutIn = !this.isHealing && chance.percent(25) ? chance.below(120) : undefined
    const comeBack = (): void => {
      cancel()
      this.#off.delete(node)
      this.#comeBack(node, cutIn).catch((error: unknown) =>
        this.violate('a module starts again after whatever happened', 'T23', node.id, messageOf(error)),
      )
    }
    const cancel = this.time.after(offMs, comeBack)
    this.#off.set(node, comeBack)
  }

  /** Nobody waits any longer for a machine that is off. */
  async reviveAll(): Promise<void> {
    for (const comeBack of [...this.#off.values()]) comeBack()
    await this.time.run(100)
  }

  async #comeBack(node: ModuleNode, cutIn: number | undefined): Promise<void> {
    const { chance } = this
    node.bury()
    if (!this.isHealing && chance.percent(12)) {
      const jumps = [-8 * dayMs, -3_600_000, 3_600_000, dayMs, 3_650 * dayMs, -this.time.now()]
      const byMs = chance.pick(jumps)
      node.wallOffsetMs += byMs
      this.trace.add(`${node.id}: its clock is another by ${byMs / 1_000} s`)
    }
    // What only counts begins anew at each start.
    node.monotonicOffsetMs = -this.time.now()
    const unseenMs = this.time.now() - node.clockKeptAt
    this.known(node).wasOff(
      Math.ceil(unseenMs / 1_000),
      Math.max(0, (node.wallOffsetMs - node.keptWallOffsetMs) / 1_000),
    )
    await this.switchOn(node, cutIn)
  }
}

function pinIs(typed: string, code: { readonly pin: string; readonly duress: string } | undefined): TapTruth['pin'] {
  if (typed === code?.pin) return 'ok'
  return typed === code?.duress ? 'duress' : 'wrong'
}

export function messageOf(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message} ${error.stack?.split('\n')[1]?.trim() ?? ''}`
    : String(error)
}
