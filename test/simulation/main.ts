/** A worker of `npm run simulate`: goes through seeds and tells its parent a line of JSON for each. */
import { runSeed } from './run-seed.ts'

const [from = '1', stride = '1', seeds = '1', seconds = '0', how = ''] = process.argv.slice(2)
const end = Number(seconds) > 0 ? performance.now() + Number(seconds) * 1_000 : Number.POSITIVE_INFINITY
const tell = how === 'trace' ? (line: string): void => console.error(line) : undefined

for (let i = 0; i < Number(seeds) && performance.now() < end; i++) {
  const seed = (Number(from) + i * Number(stride)) >>> 0
  const { last, ...result } = await runSeed({ seed, ...(tell && { tell }) })
  console.log(JSON.stringify(result.violation === undefined ? result : { ...result, last }))
}
