/**
 * A whole module behind the port of a virtual reader, in a process that can be flooded. Runs as
 * `node --expose-gc BUNDLE` with an IPC channel. Its time goes ten times as fast as ours.
 */
import { SeededRandom } from '@edgeward/base'
import { layOutMailbox, runDevice } from '@edgeward/transponder/aliro'
import { type Carrier, connectVpcd, listenVpcd, systemTimer } from '@edgeward/transponder/carriers'
import { ada, Plant } from '../../../packages/module/test/harness/plant.ts'

/** What the parent asks, and what it is told. */
export type FloodQuestion = 'memory' | 'tap'
export interface FloodAnswer {
  readonly port?: number
  /** Bytes in use after the garbage is gone. */
  readonly memory?: number
  /** What an honest phone came to at the same port: the decision, and the orders to the actuator so far. */
  readonly tap?: { readonly decision: string; readonly orders: number; readonly taps: number }
}

const plant = await Plant.create()
const phone = await plant.phone(ada)
const { service, surroundings } = plant
let taps = 0
let open = 0
let last = 'none'

async function serve(card: Carrier): Promise<void> {
  try {
    last = (await plant.module.tap('gate', card)).display.decision
  } finally {
    open -= 1
  }
}

const listener = await listenVpcd({
  port: 0,
  timer: systemTimer,
  onCard: card => {
    taps += 1
    open += 1
    void serve(card)
  },
})
setInterval(() => surroundings.advance(100), 10)

async function honest(): Promise<FloodAnswer> {
  while (open > 0) await new Promise(resolve => setImmediate(resolve))
  // Whoever was there before may have brought the reader to rest.
  surroundings.advance(60_000)
  const carrier = await connectVpcd({ port: listener.port })
  const contents = [
    { kind: 'credentialDocument', to: service.group, content: phone.document ?? new Uint8Array() } as const,
  ]
  const credential = {
    publicKey: phone.publicKey,
    mailbox: { data: layOutMailbox(contents), read: true, write: false },
  }
  const group = { groupIdentifier: service.readerGroupId, publicKey: service.readerGroupKey, credential }
  const tools = {
    sign: (_: Uint8Array, data: Uint8Array) => phone.sign(data),
    random: new SeededRandom(1),
    clock: surroundings.truth,
  }
  await runDevice(carrier, { groups: [group] }, tools, () => undefined)
  carrier.close()
  while (open > 0) await new Promise(resolve => setImmediate(resolve))
  return { tap: { decision: last, orders: surroundings.orders.length, taps } }
}

async function memory(): Promise<FloodAnswer> {
  while (open > 0) await new Promise(resolve => setImmediate(resolve))
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return { memory: heapUsed + external + arrayBuffers }
}

process.on('message', (question: FloodQuestion) => {
  const answer = question === 'memory' ? memory() : honest()
  answer.then(
    told => process.send?.(told),
    (error: unknown) => {
      throw error
    },
  )
})
process.on('disconnect', () => process.exit(0))
process.send?.({ port: listener.port } satisfies FloodAnswer)
