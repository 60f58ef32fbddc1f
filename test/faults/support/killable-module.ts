/** One run of a module as a process of its own, up to its end or its death. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { MemoryField } from '../../../packages/module/test/harness/memory-field.ts'
import type { FaultPoint } from '../../../packages/module/test/harness/stopping-fault-point.ts'
import type { Call, ChildCalls, FromChild, ToChild } from './child-messages.ts'

/** A step that is never reached must not hold the tests for ever. */
const boundMs = 60_000

type Result<Name extends Call> = Awaited<ReturnType<ChildCalls[Name]>>

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export class KillableModule {
  readonly fields = new Map<number, MemoryField>()
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  readonly #stopped: Promise<string>
  readonly #ended: Promise<unknown>
  #calls = 0
  #errors = ''

  /** `program`: the bundle. `folder`: the module's data folder. */
  constructor(program: string, folder: string) {
    this.#process = spawn(process.execPath, [program, folder], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    })
    this.#process.on('message', message => this.#hear(message as FromChild))
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString('utf8')
    })
    this.#stopped = firstLine(this.#process.stdio[3] as Readable)
    this.#ended = once(this.#process, 'exit').then(() => this.#gone())
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Calls the module. Rejects with the child's error, or when it dies meanwhile. */
  call<Name extends Call>(name: Name, ...[argument]: Parameters<ChildCalls[Name]>): Promise<Result<Name>> {
    this.#calls += 1
    const id = this.#calls
    const message: ToChild = { id, call: name, ...(argument === undefined ? {} : { argument }) }
    return new Promise<Result<Name>>((resolve, reject) => {
      this.#waiting.set(id, { resolve: result => resolve(result as Result<Name>), reject })
      this.#process.send(message, error => error && reject(error))
    })
  }

  /**
   * Does something that leads to a step, and kills the process there with -9. Throws when it is done without having
   * come there, so that no test passes because nothing was stopped.
   */
  async killAt(point: FaultPoint, work: () => Promise<unknown>): Promise<void> {
    await this.call('stopAt', point)
    let late: NodeJS.Timeout | undefined
    const bound = new Promise<string>((_, reject) => {
      late = setTimeout(() => reject(new Error(`${point} was not reached in ${boundMs} ms: ${this.#errors}`)), boundMs)
    })
    const done = work().then(
      () => 'the end',
      (error: unknown) => String(error),
    )
    try {
      const reached = await Promise.race([this.#stopped, done, bound])
      if (reached !== point) throw new Error(`expected to stop at ${point}, came to: ${reached} ${this.#errors}`)
    } finally {
      clearTimeout(late)
      await this.kill()
    }
    await done
  }

  /** Ends the process with -9, wherever it is. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    await this.call('stop')
    this.#process.disconnect()
    await this.#ended
  }

  #hear(message: FromChild): void {
    if ('closed' in message) this.fields.get(message.closed)?.close()
    else if ('command' in message) void this.#carry(message)
    else this.#answered(message)
  }

  #answered({ id, result, error }: Extract<FromChild, { id: number }>): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error))
  }

  async #carry({ apdu, tap, command }: Extract<FromChild, { command: Uint8Array }>): Promise<void> {
    const field = this.fields.get(tap) ?? new MemoryField()
    const answer = await field.exchange(Uint8Array.from(command)).catch(() => undefined)
    if (this.#process.connected) this.#process.send({ apdu, ...(answer === undefined ? {} : { answer }) })
  }

  #gone(): void {
    for (const field of this.fields.values()) field.close()
    for (const { reject } of this.#waiting.values()) reject(new Error(`the module is gone: ${this.#errors}`))
    this.#waiting.clear()
  }
}

/** What the child says where it stands; never, if it says nothing. */
function firstLine(from: Readable): Promise<string> {
  return new Promise(resolve => {
    from.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8').trim()))
  })
}
