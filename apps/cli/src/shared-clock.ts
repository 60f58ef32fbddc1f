/**
 * The simulated clock that all processes of a demo plant share: the machine's clock and one offset in a file. It goes on
 * over restarts, and back only when somebody tests exactly that.
 */

import { readFileSync } from 'node:fs'
import { type Clock, SystemClock } from '@edgeward/base'
import { CliError } from './cli-error.ts'
import { replaceFile } from './replace-file.ts'

export class SharedClock implements Clock {
  readonly #file: string
  readonly #real: Clock

  constructor(file: string, real: Clock = new SystemClock()) {
    this.#file = file
    this.#real = real
  }

  /** Reads the offset at each look, so that a change is everywhere at once. A few microseconds. */
  now(): number {
    return this.#real.now() + readOffset(this.#file)
  }

  /** Moves the clock to an instant. Throws a CliError `clock-back` when that lies behind, unless `back` says so. */
  set(instantMs: number, { back = false }: { back?: boolean } = {}): void {
    const now = this.now()
    if (instantMs < now && !back) {
      throw new CliError(
        'clock-back',
        `The clock stands at ${new Date(now).toISOString()} and does not go back. Use --back to test exactly that.`,
      )
    }
    writeOffset(this.#file, instantMs - this.#real.now())
  }
}

/** Whether a data folder has a simulated clock. */
export function hasSharedClock(file: string): boolean {
  try {
    readOffset(file)
    return true
  } catch (error) {
    if (error instanceof CliError) return false
    throw error
  }
}

/** Starts the clock of a new plant at an instant. */
export function startSharedClock(file: string, instantMs: number, real: Clock = new SystemClock()): SharedClock {
  writeOffset(file, instantMs - real.now())
  return new SharedClock(file, real)
}

function readOffset(file: string): number {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new CliError('no-clock', `${file} is missing: no demo plant has been started here. Run \`npm start\` first.`)
  }
  const offsetMs = offsetOf(text)
  if (typeof offsetMs !== 'number' || !Number.isFinite(offsetMs))
    throw new CliError(
      'bad-clock',
      `${file} holds no offset in milliseconds: somebody changed it. Restore a backup, or start over with \`edgeward demo reset\`.`,
    )
  return offsetMs
}

function offsetOf(text: string): unknown {
  try {
    return (Object(JSON.parse(text)) as { offsetMs?: unknown }).offsetMs
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Replaced as a whole and durable, so that no process ever reads half a number. */
function writeOffset(file: string, offsetMs: number): void {
  replaceFile(file, JSON.stringify({ offsetMs: Math.round(offsetMs) }))
}
