/** One run from its seed: some steps, then everything heals and must come to rest. */
import { act } from './actions.ts'
import type { Breakage } from './breakage.ts'
import { type Counts, messageOf, Plant, Violated, type Violation } from './plant.ts'

const defaultSteps = 60
/** Lines of the trace that a failure shows. */
const shownLines = 40
const healingRoundMs = 30_000
const mostHealingRounds = 80

export interface RunOptions {
  readonly seed: number
  readonly steps?: number
  readonly breakage?: Breakage
  readonly tell?: (line: string) => void
}

export interface RunResult {
  readonly seed: number
  readonly steps: number
  readonly counts: Counts
  /** Of the whole trace. */
  readonly digest: string
  readonly violation?: Violation
  /** The last lines of the trace. */
  readonly last: readonly string[]
}

/** Runs a seed to its end, or to the first thing that does not hold. Rejects only for a fault of the simulation itself. */
export async function runSeed({ seed, steps = defaultSteps, breakage, tell }: RunOptions): Promise<RunResult> {
  let plant: Plant | undefined
  let done = 0
  const strays: unknown[] = []
  const onStray = (error: unknown): void => {
    strays.push(error)
  }
  process.on('unhandledRejection', onStray)
  try {
    plant = await Plant.create({ seed, ...(breakage && { breakage }), ...(tell && { tell }) })
    for (; done < steps; done++) {
      await act(plant)
      for (const error of strays)
        plant.violate('a module leaves no rejection behind', 'T25: it would end the process', 'plant', messageOf(error))
      await plant.checked()
    }
    await heal(plant)
    return result(plant)
  } catch (error) {
    if (error instanceof Violated && plant !== undefined) return result(plant, error.violation)
    throw error
  } finally {
    process.off('unhandledRejection', onStray)
    plant?.remove()
  }

  function result(of: Plant, violation?: Violation): RunResult {
    const { counts, trace } = of
    return {
      seed,
      steps: done,
      counts,
      digest: trace.digest(),
      last: trace.last(shownLines),
      ...(violation && { violation }),
    }
  }
}

/** Power, network, disks and actuators are good from here on; time passes until nothing is left to be done. */
async function heal(plant: Plant): Promise<void> {
  plant.trace.add('everything heals')
  plant.isHealing = true
  plant.network.badness = 0
  for (const node of plant.nodes) {
    node.power.fault = undefined
    node.mood = 'reports'
    node.link.hangs = false
    // What was armed may still happen; then it starts again.
    plant.setNetwork(node, true)
  }
  await plant.reviveAll()
  for (let round = 0; round < mostHealingRounds && !(await isAtRest(plant)); round++) {
    await plant.time.run(healingRoundMs)
    await plant.checked()
  }
  await plant.checkedAtEnd()
}

async function isAtRest(plant: Plant): Promise<boolean> {
  for (const node of plant.nodes) {
    if (!node.isOn) return false
    if (!node.isCommissioned) {
      await plant.commission(node)
      return false
    }
    const { shelf } = plant.service.peer(node.id)
    const isDelivered = shelf.chainEpoch === node.chainEpoch && shelf.complete === node.counter('lastRecord')
    if (!isDelivered || !plant.service.isUpToDate(node.id)) return false
  }
  return true
}
