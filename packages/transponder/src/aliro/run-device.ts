import type { CardCarrier } from '../carriers/carrier.ts'
import {
  type DeviceEffect,
  type DeviceEvent,
  type DeviceState,
  deviceEntropyBytes,
  idleDevice,
  stepDevice,
} from './device.ts'
import type { DeviceReport, DeviceSetup, DeviceTools } from './device-setup.ts'

/**
 * Answers a reader until the field is gone or the link is closed, and reports what happens. Resolves then.
 * Reader certificates, signatures and keys are checked inside; whatever the reader does, nothing is thrown for it.
 * Rejects with what `tools.sign` throws, after the reader was told no.
 */
export async function runDevice(
  carrier: CardCarrier,
  setup: DeviceSetup,
  tools: DeviceTools,
  report: (report: DeviceReport) => void,
): Promise<void> {
  const device = new Device(carrier, setup, tools, report)
  for (;;) {
    const event = await carrier.next()
    switch (event.type) {
      case 'closed':
      case 'power-off':
        return
      case 'power-on':
      case 'reset':
        await device.drive({ type: 'field-lost' })
        break
      case 'command':
        await device.drive(device.commandEvent(event.bytes))
    }
  }
}

class Device {
  readonly #carrier: CardCarrier
  readonly #setup: DeviceSetup
  readonly #tools: DeviceTools
  readonly #report: (report: DeviceReport) => void
  #state: DeviceState = idleDevice

  constructor(carrier: CardCarrier, setup: DeviceSetup, tools: DeviceTools, report: (report: DeviceReport) => void) {
    this.#carrier = carrier
    this.#setup = setup
    this.#tools = tools
    this.#report = report
  }

  commandEvent(bytes: Uint8Array): DeviceEvent {
    const { random, clock } = this.#tools
    return { type: 'command', bytes, entropy: random.bytes(deviceEntropyBytes), ...(clock ? { now: clock.now() } : {}) }
  }

  async drive(event: DeviceEvent): Promise<void> {
    const [state, effects] = stepDevice(this.#setup, this.#state, event)
    this.#state = state
    for (const effect of effects) await this.#perform(effect)
  }

  async #perform(effect: DeviceEffect): Promise<void> {
    switch (effect.type) {
      case 'answer':
        return this.#carrier.answer(effect.bytes)
      case 'report':
        return this.#report(effect.report)
      case 'sign':
        return await this.#sign(effect.credentialPublicKey, effect.data)
    }
  }

  async #sign(credentialPublicKey: Uint8Array, data: Uint8Array): Promise<void> {
    let signature: Uint8Array
    try {
      signature = await this.#tools.sign(credentialPublicKey, data)
    } catch (error) {
      await this.drive({ type: 'sign-failed' })
      throw error
    }
    await this.drive({ type: 'signature', bytes: signature })
  }
}
