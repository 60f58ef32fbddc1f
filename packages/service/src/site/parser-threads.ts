/** Threads with a bound on memory and time, a few at once; whoever comes then waits, and not too many do (T42). */
import { Worker } from 'node:worker_threads'
import { Refusal } from '../refusal.ts'
import type { ParsedSite } from './parsed-site.ts'

/** A file to read. */
export interface ToParse {
  readonly text: string
  readonly fileName: string
}

/** One large file takes a processor and some hundred megabytes. */
const mostThreads = 2
/** Files that wait, each of 16 MiB at most. */
const mostWaiting = 8
const retryAfterSeconds = 10
const baseMegabytes = 128
const megabytesPerMegabyte = 64
const mebibyte = 1024 * 1024
/** Up to this one thread is kept and reads the next one too: starting it takes longer than most files do. */
const keptBytes = mebibyte

export class ParserThreads {
  readonly #file: URL
  readonly #parseMs: number
  readonly #waiting: (() => void)[] = []
  readonly #living = new Set<Worker>()
  #busy = 0
  #kept: Worker | undefined
  #isClosed = false

  constructor(file: URL, parseMs: number) {
    this.#file = file
    this.#parseMs = parseMs
  }

  /** Rejects with a Refusal. */
  async parse(file: ToParse, bytes: number): Promise<ParsedSite> {
    await this.#turn()
    try {
      return await this.#parse(file, bytes)
    } finally {
      this.#busy -= 1
      this.#waiting.shift()?.()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#living].map(worker => worker.terminate()))
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async #turn(): Promise<void> {
    if (this.#busy >= mostThreads && this.#waiting.length >= mostWaiting) {
      throw new Refusal(
        'too-many-requests',
        `${mostThreads + mostWaiting} site files are being read: try again later`,
        {
          retryAfterSeconds,
        },
      )
    }
    if (this.#busy >= mostThreads) await new Promise<void>(resolve => this.#waiting.push(resolve))
    this.#busy += 1
  }

  async #parse(file: ToParse, bytes: number): Promise<ParsedSite> {
    if (this.#isClosed) throw new Refusal('unavailable', 'the service is stopping')
    const isSmall = bytes <= keptBytes
    const worker = (isSmall ? this.#takeKept() : undefined) ?? this.#start(Math.max(bytes, keptBytes))
    let isGood = false
    try {
      const parsed = await answerOf(worker, file, this.#parseMs)
      isGood = true
      return parsed
    } finally {
      if (isGood && isSmall && this.#kept === undefined && !this.#isClosed) this.#keep(worker)
      else await worker.terminate()
    }
  }

  #takeKept(): Worker | undefined {
    const kept = this.#kept
    this.#kept = undefined
    kept?.ref()
    return kept
  }

  #keep(worker: Worker): void {
    this.#kept = worker
    // It keeps no process alive.
    worker.unref()
  }

  #start(bytes: number): Worker {
    const megabytes = baseMegabytes + Math.ceil(bytes / mebibyte) * megabytesPerMegabyte
    const worker = new Worker(this.#file, { env: {}, resourceLimits: { maxOldGenerationSizeMb: megabytes } })
    this.#living.add(worker)
    worker.on('error', () => undefined)
    worker.once('exit', () => {
      this.#living.delete(worker)
      if (this.#kept === worker) this.#kept = undefined
    })
    return worker
  }
}

function answerOf(worker: Worker, file: ToParse, parseMs: number): Promise<ParsedSite> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string): void =>
      end(() => reject(new Refusal('site-refused', `the file could not be read: ${why}`)))
    const late = setTimeout(() => refuse(`it takes longer than ${parseMs / 1000} s`), parseMs)
    const onMessage = (parsed: ParsedSite): void => end(() => resolve(parsed))
    const onError = (error: unknown): void => refuse(reasonOf(error))
    const onExit = (): void => refuse('its thread ended')
    const end = (then: () => void): void => {
      clearTimeout(late)
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      then()
    }
    worker.once('message', onMessage).once('error', onError).once('exit', onExit)
    worker.postMessage(file)
  })
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'it needs too much memory'
    : 'it is damaged'
}
