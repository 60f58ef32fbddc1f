/** Starts the processes of a plant, starts them again when they die, and ends them in order. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive, type ProcessRef, processRef } from '@edgeward/base/folder-lock'
import type { ChildMessage } from '../child-process.ts'
import { CliError } from '../cli-error.ts'
import { cloneFolder, type DataFolder } from '../data-folder.ts'
import { endProcess } from '../processes.ts'
import { replaceFile } from '../replace-file.ts'

const entry = join(cloneFolder, 'apps/cli/bin/edgeward.js')
const firstRestartMs = 500
const longestRestartMs = 30_000
/** A child that ran this long had started well: its next restart is quick again. */
const settledMs = 60_000

interface Child {
  readonly name: string
  args: readonly string[]
  readonly startedMs: number
  process: ChildProcess
  restartMs: number
}

export type Ready = Extract<ChildMessage, { type: 'ready' }>

export class Supervisor {
  readonly #folder: DataFolder
  readonly #onProgress: (text: string) => void
  readonly #children = new Map<string, Child>()
  #stopping = false

  constructor(folder: DataFolder, onProgress: (text: string) => void) {
    this.#folder = folder
    this.#onProgress = onProgress
  }

  /** Ends what a killed start has left behind. Its children end by themselves; this waits for them. */
  async endLeftovers(): Promise<number> {
    const leftovers = readRun(this.#folder)?.children.filter(isAlive) ?? []
    await Promise.all(leftovers.map(endProcess))
    rmSync(this.#folder.run, { force: true })
    return leftovers.length
  }

  /**
   * Starts a process and waits until it is ready. Throws a CliError with what it said when it ends before. `again`:
   * what to start it with when it died, now that it is known where it listens; the others must find it there.
   */
  async start(
    name: string,
    args: readonly string[],
    again: (ready: Ready) => readonly string[] = () => args,
  ): Promise<Ready> {
    const ready = await this.#spawn(name, args, firstRestartMs)
    const child = this.#children.get(name)
    if (child) child.args = again(ready)
    return ready
  }

  get pids(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#children].map(([name, { process: child }]) => [name, child.pid ?? 0]))
  }

  /** Writes down what runs, so that other commands and the next start find it. */
  writeRun(details: Readonly<Record<string, unknown>>): void {
    const children = [...this.#children.values()].flatMap(({ process: child }) =>
      child.pid ? [processRef(child.pid)] : [],
    )
    replaceFile(this.#folder.run, JSON.stringify({ ...details, pids: this.pids, children }, null, 2))
  }

  /** Ends all: modules first, so that they hand over what they have, then the service. */
  async stop(): Promise<void> {
    this.#stopping = true
    const all = [...this.#children.values()]
    const service = all.filter(({ name }) => name === 'service')
    const modules = all.filter(({ name }) => name !== 'service')
    await Promise.all(modules.map(endChild))
    await Promise.all(service.map(endChild))
    rmSync(this.#folder.run, { force: true })
  }

  #spawn(name: string, args: readonly string[], restartMs: number): Promise<Ready> {
    const log = openSync(join(this.#folder.logs, `${name}.log`), 'a', 0o600)
    // A group of its own: Ctrl-C at the terminal reaches the supervisor alone, which then ends its children in order.
    const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', log, log, 'ipc'], detached: true })
    closeSync(log)
    this.#children.set(name, { name, args, startedMs: performance.now(), process: child, restartMs })
    return new Promise((resolve, reject) => {
      let failure: CliError | undefined
      let wasReady = false
      child.on('message', (message: ChildMessage) => {
        if (message.type === 'progress') this.#onProgress(message.text)
        if (message.type === 'failed') failure = new CliError(message.code, message.message)
        if (message.type === 'ready') {
          wasReady = true
          resolve(message)
        }
      })
      child.on('error', reject)
      child.on('exit', code => {
        reject(
          failure ??
            new CliError(
              'child-ended',
              `${name} ended before it was ready (exit ${code}). See ${join(this.#folder.logs, `${name}.log`)}.`,
            ),
        )
        if (wasReady) this.#restart(name)
      })
    })
  }

  /** A process that dies is started again, more patiently each time. */
  #restart(name: string): void {
    const child = this.#children.get(name)
    if (this.#stopping || !child) return
    const settled = performance.now() - child.startedMs > settledMs
    const restartMs = settled ? firstRestartMs : child.restartMs
    this.#onProgress(`${name} ended; starting it again`)
    void delay(restartMs).then(async () => {
      if (this.#stopping) return
      try {
        await this.#spawn(name, child.args, Math.min(restartMs * 2, longestRestartMs))
        const run = readRun(this.#folder)
        if (run) this.writeRun(run)
      } catch (error) {
        if (!(error instanceof CliError)) throw error
        this.#onProgress(error.message)
        this.#restart(name)
      }
    })
  }
}

/** What `run.json` says; undefined when nothing runs, or nobody can read what does. */
export function readRun(folder: DataFolder): RunFile | undefined {
  let text: string
  try {
    text = readFileSync(folder.run, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const run: unknown = JSON.parse(text)
    return isRunFile(run) ? run : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isRunFile(value: unknown): value is RunFile {
  const { children } = (value ?? {}) as { children?: unknown }
  return Array.isArray(children) && children.every(isProcessRef)
}

function isProcessRef(value: unknown): boolean {
  const { pid, started } = (value ?? {}) as { pid?: unknown; started?: unknown }
  return Number.isSafeInteger(pid) && Number(pid) > 1 && typeof started === 'string'
}

export interface RunFile extends Readonly<Record<string, unknown>> {
  readonly console: string
  readonly children: readonly ProcessRef[]
}

async function endChild({ process: child }: Child): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  void endProcess(processRef(child.pid))
  await ended
}
