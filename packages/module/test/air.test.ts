/** What a phone that is none, or that stops halfway, does to a whole module: nothing. */
import { fromHex, SeededRandom } from '@edgeward/base'
import { afterEach, expect, test } from 'vitest'
import { MemoryField } from './harness/memory-field.ts'
import { ada, openGate, Plant } from './harness/plant.ts'

let plant: Plant
afterEach(() => plant.remove())

/** A link on which nobody answers from some command on, although the field stays. */
class SilentField extends MemoryField {
  readonly #from: number
  #commands = 0

  constructor(from: number) {
    super()
    this.#from = from
  }

  override exchange(command: Uint8Array): Promise<Uint8Array> {
    this.#commands += 1
    return this.#commands < this.#from ? super.exchange(command) : new Promise(() => undefined)
  }
}

/** A card that answers every command with what the test makes up. */
class JunkField extends MemoryField {
  readonly #answer: () => Uint8Array

  constructor(answer: () => Uint8Array) {
    super()
    this.#answer = answer
  }

  override async exchange(): Promise<Uint8Array> {
    return this.#answer()
  }
}

async function turns(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise(resolve => setImmediate(resolve))
}

test('T07: a phone that falls silent at any step lets go of the reader in time, and moves nothing', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const whole = await plant.tap(phone, openGate)
  const commands = whole.field.apdus.filter(({ from }) => from === 'reader').length
  const orders = plant.surroundings.orders.length
  expect(commands).toBeGreaterThanOrEqual(6)
  // The last command tells the phone what was decided: that stays decided.
  for (let from = 1; from < commands; from++) {
    const tap = plant.tap(phone, openGate, { field: new SilentField(from), settle: false })
    await turns()
    plant.surroundings.advance(601)
    const { torn, display } = await tap
    expect([torn, display.decision], `silent from command ${from}`).toEqual([true, 'deny'])
  }
  expect(plant.surroundings.orders).toHaveLength(orders)
  const last = plant.tap(phone, openGate, { field: new SilentField(commands), settle: false })
  await turns()
  plant.surroundings.advance(601)
  expect((await last).display.decision).toBe('permit')
  expect((await plant.tap(phone, openGate)).display.decision).toBe('permit')
})

test('T07: empty, short, oversize and endless answers are bad proofs or nothing, and the next honest tap succeeds', async () => {
  plant = await Plant.create()
  const phone = await plant.phone(ada)
  const random = new SeededRandom(4)
  const answers: readonly (() => Uint8Array)[] = [
    () => new Uint8Array(),
    () => Uint8Array.of(0x90),
    () => fromHex('9000'),
    () => fromHex('6100'),
    () => Uint8Array.from([...random.bytes(250), 0x61, 0x00]),
    () => Uint8Array.from([...random.bytes(4_096), 0x90, 0x00]),
    () => new Uint8Array(70_000),
    () => fromHex('6f8400ff84ff9000'),
    () => random.bytes(260),
  ]
  for (const [i, answer] of answers.entries()) {
    const { display } = await plant.tap(phone, openGate, { field: new JunkField(answer), settle: false })
    expect(display.decision, `answer ${i}`).toBe('deny')
  }
  expect(plant.surroundings.orders).toEqual([])
  expect((await plant.tap(phone, openGate)).display.decision).toBe('permit')
})
