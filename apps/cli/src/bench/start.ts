/**
 * The process of a bundled module beside a bare Node process: how long until it stands ready for a tap, and how much
 * memory stays resident, idle and after many taps. Starts are taken in turns with those of Node, so that whatever else
 * the machine does meets both.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connectVpcd } from '@edgeward/transponder/carriers'
import { CliError } from '../cli-error.ts'
import { askModule } from '../control-client.ts'
import { cloneFolder, type DataFolder } from '../data-folder.ts'
import { startSharedClock } from '../shared-clock.ts'
import type { BenchOptions, BenchResult, Figure } from './bench.ts'
import { benchFolder, benchModuleId, benchStartMs, startBenchModule, withoutPin } from './bench-module.ts'
import type { BenchPhone } from './bench-phone.ts'
import { quantile } from './quantiles.ts'

const starts = 15
const taps = 10_000
const tapsPerWord = 1_000
/** After its start a process loads what no tap needs (MQTT); then it is at rest. */
const restMs = 6_000
/** How long a start may take before something is wrong. */
const startBoundMs = 60_000
const most = { start: 1.8, idle: 1.5, afterTaps: 2 }

/** Says that it is there, as the module does, and stays. */
const bareSource = "process.stderr.write('ready\\n')\nsetInterval(() => {}, 2 ** 30)\n"

export async function start({ progress }: BenchOptions): Promise<BenchResult> {
  const bundled = join(cloneFolder, 'dist/module/edgeward-module.js')
  if (!existsSync(bundled))
    throw new CliError('no-bundle', 'There is no bundled module yet. Run `npm run bundle` first.')
  if (process.platform !== 'linux')
    throw new CliError('linux-only', 'Resident memory is read from /proc, on Linux alone.')
  const { folder, remove } = benchFolder()
  try {
    progress('commissioning a module')
    const phone = await commissioned(folder)
    const bare = join(folder.root, 'bare.cjs')
    writeFileSync(bare, bareSource)
    const moduleArgs = [bundled, benchModuleId, '--data', folder.root, '--simulation']
    const coldMs = await coldStarts([bare], moduleArgs, progress)
    const memory = await residentMemory({ bare, moduleArgs, folder, phone, progress })
    return { figures: [...startFigures(coldMs), ...memoryFigures(memory)], detail: { starts: coldMs, taps, memory } }
  } finally {
    remove()
  }
}

/** A data folder of a module that knows its rules, and a phone that may open. */
async function commissioned(folder: DataFolder): Promise<BenchPhone> {
  const clock = startSharedClock(folder.clock, benchStartMs)
  const { stop, phone } = await startBenchModule(folder, clock, { act: async (_, report) => report('entered') })
  await stop()
  return phone
}

interface ColdMs {
  readonly bare: number[]
  readonly module: number[]
}

async function coldStarts(
  bareArgs: readonly string[],
  moduleArgs: readonly string[],
  progress: (text: string) => void,
): Promise<ColdMs> {
  const samples: ColdMs = { bare: [], module: [] }
  for (let turn = 0; turn < starts; turn++) {
    progress(`start ${turn + 1} of ${starts}`)
    for (const [name, args] of [
      ['bare', bareArgs],
      ['module', moduleArgs],
    ] as const) {
      const { child, readyMs } = await startProcess(args)
      samples[name].push(readyMs)
      await endProcess(child)
    }
  }
  return samples
}

interface Memory {
  readonly bareMb: number
  readonly idleMb: number
  readonly afterTapsMb: number
}

async function residentMemory(parts: {
  readonly bare: string
  readonly moduleArgs: readonly string[]
  readonly folder: DataFolder
  readonly phone: BenchPhone
  readonly progress: (text: string) => void
}): Promise<Memory> {
  const { bare, moduleArgs, folder, phone, progress } = parts
  const [node, module] = [await startProcess([bare]), await startProcess(moduleArgs)]
  try {
    progress('at rest')
    await delay(restMs)
    const [bareMb, idleMb] = [residentMb(node.child), residentMb(module.child)]
    const port = await readerPort(folder)
    for (let tap = 0; tap < taps; tap++) {
      if (tap % tapsPerWord === 0) progress(`tap ${tap} of ${taps}`)
      await tapAt(port, phone)
    }
    await mustHaveDecided(folder)
    await delay(restMs)
    return { bareMb, idleMb, afterTapsMb: residentMb(module.child) }
  } finally {
    await endProcess(node.child)
    await endProcess(module.child)
  }
}

/** One tap at the reader as it listens for phones: over TCP, as a simulated phone does it. */
async function tapAt(port: number, phone: BenchPhone): Promise<void> {
  const carrier = await connectVpcd({ port })
  try {
    await phone.hold(carrier)
  } finally {
    carrier.close()
  }
}

interface Status {
  readonly readers: readonly { readonly asset: string; readonly side: string; readonly port?: number }[]
  readonly records: { readonly last: number }
}

const statusOf = (folder: DataFolder): Promise<Status> =>
  askModule<Status>(folder.controlSocket(benchModuleId), benchModuleId, { do: 'status' })

async function readerPort(folder: DataFolder): Promise<number> {
  const { readers } = await statusOf(folder)
  const port = readers.find(({ asset, side }) => asset === withoutPin.asset && side === withoutPin.side)?.port
  if (port === undefined) throw new CliError('no-reader', `No reader listens at ${withoutPin.asset}.`)
  return port
}

/** A permit has two records, its own and that of its outcome. */
async function mustHaveDecided(folder: DataFolder): Promise<void> {
  const { records } = await statusOf(folder)
  if (records.last < 2 * taps) throw new Error(`${taps} taps left ${records.last} records: not all were permitted`)
}

/** Starts Node and waits until it says that it is ready. */
async function startProcess(args: readonly string[]): Promise<{ child: ChildProcess; readyMs: number }> {
  const began = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const bound = setTimeout(() => reject(new Error(`not ready after ${startBoundMs} ms: ${said}`)), startBoundMs)
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-1_000)
      if (!said.includes('ready')) return
      clearTimeout(bound)
      resolve()
    })
    child.once('exit', code => {
      clearTimeout(bound)
      reject(new Error(`it ended with ${code}: ${said}`))
    })
  })
  return { child, readyMs: performance.now() - began }
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** `VmRSS`, in MB of 1,024 kB. */
function residentMb({ pid }: ChildProcess): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) / 1_024
}

function startFigures({ bare, module }: ColdMs): readonly Figure[] {
  const [bareMs, moduleMs] = [quantile(bare, 0.5), quantile(module, 0.5)]
  return [
    { name: 'Node alone to its first word, median', value: bareMs, unit: 'ms' },
    { name: 'module to ready for a tap, median', value: moduleMs, unit: 'ms' },
    { name: 'cold start through Node', value: moduleMs / bareMs, unit: 'x', limit: { atMost: most.start } },
  ]
}

function memoryFigures({ bareMb, idleMb, afterTapsMb }: Memory): readonly Figure[] {
  return [
    { name: 'Node alone, idle', value: bareMb, unit: 'MB' },
    { name: 'module, idle', value: idleMb, unit: 'MB' },
    { name: 'resident through Node, idle', value: idleMb / bareMb, unit: 'x', limit: { atMost: most.idle } },
    { name: `module, after ${taps} taps`, value: afterTapsMb, unit: 'MB' },
    {
      name: `resident through Node, after ${taps} taps`,
      value: afterTapsMb / bareMb,
      unit: 'x',
      limit: { atMost: most.afterTaps },
    },
  ]
}
