import { concat, fromHex, SeededRandom, toHex } from '@edgeward/base'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type DeviceState,
  deviceEntropyBytes,
  idleDevice,
  idleReader,
  type ReaderState,
  readerEntropyBytes,
  stepDevice,
  stepReader,
} from '../../src/aliro/index.ts'
import { encodeCommand, encodeTlv } from '../../src/apdu/index.ts'
import { makeSite, now, type Site } from '../harness.ts'

let site: Site
beforeAll(async () => {
  site = await makeSite(1)
})

const select = '00a4040009a000000909acce550100'
const selectStepUp = '00a4040009a000000909acce550200'
const controlFlow = '803c000006410100420100'

/** A phone and a reader in step with each other. */
class Pair {
  device: DeviceState = idleDevice
  reader: ReaderState = idleReader
  readonly #random = new SeededRandom(1)

  /** The status word of the answer to one command; `''` when the device asked for a signature instead. */
  async send(command: string | Uint8Array): Promise<string> {
    const bytes = typeof command === 'string' ? fromHex(command) : command
    return toHex((await this.answer(bytes)).slice(-2))
  }

  async answer(bytes: Uint8Array): Promise<Uint8Array> {
    const entropy = this.#random.bytes(deviceEntropyBytes)
    let [state, effects] = stepDevice(site.device, this.device, { type: 'command', bytes, entropy, now })
    const sign = effects.find(effect => effect.type === 'sign')
    if (sign) {
      const signature = await site.credential.sign(sign.data)
      ;[state, effects] = stepDevice(site.device, state, { type: 'signature', bytes: signature })
    }
    this.device = state
    const answer = effects.find(effect => effect.type === 'answer')
    return answer?.bytes ?? new Uint8Array(0)
  }

  /** Runs an honest transaction until the command with this instruction would go out; gives that command. */
  async upTo(ins: number, certificate = true): Promise<Uint8Array> {
    const { certificate: own, ...plain } = site.reader
    const setup = certificate && own ? { ...plain, certificate: own } : plain
    let [state, effects] = stepReader(setup, idleReader, {
      type: 'start',
      entropy: this.#random.bytes(readerEntropyBytes),
    })
    for (;;) {
      this.reader = state
      const [effect] = effects
      if (effect?.type === 'send') {
        if (effect.bytes[1] === ins) return effect.bytes
        ;[state, effects] = stepReader(setup, state, { type: 'answer', bytes: await this.answer(effect.bytes) })
      } else if (effect?.type === 'sign') {
        const signature = await site.readerKey.sign(effect.data)
        ;[state, effects] = stepReader(setup, state, { type: 'signature', bytes: signature })
      } else return new Uint8Array(0)
    }
  }

  /** The status word of an EXCHANGE with this plaintext, and the mailbox status inside. */
  async exchange(plaintext: string): Promise<string> {
    const event = { type: 'exchange', plaintext: fromHex(plaintext), tolerant: true } as const
    const [sent, effects] = stepReader(site.reader, this.reader, event)
    const [effect] = effects
    if (effect?.type !== 'send') throw new Error('the reader is not open')
    const answer = await this.answer(effect.bytes)
    const sw = toHex(answer.slice(-2))
    if (sw !== '9000') return sw
    const [open, results] = stepReader(site.reader, sent, { type: 'answer', bytes: answer })
    this.reader = open
    const [result] = results
    return result?.type === 'exchanged' ? `${sw} ${result.status}` : sw
  }
}

async function openPair(): Promise<Pair> {
  const pair = new Pair()
  await pair.upTo(0xff)
  return pair
}

describe('before anything is proven', () => {
  test.each([
    ['a command before SELECT', [], '8080000000', '6d00'],
    ['a class that is not known', [select], 'ff80000000', '6800'],
    ['a class that another command has', [select], '0080000000', '6800'],
    ['a secured SELECT', [], '80a4040009a000000909acce550100', '6800'],
    ['parameters', [select], '8080010000', '6b00'],
    ['an instruction that is not known', [select], '8055000000', '6d00'],
    ['lengths that differ', [select], '8080000005aa', '6700'],
    ['less than a head', [select], '8080', '6700'],
    ['AUTH1 before AUTH0', [select], '8081000003410101', '6d00'],
    ['LOAD CERT before AUTH0', [select], '80d1000001aa', '6d00'],
    ['ENVELOPE before AUTH1', [select], '00c3000001aa', '6d00'],
    ['GET RESPONSE with nothing to fetch', [select], '00c0000000', '6d00'],
    ['an empty AUTH0', [select], '8080000000', '6701'],
    ['another command amidst a chain', [select, '9080000001aa'], '8081000001aa', '6883'],
    ['a chain with other parameters', [select, '9080000001aa'], '8080000101aa', '6883'],
    ['an instruction that is not known amidst a chain', [select, '9080000001aa'], '8055000000', '6883'],
    ['GET DATA amidst a chain', [select, '9080000001aa'], '80ca000000', '6883'],
    ['another way to select amidst a chain', [select, '9080000001aa'], '00a4000009a000000909acce550100', '6883'],
    ['AUTH0 amidst a chained SELECT', ['10a4040001a0'], '8080000000', '6883'],
    ['a malformed CONTROL FLOW', [select], '803c000003410100', '6701'],
    ['step-up before AUTH1', [select], selectStepUp, '6985'],
  ])('%s is refused', async (_, before, command, sw) => {
    const pair = new Pair()
    for (const earlier of before) expect(await pair.send(earlier)).toBe('9000')
    expect(await pair.send(command)).toBe(sw)
    // Whatever it was: only SELECT and CONTROL FLOW are answered now.
    expect(await pair.send('8080000000')).toBe('6d00')
    expect(await pair.send(controlFlow)).toBe('9000')
    expect(await pair.send(select)).toBe('9000')
  })

  test.each([
    ['an application that is not here', '00a4040005a000000001', '6a82'],
    ['another way to select', '00a4000009a000000909acce550100', '6b00'],
    ['GET DATA', '80ca000000', '6a88'],
  ])('%s is refused and costs nothing', async (_, command, sw) => {
    const pair = new Pair()
    const auth0 = await pair.upTo(0x80)
    expect(await pair.send(command)).toBe(sw)
    expect(await pair.send(auth0)).toBe('9000')
  })

  test('AUTH0 comes once, and with a policy and version that are known', async () => {
    const pair = new Pair()
    const auth0 = await pair.upTo(0x80)
    const changed = (from: string, to: string) => fromHex(toHex(auth0).replace(from, to))
    for (const [from, to, sw] of [
      ['420101', '420100', '6701'],
      ['420101', '420104', '6701'],
      ['5c020100', '5c020101', '6985'],
      ['874104', '874102', '6701'],
    ] as const) {
      expect(await pair.send(select)).toBe('9000')
      expect(await pair.send(changed(from, to))).toBe(sw)
    }
    expect(await pair.send(select)).toBe('9000')
    expect(await pair.send(auth0)).toBe('9000')
    expect(await pair.send(auth0)).toBe('6d00')
  })
})

describe('certificates', () => {
  test('what is no certificate is found out at AUTH1, not before', async () => {
    const pair = new Pair()
    const auth1 = await pair.upTo(0x81, false)
    expect(await pair.send('80d1000003aabbcc')).toBe('9000')
    expect(await pair.send(auth1)).toBe('6400')
  })

  test('a second one is refused, however it comes', async () => {
    const twice = new Pair()
    const loading = await twice.upTo(0xd1)
    expect(await twice.send(loading)).toBe('9000')
    expect(await twice.send(loading)).toBe('6701')
    const inside = new Pair()
    await inside.upTo(0x81)
    const auth1 = concat(
      encodeTlv(0x41, Uint8Array.of(1)),
      encodeTlv(0x9e, new Uint8Array(64)),
      encodeTlv(0x90, Uint8Array.of(1)),
    )
    expect(await inside.send(encodeCommand({ cla: 0x80, ins: 0x81, p1: 0, p2: 0, data: auth1 }))).toBe('6701')
  })
})

describe('inside the channel', () => {
  test.each([
    ['nothing', '', '6701'],
    ['only what is not known', 'c00100', '6701'],
    ['elements out of order', '9702018298009700', '6701'],
    ['a status of three bytes', '9703018200', '6701'],
    ['a request without 8C', 'ba06870400000001', '9000 2'],
    ['an 8C of two', 'ba038c0102', '9000 2'],
    ['a read of three bytes', 'ba088c010087030000 00'.replace(' ', ''), '9000 2'],
    ['a read beyond the end', 'ba098c010087040800' + '0001', '9000 1'],
    ['a request that does nothing', 'ba038c0100', '9000 0'],
    ['what is not known beside what is', 'c00100ba098c0100870400000001', '9000 0'],
  ])('%s is answered by the rules', async (_, plaintext, expected) => {
    const pair = await openPair()
    expect(await pair.exchange(plaintext)).toBe(expected)
  })

  test('the ranging key is given once', async () => {
    const pair = await openPair()
    expect(await pair.exchange('9800')).toBe('9000 0')
    expect(await pair.exchange('9800')).toBe('6d00')
  })

  test('an open atomic session lets nothing else through', async () => {
    for (const [command, sw] of [
      ['80d1000001aa', '6900'],
      ['80ca000000', '6900'],
      [selectStepUp, '6900'],
      [select, '9000'],
      [controlFlow, '9000'],
    ] as const) {
      const pair = await openPair()
      expect(await pair.exchange('ba088c01018a03000001')).toBe('9000 0')
      expect(await pair.send(command)).toBe(sw)
      expect(pair.device.mailboxes.size).toBe(0)
    }
  })

  test('a request out of bounds ends an atomic session with nothing written', async () => {
    const pair = await openPair()
    expect(await pair.exchange('ba088c01018a03000001')).toBe('9000 0')
    expect(await pair.exchange('ba088c01008a03ffff01')).toBe('9000 1')
    expect(await pair.exchange('ba038c0100')).toBe('9000 0')
    expect(pair.device.mailboxes.size).toBe(0)
  })

  test('step-up may be selected once the reader is proven, and the session goes on', async () => {
    const pair = await openPair()
    expect(await pair.send(selectStepUp)).toBe('9000')
    expect(await pair.exchange('97020182')).toBe('9000 0')
    expect(await pair.send(selectStepUp)).toBe('6985')
  })

  test.each([
    [0xfffe, '9000 0'],
    [0xffff, '6d00'],
  ])('a counter of %i is answered with %s', async (counter, expected) => {
    const pair = await openPair()
    const { phase } = pair.device
    const { phase: open } = pair.reader
    if (phase.name !== 'auth1' || open.name !== 'open') throw new Error('not open')
    const at = { readerCounter: counter, deviceCounter: counter - 1 }
    pair.device = { ...pair.device, phase: { ...phase, channel: { ...phase.channel, ...at } } }
    // The reader does not use such a counter either: what it would send is made with one that it may use.
    const readerAt = { ...at, readerCounter: Math.min(counter, 0xfffe) }
    pair.reader = { ...pair.reader, phase: { ...open, channel: { ...open.channel, ...readerAt } } }
    expect(await pair.exchange('9800')).toBe(expected)
  })

  test('keys are gone when the field is', async () => {
    const pair = await openPair()
    ;[pair.device] = stepDevice(site.device, pair.device, { type: 'field-lost' })
    expect(await pair.exchange('97020182')).toBe('6d00')
  })
})
