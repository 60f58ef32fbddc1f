/** A module that may be killed, with the service and the phones, which outlive it. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom, SimulatedClock } from '@edgeward/base'
import { type AuditRecord, decodeRecord } from '@edgeward/domain'
import { keyIdOf } from '@edgeward/keystore'
import type { Acknowledgement, Health, Opened } from '@edgeward/keystore/seal'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { layOutMailbox, runDevice } from '@edgeward/transponder/aliro'
import { MemoryField } from '../../../packages/module/test/harness/memory-field.ts'
import { type Phone, start } from '../../../packages/module/test/harness/plant.ts'
import { type DocumentOptions, TestService } from '../../../packages/module/test/harness/test-service.ts'
import { siteOf } from '../../../packages/module/test/harness/test-site.ts'
import { type ChildTap, type ChildTapResult, movementsFile } from './child-messages.ts'
import { KillableModule } from './killable-module.ts'

/** Service and phones of one site: as many modules as one likes can be made from one start. */
export class World {
  readonly clock = new SimulatedClock(start * 1_000)
  readonly service: TestService
  readonly program: string
  readonly random = new SeededRandom(5)

  private constructor(service: TestService, program: string) {
    this.service = service
    this.program = program
  }

  /** `program`: the bundle of the child. */
  static async create(program: string): Promise<World> {
    return new World(await TestService.create(1, () => start), program)
  }

  async phone(document: Omit<DocumentOptions, 'phone'>): Promise<Phone> {
    const phones = await createMemoryKeyStore(this.random)
    const keyId = keyIdOf({ site: new Uint8Array(16).fill(1), purpose: 'wallet-credential' })
    const key = await phones.generate({ keyId, version: 1, purpose: 'wallet-credential', algorithm: 'P-256' })
    const publicKey = key.publicKey ?? new Uint8Array()
    return {
      publicKey,
      thumbprint: '',
      sign: data => phones.sign(key, data),
      document: await this.service.document({ ...document, phone: publicKey }),
    }
  }
}

export const moduleId = 'edge-1'

export class KillablePlant {
  readonly world: World
  readonly folder: string
  /** Every record that the service has, by its number. */
  readonly received: Map<number, Uint8Array>
  /** Batches that were no evidence, records that came again with other bytes. */
  readonly faults: string[] = []
  readonly acknowledgements: Acknowledgement[] = []
  health: Health | undefined
  module: KillableModule
  #taps = 0

  constructor(world: World, folder: string, received: ReadonlyMap<number, Uint8Array> = new Map()) {
    this.world = world
    this.folder = folder
    this.received = new Map(received)
    this.module = new KillableModule(world.program, folder)
  }

  /** A module without site, not started. `folder`: where it lives, instead of a new folder. */
  static blank(world: World, folder: string = newFolder()): KillablePlant {
    mkdirSync(folder, { recursive: true })
    return new KillablePlant(world, folder)
  }

  /** The same module again, on a copy of its folder; it must not run meanwhile. Not started. */
  copy(): KillablePlant {
    const folder = newFolder()
    cpSync(this.folder, folder, { recursive: true })
    return new KillablePlant(this.world, folder, this.received)
  }

  /** Brings the module to the site: keys, settings, signed time, rules. */
  async commission(options: { readonly keyVersion?: number } = {}): Promise<void> {
    const request = await this.module.call('request')
    await this.module.call('accept', await this.world.service.commission(moduleId, Uint8Array.from(request), options))
    await this.bringUpToDate()
  }

  /** Signed time and rules, as after a commissioning. */
  async bringUpToDate(): Promise<void> {
    const { service } = this.world
    await this.listen()
    const nonce = this.health?.nonce
    if (nonce !== undefined) await this.deliver(await service.command(moduleId, 'time', { nonce, time: start }))
    await this.deliver(await service.bundle(moduleId, siteOf()))
  }

  /** A new process on the same folder, not started. */
  again(): void {
    this.module = new KillableModule(this.world.program, this.folder)
  }

  /** A new process on the same folder, started. */
  async restart(): Promise<void> {
    this.again()
    await this.module.call('start')
  }

  async deliver(envelope: Uint8Array): Promise<void> {
    await this.module.call('deliver', envelope)
    await this.listen()
  }

  /** Takes in what the module has sent, as the service does: evidence verified, records once each. */
  async listen(): Promise<void> {
    for (const bytes of await this.module.call('sent')) {
      await this.#hear(await this.world.service.open(moduleId, Uint8Array.from(bytes)))
    }
  }

  /** Asks until all records are here, and acknowledges them. */
  async takeRecords(): Promise<readonly AuditRecord[]> {
    await this.module.call('settle')
    await this.listen()
    for (;;) {
      const { acknowledged, last } = await this.module.call('status')
      if (acknowledged === last) break
      const sequence = BigInt(this.received.size + 1)
      const entry = { type: 'audit-batch', version: this.complete, sequence, result: 'done' } as const
      await this.deliver(
        await this.world.service.seal(moduleId, 'acknowledgement', { acknowledged: [entry], heads: {} }),
      )
    }
    return this.records
  }

  /** The records that are here, in order. */
  get records(): readonly AuditRecord[] {
    return [...this.received].sort(([a], [b]) => a - b).map(([, bytes]) => decodeRecord(bytes))
  }

  /** The number up to which none is missing. */
  get complete(): number {
    let number = 0
    while (this.received.has(number + 1)) number += 1
    return number
  }

  /** Ids of the decisions by which something moved, in order. */
  get movements(): readonly string[] {
    const file = join(this.folder, movementsFile)
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  }

  async tap(phone: Phone, choice: Omit<ChildTap, 'tap'>): Promise<ChildTapResult> {
    const { service, random, clock } = this.world
    this.#taps += 1
    const tap = this.#taps
    const field = new MemoryField()
    this.module.fields.set(tap, field)
    const contents = [
      { kind: 'credentialDocument', to: service.group, content: phone.document ?? new Uint8Array() } as const,
    ]
    const credential = {
      publicKey: phone.publicKey,
      mailbox: { data: layOutMailbox(contents), read: true, write: false },
    }
    const groups = [{ groupIdentifier: service.readerGroupId, publicKey: service.readerGroupKey, credential }]
    const device = runDevice(field, { groups }, { sign: (_, data) => phone.sign(data), random, clock }, () => undefined)
    const result = this.module.call('tap', { tap, ...choice })
    await Promise.allSettled([result.finally(() => field.close()), device])
    this.module.fields.delete(tap)
    return result
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The end of a test: nothing of it is left. */
  async end(): Promise<void> {
    await this.module.kill()
    this.remove()
  }

  async #hear(envelope: Opened): Promise<void> {
    if (envelope.type === 'acknowledgement') this.acknowledgements.push(envelope.payload)
    if (envelope.type === 'health') this.health = envelope.payload
    if (envelope.type !== 'audit-batch') return
    const { first, records } = envelope.payload
    const fault = await this.world.service.fault(moduleId, envelope.payload)
    if (fault !== undefined) this.faults.push(`batch ${first}: ${fault}`)
    for (const [i, bytes] of records.entries()) {
      const known = this.received.get(first + i)
      if (known !== undefined && !Buffer.from(known).equals(bytes)) this.faults.push(`record ${first + i} differs`)
      this.received.set(first + i, bytes)
    }
  }
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'edgeward-kill-'))
}
