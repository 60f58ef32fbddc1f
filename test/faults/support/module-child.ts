/**
 * A real security module that a test may kill: real store, real key store, a file in place of the actuator; phones and
 * service are the parent's. Runs as `node BUNDLE FOLDER`, with an IPC channel, and says at descriptor 3 where it stands.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { SystemRandom } from '@edgeward/base'
import type { KeyStore } from '@edgeward/keystore'
import { openSoftwareKeyStore } from '@edgeward/keystore/software'
import { createModule, makeRoomToStart, type SecurityModule, type TapCarrier } from '@edgeward/module'
import { Surroundings } from '../../../packages/module/test/harness/plant.ts'
import { stopAt } from '../../../packages/module/test/harness/stopping-fault-point.ts'
import type { ChildCalls, ChildTap, ChildTapResult, FromChild, ToChild } from './child-messages.ts'
import { movementsFile } from './child-messages.ts'

const folder = process.argv[2] ?? ''
const surroundings = new Surroundings()
const warnings: string[] = []
const phones = new Map<number, (answer: Uint8Array | undefined) => void>()
let apdus = 0
let module: SecurityModule
let keyStore: KeyStore

const send = (message: FromChild): void => {
  process.send?.(message)
}

const log = {
  info: () => undefined,
  warn: (event: string, detail: unknown) => void warnings.push(`${event} ${JSON.stringify(detail)}`),
}

surroundings.onMove = ({ decisionId }) => {
  const file = openSync(join(folder, movementsFile), 'a')
  writeSync(file, `${decisionId}\n`)
  fsyncSync(file)
  closeSync(file)
}

const calls: ChildCalls = {
  stopAt,
  async start() {
    makeRoomToStart(folder)
    keyStore = await openSoftwareKeyStore({ folder: join(folder, 'keys') })
    module = await createModule({
      dataFolder: folder,
      moduleId: 'edge-1',
      ports: surroundings.ports(),
      keyStore,
      random: new SystemRandom(),
      timers: surroundings.timers,
      log,
    })
    surroundings.link.state = 'up'
    await module.start()
    await settle()
  },
  async stop() {
    await module.stop()
    await keyStore.close()
  },
  request: async () => (await module.commissioningRequest()).request,
  async accept(encoded) {
    await module.acceptCommissioning(encoded)
    await settle()
  },
  decommission: () => module.decommission(),
  async deliver(envelope) {
    surroundings.link.deliver(envelope)
    await settle()
  },
  settle,
  async advance(ms) {
    surroundings.advance(ms)
    await settle()
  },
  sent: () => surroundings.link.sent.splice(0),
  tap,
  status() {
    const { commissioned, records, ...status } = module.status()
    return {
      commissioned,
      last: records.last,
      acknowledged: records.acknowledged,
      disk: 'disk' in status ? String(status.disk) : 'ok',
    }
  },
  warnings: () => warnings.splice(0),
}

async function tap({ tap: number, asset, function: name, pin }: ChildTap): Promise<ChildTapResult> {
  surroundings.next = { asset, function: name, side: 'in', ...(pin === undefined ? {} : { pin }) }
  const { display, record } = await module.tap(asset, carrierOf(number))
  await settle()
  return {
    decision: display.decision,
    family: display.family,
    reasons: record?.reasons,
    trace: (record?.trace ?? []).map(({ what, value }) => `${what}: ${value}`),
  }
}

/** The phone lives in the parent. */
function carrierOf(number: number): TapCarrier {
  return {
    exchange: command =>
      new Promise((resolve, reject) => {
        apdus += 1
        phones.set(apdus, answer => (answer === undefined ? reject(new Error('the phone has left')) : resolve(answer)))
        send({ apdu: apdus, tap: number, command })
      }),
    close: () => send({ closed: number }),
    closed: new Promise(() => undefined),
  }
}

/** Lets everything run that can run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await idle()
    surroundings.timers.advance(50)
    await new Promise(resolve => setImmediate(resolve))
  }
  await idle()
}

/** A disk that takes nothing is no end: the log says it. */
function idle(): Promise<void> {
  return module.idle().catch((error: unknown) => log.warn('idle', String(error)))
}

process.on('message', (message: ToChild) => {
  if ('apdu' in message) {
    phones.get(message.apdu)?.(message.answer)
    phones.delete(message.apdu)
    return
  }
  const { id, call, argument } = message
  const work = calls[call] as (argument: unknown) => unknown
  Promise.resolve()
    .then(() => work(argument))
    .then(
      result => send({ id, result }),
      (error: unknown) => send({ id, error: String(error) }),
    )
})
