/** A worker of `npm run simulate`: goes through seeds and tells its parent a line of JSON for each. */
import { runSeed } from './run-seed.ts'

const [from = '1', stride = '1', seeds = '1', seconds = '0', how = ''] = process.argv.slice(2)
const end = Number(seconds) > 0 ? performance.now() + Number(seconds) * 1_000 : Number.POSITIVE_INFINITY
const tell = how === 'trace' ? (line: string): void => console.error(line) : undefined

for (let i = 0; i < Number(seeds) && performance.now() < end; i++) {
  const seed = (Number(from) + i * Number(stride)) >>> 0
  console.log(JSON.stringify(await outcomeOf(seed)))
}

/** What came of a seed; a fault of the simulation itself has its seed, too, and ends no other. */
async function outcomeOf(seed: number): Promise<object> {
  try {
    const { last, ...result } = await runSeed({ seed, ...(tell && { tell }) })
    return result.violation === undefined ? result : { ...result, last }
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const violation = { invariant: 'a run comes to its end', clause: 'the simulation', module: 'plant', what }
    return { seed, steps: 0, counts: {}, violation, last: [] }
  }
}
