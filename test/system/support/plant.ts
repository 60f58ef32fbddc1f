/** A whole plant as a newcomer has it: started with `npm start`, used by typing commands. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where the product is: the deep clone that `.ci/run` makes, else this tree (built). */
export const clone: string = process.env.EDGEWARD_CLONE || resolve(import.meta.dirname, '../../..')

/** In the deep clone the folder that a start takes by itself: private, and too deep for a socket. */
function ownFolder(): string {
  if (process.env.EDGEWARD_CLONE) return join(clone, '.edgeward')
  return join(mkdtempSync(join(tmpdir(), 'edgeward-plant-')), 'data')
}

const startBoundMs = 240_000

export interface Typed {
  readonly code: number
  readonly out: string
  readonly err: string
}

export class Plant {
  readonly data: string
  /** What the terminal of `npm start` has shown so far. */
  shown = ''
  startSeconds = 0
  #process: ChildProcess | undefined

  constructor(data: string = ownFolder()) {
    this.data = data
  }

  /** Types `npm start` and waits until the plant says how to stop it. */
  async start(): Promise<void> {
    const began = performance.now()
    this.shown = ''
    const child = spawn('npm', ['start', '--silent', '--', '--port', '0'], {
      cwd: clone,
      env: { ...process.env, EDGEWARD_DATA: this.data, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#process = child
    await new Promise<void>((ready, failed) => {
      const bound = setTimeout(
        () => failed(new Error(`no plant after ${startBoundMs} ms:\n${this.shown}`)),
        startBoundMs,
      )
      const hear = (chunk: Buffer): void => {
        this.shown += chunk.toString('utf8')
        if (this.shown.includes('Ctrl-C stops the plant')) {
          clearTimeout(bound)
          ready()
        }
      }
      child.stdout?.on('data', hear)
      child.stderr?.on('data', hear)
      child.once('exit', code => {
        clearTimeout(bound)
        failed(new Error(`npm start ended with ${code}:\n${this.shown}`))
      })
    })
    this.startSeconds = (performance.now() - began) / 1000
  }

  /** Presses Ctrl-C: the whole group at the terminal gets the signal. */
  async stop(): Promise<void> {
    const child = this.#process
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    process.kill(-child.pid, 'SIGINT')
    await ended
  }

  /** Ends `npm start` with -9: nothing in it gets to say good-bye. */
  async kill(): Promise<void> {
    const child = this.#process
    if (!child?.pid) return
    const ended = once(child, 'exit')
    process.kill(-child.pid, 'SIGKILL')
    await ended
  }

  /** Types `npx edgeward …`. */
  type(args: string, input = ''): Promise<Typed> {
    return new Promise(done => {
      const child = execFile(
        process.execPath,
        [join(clone, 'apps/cli/bin/edgeward.js'), ...args.split(' ')],
        { cwd: clone, env: { ...process.env, EDGEWARD_DATA: this.data, NO_COLOR: '1' }, maxBuffer: 64 * 1024 * 1024 },
        (error, out, err) => done({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, err }),
      )
      child.stdin?.end(input)
    })
  }

  async json<T>(args: string, input = ''): Promise<T> {
    const { out, err } = await this.type(`${args} --json`, input)
    try {
      return JSON.parse(out) as T
    } catch (cause) {
      throw new Error(`edgeward ${args} --json printed no JSON:\n${out}\n${err}`, { cause })
    }
  }

  get pids(): Readonly<Record<string, number>> {
    return (JSON.parse(readFileSync(join(this.data, 'run.json'), 'utf8')) as { pids: Record<string, number> }).pids
  }

  get console(): string {
    return (JSON.parse(readFileSync(join(this.data, 'run.json'), 'utf8')) as { console: string }).console
  }

  pin(person: string): string {
    const line = readFileSync(join(this.data, 'demo-pins.txt'), 'utf8')
      .split('\n')
      .find(text => text.startsWith(`${person} `))
    return line?.split(' ')[1] ?? ''
  }

  async remove(): Promise<void> {
    await this.stop()
    const pointer = join(this.data, 'database.location')
    if (existsSync(pointer)) rmSync(readFileSync(pointer, 'utf8').trim(), { recursive: true, force: true })
    rmSync(this.data, { recursive: true, force: true })
  }
}

/** Looks again and again until something holds; fails with what it saw last. Bounded by the test's own limit. */
export async function until<T>(look: () => Promise<T>, holds: (seen: T) => boolean, boundMs = 30_000): Promise<T> {
  const end = performance.now() + boundMs
  for (;;) {
    const seen = await look()
    if (holds(seen)) return seen
    if (performance.now() > end) throw new Error(`never held; last seen: ${JSON.stringify(seen).slice(0, 2000)}`)
    await new Promise(done => setTimeout(done, 100))
  }
}
