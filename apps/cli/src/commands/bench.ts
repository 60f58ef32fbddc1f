import { type Bench, type Figure, isKept } from '../bench/bench.ts'
import { CliError } from '../cli-error.ts'
import { green, Progress, red, say, sayJson, table } from '../output.ts'

interface Entry {
  readonly says: string
  /** Loaded when asked for: each brings only what it measures. */
  readonly load: () => Promise<Bench>
}

/** The benches, one line each: `sync: { says: '…', load: async () => (await import('../bench/sync.ts')).sync },`. */
const benches: Readonly<Record<string, Entry>> = {
  tap: {
    says: 'a tap up to the order to the actuator, beside the sum of its primitives',
    load: async () => (await import('../bench/tap.ts')).tap,
  },
  start: {
    says: 'start and memory of a bundled module, beside a bare Node process',
    load: async () => (await import('../bench/start.ts')).start,
  },
  sync: {
    says: 'a change of the site until ten modules have acknowledged it; records that waited at a module, delivered',
    load: async () => (await import('../bench/sync.ts')).sync,
  },
}

/** Names and what they measure; nothing is run. */
export function listBenches(options: { json?: boolean }): void {
  const rows = Object.entries(benches).map(([name, { says }]) => [name, says])
  if (options.json) sayJson({ benches: Object.fromEntries(rows) })
  else say(table(rows))
}

/** Runs a bench and shows its figures beside their limits; true when all are kept. Throws a CliError `unknown-bench`. */
export async function runBench(name: string, options: { json?: boolean }): Promise<boolean> {
  const entry = Object.hasOwn(benches, name) ? benches[name] : undefined
  if (!entry)
    throw new CliError('unknown-bench', `There is no bench ${name}. Benches: ${Object.keys(benches).join(', ')}.`)
  const progress = new Progress()
  const bench = await entry.load()
  const { figures, detail } = await bench({ progress: text => progress.step(text) })
  progress.end()
  const judged = figures.map(figure => ({ ...figure, ok: isKept(figure) }))
  if (options.json) sayJson({ bench: name, node: process.version, figures: judged, detail })
  else say(table(judged.map(figure => rowOf(figure, figure.ok))))
  return judged.every(({ ok }) => ok !== false)
}

function rowOf({ name, value, unit, limit }: Figure, ok: boolean | undefined): readonly string[] {
  const shown = (number: number): string =>
    `${number >= 100 ? Math.round(number) : Number(number.toPrecision(3))} ${unit}`
  const bound =
    limit === undefined ? '' : 'atMost' in limit ? `at most ${shown(limit.atMost)}` : `at least ${shown(limit.atLeast)}`
  return [name, shown(value), bound, ok === undefined ? '' : ok ? green('ok') : red('NOT REACHED')]
}
