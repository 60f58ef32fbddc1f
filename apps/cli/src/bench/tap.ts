/**
 * A standard Aliro tap on the reader's side, from the transponder's arrival to the order to the actuator, beside the sum
 * of what it cannot do without. Both are measured in one run, turn by turn, so that whatever else the machine does meets
 * both. The phone computes in this process too; the time in which it has the word is taken out.
 */
import { join } from 'node:path'
import type { Clock } from '@edgeward/base'
import { encodeRecord } from '@edgeward/domain'
import type { ActuatorOrder, ActuatorPort, Outcome } from '@edgeward/module/ports'
import type { BenchOptions, BenchResult, Figure } from './bench.ts'
import { type BenchModule, benchFolder, benchStartMs, startBenchModule, withoutPin, withPin } from './bench-module.ts'
import { TimedField } from './bench-phone.ts'
import { CountedDatabase } from './counted-database.ts'
import { spread } from './quantiles.ts'
import { type Primitive, type TapSizes, tapPrimitives } from './tap-primitives.ts'

/** Turns before anything counts, for the compiler; turns that count. */
const warmUpTurns = 200
const turns = 1_000
/** Turns between two words of progress. */
const turnsPerWord = 200
/** The figure asked for: tap through sum. */
const mostTimesPrimitives = 1.5
/** Envelope of the document on the phone. */
const documentBytes = 1_024

/** Between two taps so much time passes for the module: a door that is never at rest. */
const paceMs = 10_000
let passedMs = 0
const pacedClock: Clock = { now: () => benchStartMs + passedMs }

export async function tap({ progress }: BenchOptions): Promise<BenchResult> {
  const { folder, remove } = benchFolder()
  const actuator = new StoppingActuator()
  let database: CountedDatabase | undefined
  let bench: BenchModule | undefined
  let file: ReturnType<typeof tapPrimitives> | undefined
  try {
    bench = await startBenchModule(folder, pacedClock, actuator, {
      wrapDatabase: db => {
        database = new CountedDatabase(db)
        return database
      },
    })
    if (database === undefined) throw new Error('the module has opened no store')
    const sizes = await sizesOf({ bench, actuator }, database)
    file = tapPrimitives(join(folder.root, 'base.bin'), sizes)
    const { primitives } = file
    return resultOf(await measure({ bench, actuator, primitives, progress }), primitives, sizes)
  } finally {
    file?.close()
    await bench?.stop()
    remove()
  }
}

/** Notes when it is told to move; a session that begins ends at once. */
class StoppingActuator implements ActuatorPort {
  movedMs = 0

  async act(order: ActuatorOrder, report: (outcome: Outcome) => void): Promise<void> {
    this.movedMs = performance.now()
    const isSession = order.obligations.some(obligation => obligation.startsWith('session('))
    setImmediate(() => {
      report(isSession ? 'session-started' : 'entered')
      if (isSession) report('session-ended')
    })
  }
}

interface Parts {
  readonly bench: BenchModule
  readonly actuator: StoppingActuator
}

/** Milliseconds of one tap, and the record that it left. Everything behind the order is awaited, uncounted. */
async function tapOnce({ bench, actuator }: Parts, pin: boolean): Promise<{ ms: number; recordBytes: number }> {
  passedMs += paceMs
  const field = new TimedField()
  actuator.movedMs = Number.NaN
  const arrivedMs = performance.now()
  // What the phone is asked after the order is not part of the way there.
  let phoneMsBefore = 0
  field.onAnswer = () => {
    if (Number.isNaN(actuator.movedMs)) phoneMsBefore = field.phoneMs
  }
  const { record, outcome, display } = await bench.tap(pin ? withPin : withoutPin, field)
  if (Number.isNaN(actuator.movedMs) || record === undefined) throw new Error(`the tap was denied: ${display.text}`)
  await outcome
  await new Promise(resolve => setImmediate(resolve))
  await bench.module.idle()
  return { ms: actuator.movedMs - arrivedMs - phoneMsBefore, recordBytes: encodeRecord(record).length }
}

/** What is written before the order, measured on the module itself: the base writes as much. */
async function sizesOf(parts: Parts, database: CountedDatabase): Promise<TapSizes> {
  database.forget()
  const { recordBytes } = await tapOnce(parts, false)
  const [decision = 0] = database.written
  database.forget()
  await tapOnce(parts, true)
  const [pinTry = 0, decisionWithPin = 0] = database.written
  return { decision, decisionWithPin, pinTry, document: documentBytes, record: recordBytes }
}

interface Measured {
  readonly taps: readonly number[]
  readonly pinTaps: readonly number[]
  readonly sums: readonly number[]
  readonly pinSums: readonly number[]
  readonly each: ReadonlyMap<string, readonly number[]>
}

async function measure({
  primitives,
  progress,
  ...parts
}: Parts & {
  readonly primitives: readonly Primitive[]
  readonly progress: (text: string) => void
}): Promise<Measured> {
  const [taps, pinTaps, sums, pinSums]: number[][] = [[], [], [], []] as const
  const each = new Map<string, number[]>(primitives.map(({ name }) => [name, []]))
  for (let turn = -warmUpTurns; turn < turns; turn++) {
    if (turn % turnsPerWord === 0) progress(turn < 0 ? 'warming up' : `tap ${turn} of ${turns}`)
    const { ms } = await tapOnce(parts, false)
    const sum = sumOf(primitives, false, each)
    const { ms: pinMs } = await tapOnce(parts, true)
    const pinSum = sumOf(primitives, true, each)
    if (turn < 0) for (const samples of each.values()) samples.length = 0
    else {
      taps?.push(ms)
      sums?.push(sum)
      pinTaps?.push(pinMs)
      pinSums?.push(pinSum)
    }
  }
  return { taps: taps ?? [], pinTaps: pinTaps ?? [], sums: sums ?? [], pinSums: pinSums ?? [], each }
}

/** Runs each primitive by itself and gives the milliseconds of all. */
function sumOf(primitives: readonly Primitive[], pin: boolean, each: ReadonlyMap<string, number[]>): number {
  let sum = 0
  for (const { name, pinOnly, run } of primitives) {
    if (pinOnly && !pin) continue
    const start = performance.now()
    run()
    const ms = performance.now() - start
    each.get(name)?.push(ms)
    sum += ms
  }
  return sum
}

function resultOf(measured: Measured, primitives: readonly Primitive[], sizes: TapSizes): BenchResult {
  const { taps, pinTaps, sums, pinSums, each } = measured
  const figures = [
    ...figuresOf('without PIN', spread(taps), spread(sums)),
    ...figuresOf('with PIN', spread(pinTaps), spread(pinSums)),
  ]
  const list = primitives.map(({ name, pinOnly }) => ({ name, pinOnly, ...spread(each.get(name) ?? []) }))
  return { figures, detail: { turns, durableBytes: sizes, primitivesMs: list } }
}

type Spread = ReturnType<typeof spread>

function figuresOf(what: string, ours: Spread, base: Spread): readonly Figure[] {
  return (['p50', 'p99'] as const).flatMap(part => [
    { name: `tap ${what}, ${part}`, value: ours[part], unit: 'ms' },
    { name: `its primitives, ${part}`, value: base[part], unit: 'ms' },
    {
      name: `tap through primitives, ${part}`,
      value: ours[part] / base[part],
      unit: 'x',
      limit: { atMost: mostTimesPrimitives },
    },
  ])
}
