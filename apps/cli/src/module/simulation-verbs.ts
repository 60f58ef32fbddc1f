/** What a simulated module can be asked beyond every other one: its sensors, positions, doors, network, panel. */
import {
  type ControlReply,
  type ControlRequest,
  type ControlVerbs,
  ModuleError,
  oneOf,
  optionalTextOf,
  shownQuality,
  type TapResult,
  textOf,
} from '@edgeward/module'
import type { ContextValue, Selection } from '@edgeward/module/ports'
import type { CuttableLink } from './cuttable-link.ts'
import type { ReaderListeners } from './reader-listeners.ts'
import type { SimulatedActuator, SimulatedPanel } from './simulated-ports.ts'
import type { SimulationFile } from './simulation-file.ts'
import type { TapTickets } from './tap-tickets.ts'

/** How long `result` waits for a tap, and then for what the actuator says. */
const resultWaitMs = 30_000
const outcomeWaitMs = 3_000

export interface SimulatedWorld {
  readonly file: SimulationFile
  readonly panel: SimulatedPanel
  readonly actuator: SimulatedActuator
  readonly link: CuttableLink
  readonly listeners: ReaderListeners
  readonly tickets: TapTickets
  /** Assets that this module guards, to refuse what is meant for another. */
  readonly guards: () => readonly string[]
}

export function addSimulationVerbs(verbs: ControlVerbs, world: SimulatedWorld): void {
  verbs.add('panel', request => choose(world, request))
  verbs.add('result', request => resultOf(world, request))
  verbs.add('context', request => setContext(world, request))
  verbs.add('position', request => setPosition(world, request))
  verbs.add('door', request => setDoor(world, request))
  verbs.add('network', request => setNetwork(world, request))
  verbs.add('outcome', request => setOutcome(world, request))
}

function choose({ listeners, panel, tickets }: SimulatedWorld, request: ControlRequest): ControlReply {
  const asset = textOf(request, 'asset')
  const side = oneOf(request, 'side', ['in', 'out']) ?? 'in'
  const place = listeners.at(asset, side)
  const port = place && listeners.port(place.reader)
  if (place === undefined || port === undefined) {
    throw new ModuleError('unknown-reader', `there is no reader for ${asset} on the side ${side} here`)
  }
  const pin = optionalTextOf(request, 'pin')
  const phoneBiometric = oneOf(request, 'phoneBiometric', ['ok', 'wrong'])
  const readerBiometric = oneOf(request, 'readerBiometric', ['ok', 'wrong'])
  const selection: Selection = {
    asset,
    side,
    function: optionalTextOf(request, 'function') ?? place.function,
    ...(pin === undefined ? {} : { pin }),
    ...(phoneBiometric === undefined ? {} : { phoneBiometric }),
    ...(readerBiometric === undefined ? {} : { readerBiometric }),
  }
  panel.choose(place.reader, selection)
  return { port, ticket: tickets.open(place.reader) }
}

async function resultOf({ tickets }: SimulatedWorld, request: ControlRequest): Promise<ControlReply> {
  const result = await waitFor(tickets.result(textOf(request, 'ticket')), resultWaitMs)
  if (result === undefined) throw new ModuleError('no-tap', 'nobody tapped within 30 s')
  const outcome = await waitFor(result.outcome, outcomeWaitMs)
  return { display: result.display, record: shownRecord(result, outcome), ...(result.torn ? { torn: true } : {}) }
}

/** The part of the record that the person at the panel of a simulation may see. */
function shownRecord({ record }: TapResult, outcome: string | undefined): unknown {
  if (record === undefined) return null
  const { decision, by, reasons, obligations, at, clockQuality, simulated, factors } = record
  return {
    decision,
    by,
    reasons,
    obligations,
    at: new Date(at * 1_000).toISOString(),
    clockQuality: shownQuality(clockQuality, simulated),
    factors,
    ...(outcome === undefined ? {} : { outcome }),
  }
}

function setContext({ file, guards }: SimulatedWorld, request: ControlRequest): ControlReply {
  const asset = optionalTextOf(request, 'asset')
  const area = optionalTextOf(request, 'area')
  if (asset !== undefined && area !== undefined) throw new ModuleError('bad-request', 'asset or area, not both')
  if (asset !== undefined) requireGuarded(guards, asset)
  const place = asset !== undefined ? `asset:${asset}` : area !== undefined ? `area:${area}` : 'site'
  file.setContext(place, valuesOf(request.values))
  return {}
}

function valuesOf(values: unknown): Readonly<Record<string, ContextValue | null>> {
  const isValue = (value: unknown): value is ContextValue | null =>
    value === null || ['boolean', 'number', 'string'].includes(typeof value)
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new ModuleError('bad-request', 'values must be a map')
  const entries = Object.entries(values).map(([name, value]): [string, ContextValue | null] => {
    if (!isValue(value)) throw new ModuleError('bad-request', `${name} must be true, false, a number, a text or null`)
    return [name, value]
  })
  return Object.fromEntries(entries)
}

function setPosition({ file }: SimulatedWorld, request: ControlRequest): ControlReply {
  const { zones, distance } = request
  const transponder = textOf(request, 'transponder')
  if (!/^[0-9a-f]{64}$/.test(transponder))
    throw new ModuleError('bad-request', 'transponder must be a thumbprint of 64 hex digits')
  if (zones === null) {
    file.setPosition(transponder, undefined)
    return {}
  }
  if (!Array.isArray(zones) || !zones.every(zone => typeof zone === 'string'))
    throw new ModuleError('bad-request', 'zones must be a list of ids, or null')
  if (distance !== undefined && !(typeof distance === 'number' && distance >= 0))
    throw new ModuleError('bad-request', 'distance must be metres from 0')
  const side = oneOf(request, 'side', ['in', 'out'])
  file.setPosition(transponder, {
    zones,
    ...(distance === undefined ? {} : { distance }),
    ...(side === undefined ? {} : { side }),
  })
  return {}
}

function setDoor({ file, guards }: SimulatedWorld, request: ControlRequest): ControlReply {
  const asset = textOf(request, 'asset')
  requireGuarded(guards, asset)
  file.setContact(asset, oneOf(request, 'state', ['open', 'shut', 'unknown']) ?? 'unknown')
  return {}
}

async function setNetwork({ link }: SimulatedWorld, request: ControlRequest): Promise<ControlReply> {
  const state = oneOf(request, 'state', ['cut', 'restored'])
  if (state === undefined) throw new ModuleError('bad-request', 'state must be cut or restored')
  await link.setCut(state === 'cut')
  return {}
}

function setOutcome({ actuator, guards }: SimulatedWorld, request: ControlRequest): ControlReply {
  const asset = textOf(request, 'asset')
  requireGuarded(guards, asset)
  const next = oneOf(request, 'next', ['entered', 'not-entered', 'actuator-failed', 'timed-out'])
  if (next === undefined) throw new ModuleError('bad-request', 'next must be an outcome')
  actuator.setNext(asset, next)
  return {}
}

function requireGuarded(guards: () => readonly string[], asset: string): void {
  if (!guards().includes(asset)) throw new ModuleError('bad-request', `this module does not guard ${asset}`)
}

/** Undefined: it took longer. */
async function waitFor<T>(what: Promise<T> | undefined, limitMs: number): Promise<T | undefined> {
  let cancel: () => void = () => undefined
  const late = new Promise<undefined>(resolve => {
    const timer = setTimeout(() => resolve(undefined), limitMs)
    cancel = () => clearTimeout(timer)
  })
  try {
    return await Promise.race([what, late])
  } finally {
    cancel()
  }
}
