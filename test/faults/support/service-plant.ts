/** A service and modules as processes of their own, nobody watching over them: a test starts, kills and asks them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { answerOf, type Operation, operations, requestOf } from '@edgeward/service/api'
import pg from 'pg'
import { clone } from '../../system/support/plant.ts'

const entry = join(clone, 'apps/cli/bin/edgeward.js')
const lookMs = 50
const patienceMs = 60_000

export interface Answered {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly json: unknown
}

export class ServicePlant {
  readonly data: string = mkdtempSync(join(tmpdir(), 'edgeward-faults-'))
  /** Everything that the processes wrote, by name. */
  readonly said = new Map<string, string>()
  readonly #children = new Map<string, ChildProcess>()
  #ports = { http: 0, mqtt: 0 }

  static async start(): Promise<ServicePlant> {
    const plant = new ServicePlant()
    plant.#ports = { http: await freePort(), mqtt: await freePort() }
    await plant.startService()
    return plant
  }

  /** Another port for the broker, from the next start on. */
  async moveBroker(): Promise<void> {
    this.#ports = { ...this.#ports, mqtt: await freePort() }
  }

  async startService(): Promise<void> {
    const ports = ['--port', String(this.#ports.http), '--mqtt-port', String(this.#ports.mqtt)]
    this.run('service', ['serve', '--simulation', ...ports])
    await this.until('the service answers', async () => (await this.ask(operations.status, {}))?.status === 200)
  }

  startModule(id: string): void {
    this.run(id, ['module', id, '--simulation', '--broker', `mqtt://127.0.0.1:${this.#ports.mqtt}`])
  }

  /** Starts a module, takes it into the site, and waits until it has its rules. */
  async commission(id: string): Promise<void> {
    this.startModule(id)
    await this.until(`${id} answers`, async () => (await this.control(id, { do: 'status' })) !== undefined)
    const { order } = await this.call(operations.orderCommissioning, { module: id })
    const asked = await this.control(id, { do: 'commission-request' })
    const { package: sealed } = await this.call(operations.commission, { order, request: String(asked?.request) })
    await this.control(id, { do: 'commission-accept', package: sealed })
    await this.until(`${id} has its rules`, async () => {
      const { modules } = await this.call(operations.modules, {})
      return (modules.find(module => module.id === id)?.bundle.effective ?? 0) > 0
    })
  }

  /** Starts `edgeward …` on this plant's folder. */
  run(name: string, args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [entry, ...args, '--data', this.data], {
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#children.set(name, child)
    this.said.set(name, '')
    const hear = (chunk: Buffer): void => {
      this.said.set(name, `${this.said.get(name)}${chunk.toString('utf8')}`.slice(-100_000))
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    return child
  }

  /** Ends a process and waits for its end. */
  async end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children.get(name)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  pid(name: string): number {
    return this.#children.get(name)?.pid ?? 0
  }

  /** Asks over the operator socket; undefined when nobody answers. */
  ask<P extends object, Q extends object, B extends object, R>(
    operation: Operation<P, Q, B, R>,
    input: NoInfer<P & Q & B>,
  ): Promise<Answered | undefined> {
    const { method, path, body } = requestOf(operation, input)
    const text = body === undefined ? undefined : JSON.stringify(body)
    return new Promise(resolve => {
      const headers =
        text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const socketPath = join(this.data, 'operator.sock')
      const sent = request({ socketPath, method, path, headers, agent: false }, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', () => resolve(undefined))
        response.on('end', () => {
          const json: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || 'null')
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], json })
        })
      })
      sent.on('error', () => resolve(undefined))
      sent.end(text)
    })
  }

  async call<P extends object, Q extends object, B extends object, R>(
    operation: Operation<P, Q, B, R>,
    input: NoInfer<P & Q & B>,
  ): Promise<R> {
    const answered = await this.ask(operation, input)
    if (answered === undefined) throw new Error('the service does not answer')
    return answerOf(operation, answered)
  }

  /** Asks a module over its control socket; undefined when it does not run. */
  control(id: string, asked: object): Promise<Readonly<Record<string, unknown>> | undefined> {
    return new Promise(resolve => {
      const socket = connect(join(this.data, 'modules', id, 'control.sock'))
      socket.on('error', () => resolve(undefined))
      socket.on('close', () => resolve(undefined))
      const lines = createInterface({ input: socket })
      // It tells the socket's errors once more.
      lines.on('error', () => undefined)
      lines.once('line', line => {
        resolve(JSON.parse(line) as Readonly<Record<string, unknown>>)
        socket.destroy()
      })
      socket.write(`${JSON.stringify({ id: 1, ...asked })}\n`)
    })
  }

  /** Where PostgreSQL has its files. */
  get databaseHome(): string {
    const pointer = join(this.data, 'database.location')
    return existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : join(this.data, 'database')
  }

  get postmaster(): number {
    return Number(readFileSync(join(this.databaseHome, 'data/postmaster.pid'), 'utf8').split('\n')[0])
  }

  /** Runs a statement as the owner of the tables. */
  async rows<Row extends pg.QueryResultRow>(text: string): Promise<readonly Row[]> {
    const client = new pg.Client({
      host: join(this.databaseHome, 'socket'),
      user: 'edgeward_owner',
      database: 'edgeward',
    })
    await client.connect()
    try {
      return (await client.query<Row>(text)).rows
    } finally {
      await client.end()
    }
  }

  /** Looks until something is so. Rejects with what the processes said. */
  async until(what: string, look: () => Promise<boolean>): Promise<void> {
    for (const began = performance.now(); performance.now() - began < patienceMs; await delay(lookMs)) {
      if (await look()) return
    }
    const said = [...this.said].map(([name, text]) => `${name}: ${text.slice(-1500)}`)
    throw new Error(`waited ${patienceMs / 1000} s for this: ${what}\n${said.join('\n')}`)
  }

  async remove(): Promise<void> {
    for (const name of [...this.#children.keys()].reverse()) await this.end(name, 'SIGTERM')
    rmSync(this.databaseHome, { recursive: true, force: true })
    rmSync(this.data, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
