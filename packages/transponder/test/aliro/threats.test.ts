import { concat, SeededRandom, toHex } from '@edgeward/base'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { deviceEntropyBytes, idleDevice, runDevice, runReaderTransaction, stepDevice } from '../../src/aliro/index.ts'
import { decodeResponse } from '../../src/apdu/index.ts'
import type { Carrier } from '../../src/carriers/index.ts'
import { ManualTimer, MemoryLink, mailboxData, makeSite, now, type Site, tap, testKey } from '../harness.ts'

let site: Site
let stranger: Site
beforeAll(async () => {
  site = await makeSite(1)
  stranger = await makeSite(1_000)
})

/** Plays recorded bytes of one side at a fresh other side. */
function replayer(link: MemoryLink, from: 'reader' | 'device'): Uint8Array[] {
  return link.transcript.filter(entry => entry.from === from).map(({ bytes }) => bytes)
}

/** Recordings of some taps, from which replays are put together. */
const recordings = 4
const replays = 1_000

/** What a replay says in its turn: the same again, that of other taps, too early, twice, or with a bit turned. */
function variation(tapes: readonly (readonly Uint8Array[])[], random: SeededRandom): Uint8Array[] {
  const below = (limit: number): number => (random.bytes(1)[0] ?? 0) % limit
  const of = (index: number): readonly Uint8Array[] => tapes[index % tapes.length] ?? []
  const tape = [...of(below(recordings))]
  const at = below(tape.length)
  switch (below(6)) {
    case 0:
      return tape
    case 1:
      return tape.map((bytes, i) => of(below(recordings))[i] ?? bytes)
    case 2:
      return [...tape.slice(0, at), ...tape.slice(at + 1)]
    case 3:
      return [...tape.slice(0, at), ...tape.slice(Math.max(0, at - 1))]
    case 4:
      return [...tape.slice(0, at), ...of(below(recordings)).slice(at)]
    default: {
      const turned = Uint8Array.from(tape[at] ?? [])
      const bit = below(8)
      const place = below(Math.max(1, turned.length))
      turned[place] = (turned[place] ?? 0) ^ (1 << bit)
      return [...tape.slice(0, at), turned, ...tape.slice(at + 1)]
    }
  }
}

async function recordedTaps(from: 'reader' | 'device'): Promise<Uint8Array[][]> {
  const tapes: Uint8Array[][] = []
  for (let seed = 0; seed < recordings; seed++)
    tapes.push(replayer((await tap(site, { random: new SeededRandom(500 + seed) })).link, from))
  return tapes
}

test('T02: of a thousand replays of recorded phones, whole and pieced together, none opens a door', async () => {
  const tapes = await recordedTaps('device')
  const random = new SeededRandom(5)
  for (let replay = 0; replay < replays; replay++) {
    const said = variation(tapes, random)
    let at = 0
    const carrier: Carrier = {
      closed: new Promise(() => undefined),
      close: () => undefined,
      exchange: async () => said[at++] ?? Uint8Array.of(0x6d, 0),
    }
    const tools = { sign: site.readerKey.sign, random, timer: new ManualTimer() }
    const result = await runReaderTransaction(carrier, site.reader, tools, session => session.finish(0x0182))
    expect(result.outcome, `replay ${replay}`).toBe('failed')
  }
})

test('T02: of a thousand replays of recorded readers, whole and pieced together, none hears anything from a phone', async () => {
  const tapes = await recordedTaps('reader')
  const random = new SeededRandom(6)
  let refused = 0
  for (let replay = 0; replay < replays; replay++) {
    let state = idleDevice
    for (const bytes of variation(tapes, random)) {
      const event = { type: 'command', bytes, entropy: random.bytes(deviceEntropyBytes), now } as const
      const [next, effects] = stepDevice(site.device, state, event)
      state = next
      for (const effect of effects) {
        expect(effect.type, `replay ${replay}`).not.toBe('sign')
        if (effect.type !== 'report') continue
        expect(effect.report.type, `replay ${replay}`).not.toBe('reader-proven')
        if (effect.report.type === 'refused' && effect.report.because === 'reader-not-proven') refused += 1
      }
    }
  }
  // Most come as far as the signature.
  expect(refused).toBeGreaterThan(replays / 3)
})

test('T02: a fresh key and transaction identifier go into every tap', async () => {
  const random = new SeededRandom(6)
  const first = await tap(site, { random })
  const second = await tap(site, { random })
  const auth0 = (index: number) =>
    [first, second].map(({ link }) => toHex(link.transcript[index]?.bytes ?? new Uint8Array(0)))
  const [commandA = '', commandB = ''] = auth0(2)
  const [answerA = '', answerB = ''] = auth0(3)
  expect(commandA.slice(24, 160)).not.toBe(commandB.slice(24, 160))
  expect(answerA.slice(6, 70)).not.toBe(answerB.slice(6, 70))
})

/** What a phone says to readers that it must not trust. */
async function fakeReaders(): Promise<ReadonlyMap<string, MemoryLink>> {
  const transcripts = new Map<string, MemoryLink>()
  const meet = async (name: string, options: Parameters<typeof tap>[1]) => {
    const { link, reports, result } = await tap(site, { ...options, random: new SeededRandom(9) })
    expect(result).toMatchObject({ outcome: 'failed', error: 'status-word' })
    expect(reports[0]).toEqual({ type: 'refused', because: 'reader-not-proven', statusWord: 0x6982 })
    transcripts.set(name, link)
  }
  const { certify, readerKey } = site
  await meet('unknown group', { reader: stranger.reader, readerKey: stranger.readerKey })
  await meet('wrong signature', { readerKey: testKey(77) })
  await meet('foreign certificate', { reader: { certificate: await stranger.certify(readerKey.publicKey) } })
  await meet('expired certificate', { reader: { certificate: await certify(readerKey.publicKey, now - 1_000) } })
  // A reader is revoked by not being certified again: it keeps what it has, and that ends (R3).
  await meet('revoked: a certificate that ended this second', {
    reader: { certificate: await certify(readerKey.publicKey, now - 1) },
  })
  await meet('right certificate, wrong signature', {
    reader: { certificate: await certify(readerKey.publicKey) },
    readerKey: testKey(78),
  })
  return transcripts
}

test('T04: a reader that is not proven learns nothing: no name, no document, the same lengths for every reason', async () => {
  const transcripts = await fakeReaders()
  const shapes = new Set<string>()
  for (const link of transcripts.values()) {
    const answers = link.transcript.filter(({ from }) => from === 'device').map(({ bytes }) => bytes)
    shapes.add(answers.map(bytes => `${bytes.length}:${decodeResponse(bytes).sw}`).join())
    const heard = answers.map(toHex).join(' ')
    const publicKey = toHex(site.credential.publicKey)
    for (let at = 2; at + 16 <= publicKey.length; at += 16) expect(heard).not.toContain(publicKey.slice(at, at + 16))
    for (let at = 0; at + 8 <= mailboxData.length; at += 8) {
      expect(heard).not.toContain(toHex(mailboxData.slice(at, at + 8)))
    }
  }
  expect([...shapes]).toHaveLength(1)
})

test('T04: an unknown group is greeted like a known one', async () => {
  const [known, unknown] = await Promise.all([
    tap(site),
    tap(site, { reader: stranger.reader, readerKey: stranger.readerKey }),
  ])
  const answers = ({ link }: typeof known) => link.transcript.filter(({ from }) => from === 'device').slice(0, 3)
  const lengths = (met: typeof known) => answers(met).map(({ bytes }) => bytes.length)
  expect(lengths(unknown)).toEqual(lengths(known))
})

test('T05: 50 taps at a stranger share no bytes beyond the constants of the protocol', async () => {
  const seen: Set<string>[] = []
  const random = new SeededRandom(10)
  for (let i = 0; i < 50; i++) {
    const { link } = await tap(site, {
      reader: { ...stranger.reader, fast: true },
      readerKey: stranger.readerKey,
      random,
    })
    const answers = link.transcript.filter(({ from }) => from === 'device').slice(1)
    const varying = answers.flatMap(({ bytes }) => [bytes.slice(3, 67), bytes.slice(69, -2)])
    const windows = new Set<string>()
    for (const bytes of varying)
      for (let at = 0; at + 4 <= bytes.length; at++) windows.add(toHex(bytes.slice(at, at + 4)))
    seen.push(windows)
  }
  const [first = new Set<string>(), ...others] = seen
  expect([...first].filter(window => others.some(windows => windows.has(window)))).toEqual([])
})

test('T06: an edited list of versions ends the transaction', async () => {
  const link = new MemoryLink((from, bytes) => {
    const hex = toHex(bytes)
    return from === 'device' && hex.includes('5c0401000009')
      ? Uint8Array.from(Buffer.from(hex.replace('5c0401000009', '5c0400090100'), 'hex'))
      : bytes
  })
  const { result } = await tap(site, { link })
  expect(result).toMatchObject({ outcome: 'failed', error: 'decrypt' })
})

/** Junk that looks like commands: right heads, elements with lengths that lie, chains. */
const junkCommand = fc.oneof(
  fc.uint8Array({ maxLength: 300, size: 'max' }),
  fc
    .record({
      cla: fc.constantFrom(0x00, 0x10, 0x80, 0x90, 0xff),
      ins: fc.constantFrom(0xa4, 0x80, 0xd1, 0x81, 0xc9, 0x3c, 0xc3, 0xc0, 0xca, 0x55),
      p1: fc.constantFrom(0, 0, 0, 4, 1),
      data: fc.oneof(
        fc.uint8Array({ maxLength: 255, size: 'max' }),
        fc.constant(Uint8Array.from(Buffer.from('a000000909acce5501', 'hex'))),
        fc
          .array(
            fc.tuple(
              fc.constantFrom(0x41, 0x42, 0x5c, 0x87, 0x4c, 0x4d, 0x9e, 0x90),
              fc.nat(70),
              fc.uint8Array({ maxLength: 70 }),
            ),
          )
          .map(parts =>
            concat(...parts.map(([tag, length, value]) => concat(Uint8Array.of(tag, length), value))).slice(0, 255),
          ),
      ),
    })
    .map(({ cla, ins, p1, data }) => concat(Uint8Array.of(cla, ins, p1, 0, data.length), data)),
)

/** A million take minutes; a change here shows itself within a few hundred. */
const junkRuns = 300

test('T07: a phone answers any junk with a status word, and the next honest tap succeeds', async () => {
  const random = new SeededRandom(11)
  await fc.assert(
    fc.asyncProperty(fc.array(junkCommand, { maxLength: 20, size: 'max' }), async commands => {
      let state = idleDevice
      for (const bytes of commands) {
        const event = { type: 'command', bytes, entropy: random.bytes(deviceEntropyBytes), now } as const
        const [next, effects] = stepDevice(site.device, state, event)
        state = next
        const answers = effects.filter(({ type }) => type === 'answer')
        expect(answers).toHaveLength(1)
      }
    }),
    { numRuns: junkRuns },
  )
  expect((await tap(site)).result.outcome).toBe('granted')
})

test('T07: a reader ends on any junk without a grant, at whatever answer it comes', async () => {
  const junkAnswer = fc.oneof(
    fc.uint8Array({ maxLength: 300, size: 'max' }),
    fc.uint8Array({ maxLength: 300, size: 'max' }).map(data => concat(data, Uint8Array.of(0x90, 0))),
    fc
      .uint8Array({ maxLength: 300, size: 'max' })
      .map(data => concat(Uint8Array.of(0x6f, data.length & 0x7f), data, Uint8Array.of(0x90, 0))),
  )
  await fc.assert(
    fc.asyncProperty(fc.nat(4), junkAnswer, async (at, junk) => {
      let answers = 0
      const link = new MemoryLink((from, bytes) => (from === 'device' && answers++ === at ? junk : bytes))
      const { result } = await tap(site, { link })
      // LOAD CERT has nothing but its status, and the last answer only acknowledges what was decided before.
      if (at === 2 && result.outcome === 'granted') expect([...junk.slice(-2)]).toEqual([0x90, 0])
      else if (at < 4) expect(result.outcome).toBe('failed')
      else expect(result).toMatchObject({ outcome: 'granted', acknowledged: false })
    }),
    { numRuns: Math.ceil(junkRuns / 5) },
  )
})

test('a phone whose key fails says no, and the failure is not lost', async () => {
  const link = new MemoryLink()
  const failing = async () => {
    throw new Error('the key is gone')
  }
  const device = runDevice(link, site.device, { sign: failing, random: new SeededRandom(3) }, () => undefined)
  const caught = device
    .then(
      () => undefined,
      (error: unknown) => error,
    )
    .finally(() => link.close())
  const tools = { sign: site.readerKey.sign, random: new SeededRandom(4), timer: new ManualTimer() }
  const result = await runReaderTransaction(link, site.reader, tools, session => session.finish(0x0182))
  expect(result).toMatchObject({ outcome: 'failed', error: 'status-word' })
  expect(await caught).toMatchObject({ message: 'the key is gone' })
})
