import { type CborValue, decodeCbor, encodeCbor, fromHex, Tagged, toHex, utf8 } from '@edgeward/base'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { KeyHandle } from '../../src/index.ts'
import {
  advancesMark,
  type Command,
  EnvelopeRefused,
  encodePayload,
  type Mark,
  type MessageType,
  maxCarriedBytes,
  maxEnvelopeBytes,
  maxHeaderBytes,
  type Opened,
  openEnvelope,
  partyId,
  type Receiver,
  sealCredentialDocument,
  sealEnvelope,
} from '../../src/seal/index.ts'
import { flipEverything } from './flips.ts'
import { instances, sendOverRestore } from './instances.ts'
import { payloads } from './payload-arbitraries.ts'
import {
  commission,
  draft,
  group,
  id16,
  later,
  type Module,
  moduleReceiver,
  now,
  openService,
  receiver,
  receiverKey,
  type Service,
  scope,
  service,
} from './plant.ts'

let plant: Service
let pump: Module
let other: Module
beforeAll(async () => {
  plant = await openService()
  pump = await commission(plant, 'pump-house')
  other = await commission(plant, 'canteen')
})

const lockdown: Command = {
  id: id16(1),
  verb: 'lockdown',
  arguments: { on: true, area: 'production' },
  notBefore: now,
  notAfter: later,
  by: new Uint8Array(8),
}
const command = (more: Partial<Command> = {}): Uint8Array => encodePayload('command', { ...lockdown, ...more })
const sealCommand = (sequence = 1n, payload = command()): Promise<Uint8Array> =>
  sealEnvelope(plant.store, draft({ key: pump.down, type: 'command', to: pump.id, sequence, payload }))

async function outcome(at: Module, to: Receiver, bytes: Uint8Array, when = now): Promise<string> {
  try {
    return (await openEnvelope(at.store, to, bytes, { now: when })).type
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

test('a command arrives as it was sent, with the mark to store', async () => {
  const opened = await openEnvelope(pump.store, moduleReceiver(pump), await sealCommand(7n), { now })
  expect(opened).toMatchObject({
    type: 'command',
    direction: 'down',
    sequence: 7n,
    issued: now,
    notAfter: later,
    payload: lockdown,
  })
  expect(opened.mark).toEqual({ keyId: pump.down.keyId, type: 'command', version: 1, sequence: 7n })
})

test('party ids are the first 8 bytes of a hash over label, site and name', () => {
  expect(partyId(scope.site, 'service')).toHaveLength(8)
  expect(toHex(partyId(scope.site, 'service'))).not.toBe(toHex(partyId(scope.tenant, 'service')))
  expect(() => partyId(new Uint8Array(15), 'service')).toThrow('16 bytes')
})

describe('T27: an envelope is refused, and nothing is changed, when', () => {
  test('any one bit of it is flipped', async () => {
    const good = await sealCommand()
    const to = moduleReceiver(pump)
    for (let bit = 0; bit < 8 * good.length; bit++) {
      const bad = good.with(bit >> 3, (good[bit >> 3] as number) ^ (1 << (bit & 7)))
      expect(await outcome(pump, to, bad)).not.toBe('command')
    }
    expect(to.marks.size).toBe(0)
    expect(await outcome(pump, to, good)).toBe('command')
  })

  test('any one bit of an envelope of any type is flipped, whichever way it goes', async () => {
    const [tried, opened] = await flipEverything(plant, pump, { every: 13 })
    expect(tried).toBeGreaterThan(1_200)
    expect(opened).toBe(0)
  })

  test('any bit of any of 100 envelopes is flipped', async () => {
    await fc.assert(
      fc.asyncProperty(payloads.command, fc.nat(), async (payload, at) => {
        const good = await sealCommand(1n, encodePayload('command', payload))
        const bit = at % (8 * good.length)
        const bad = good.with(bit >> 3, (good[bit >> 3] as number) ^ (1 << (bit & 7)))
        expect(await outcome(pump, moduleReceiver(pump), bad)).not.toBe('command')
      }),
      { numRuns: 100 },
    )
  })

  test('any field of its header is another one', async () => {
    const good = await sealCommand()
    const reasons: string[] = []
    for (const [at, value] of [
      [1, 1],
      [1, 2],
      [2, 2],
      [3, pump.id],
      [4, service],
      [4, other.id],
      [5, 2],
      [6, now - 1],
      [7, later + 1],
    ] as const) {
      reasons.push(
        await outcome(
          pump,
          moduleReceiver(pump),
          withHeader(good, array => array.with(at, value)),
        ),
      )
    }
    expect(reasons).toEqual(['tag', 'tag', 'direction', 'sender', 'receiver', 'receiver', 'tag', 'tag', 'tag'])
    const iv = withHeader(
      good,
      array => array,
      header => header.set(5, new Uint8Array(12)),
    )
    expect(await outcome(pump, moduleReceiver(pump), iv)).toBe('tag')
  })

  test('it is sent back to its sender, or to another module', async () => {
    const bytes = await sealCommand()
    const serviceEnd = receiver(service, [receiverKey(pump.up, 'up', pump.id)])
    expect(await outcome({ ...pump, store: plant.store }, serviceEnd, bytes)).toBe('key-unknown')
    const withDown = receiver(service, [receiverKey(pump.down, 'up', pump.id)])
    expect(await outcome({ ...pump, store: plant.store }, withDown, bytes)).toBe('direction')
    expect(await outcome(other, moduleReceiver(other), bytes)).toBe('key-unknown')
  })

  test('it is presented as another type, or is for another site or tenant', async () => {
    const bytes = await sealEnvelope(
      plant.store,
      draft({
        key: pump.down,
        type: 'acknowledgement',
        to: pump.id,
        notAfter: null,
        payload: encodePayload('acknowledgement', {
          acknowledged: [{ type: 'health', version: 1, sequence: 1n, result: 'done' }],
        }),
      }),
    )
    expect(await outcome(pump, moduleReceiver(pump), bytes)).toBe('acknowledgement')
    const relabelled = withHeader(bytes, array => array.with(1, 4).with(7, later))
    expect(await outcome(pump, moduleReceiver(pump), relabelled)).toBe('tag')
    const elsewhere = { ...moduleReceiver(pump), site: new Uint8Array(16) }
    expect(await outcome(pump, elsewhere, bytes)).toBe('tag')
    expect(await outcome(pump, { ...moduleReceiver(pump), tenant: scope.site, site: scope.tenant }, bytes)).toBe('tag')
  })

  test('its key is retired, or it is too long for where it came from', async () => {
    const bytes = await sealCommand()
    const key = pump.taken.keys.find(({ purpose }) => purpose === 'transport-down') as KeyHandle
    const retired = receiver(pump.id, [{ ...receiverKey(key, 'down', service), retired: true }])
    expect(await outcome(pump, retired, bytes)).toBe('key-retired')
    expect(await outcome(pump, { ...moduleReceiver(pump), sizeLimit: 256 }, bytes)).toBe('command')
    expect(await outcome(pump, { ...moduleReceiver(pump), sizeLimit: 255 }, bytes)).toBe('size')
    expect(await outcome(pump, moduleReceiver(pump), new Uint8Array(maxEnvelopeBytes + 1))).toBe('size')
  })
})

test('T78: what is sealed for one tenant or site does not open at another that has the same keys', async () => {
  const bytes = await sealCommand()
  const to = moduleReceiver(pump)
  expect(await outcome(pump, { ...to, tenant: new Uint8Array(16) }, bytes)).toBe('tag')
  expect(await outcome(pump, { ...to, site: new Uint8Array(16) }, bytes)).toBe('tag')
  expect(await outcome(pump, to, bytes)).toBe('command')
})

test('a fault of the key store goes through as what it is, not as a refusal', async () => {
  const key = pump.taken.keys.find(({ purpose }) => purpose === 'transport-down') as KeyHandle
  const gone = receiver(pump.id, [receiverKey(key, 'down', service)])
  await expect(openEnvelope(other.store, gone, await sealCommand(), { now })).rejects.toMatchObject({
    name: 'KeyStoreError',
    code: 'key-not-found',
  })
})

/** Opens in this order with one memory; what a caller does: compare and set with the effect. */
async function openAll(envelopes: readonly Uint8Array[]): Promise<Opened[]> {
  const to = moduleReceiver(pump)
  const accepted: Opened[] = []
  for (const bytes of envelopes) {
    try {
      const opened = await openEnvelope(pump.store, to, bytes, { now })
      if (opened.mark !== undefined) to.marks.set(`${opened.mark.keyId}/${opened.mark.type}`, opened.mark)
      accepted.push(opened)
    } catch (error) {
      if (!(error instanceof EnvelopeRefused && error.code === 'stale')) throw error
    }
  }
  return accepted
}

test('T29: in whatever order six envelopes of three types arrive, the newest of each type is in force', async () => {
  const seal = (type: 'policy-bundle' | 'revocation-delta', sequence: bigint): Promise<Uint8Array> => {
    const version = Number(sequence)
    const bundle = {
      epoch: 1,
      version,
      revocationVersion: 0,
      notBefore: now,
      notAfter: later,
      tables: new Uint8Array(2),
      siteDigest: new Uint8Array(32),
    }
    const payload =
      type === 'policy-bundle' ? encodePayload(type, bundle) : encodePayload(type, { base: 0, version, entries: [] })
    return sealEnvelope(plant.store, draft({ key: pump.down, type, to: pump.id, sequence, payload }))
  }
  const envelopes = [
    ...[await seal('policy-bundle', 1n), await seal('policy-bundle', 2n)],
    ...[await seal('revocation-delta', 1n), await seal('revocation-delta', 2n)],
    ...[await sealCommand(1n, command({ verb: 'lockdown' })), await sealCommand(2n, command({ id: id16(2) }))],
  ]
  for (const order of permutations([0, 1, 2, 3, 4, 5])) {
    const accepted = await openAll(order.map(i => envelopes[i] as Uint8Array))
    const last = new Map<MessageType, bigint>(accepted.map(({ type, sequence }) => [type, sequence]))
    expect(last).toEqual(
      new Map([
        ['policy-bundle', 2n],
        ['revocation-delta', 2n],
        ['command', 2n],
      ]),
    )
  }
})

test('a mark is a pair: a new key version starts low and closes the numbers of the old one', () => {
  const mark = (version: number, sequence: bigint): Mark => ({ version, sequence })
  expect(advancesMark(undefined, mark(1, 1n))).toBe(true)
  expect(advancesMark(mark(1, 5n), mark(1, 5n))).toBe(false)
  expect(advancesMark(mark(1, 5n), mark(1, 6n))).toBe(true)
  expect(advancesMark(mark(1, 5n), mark(2, 1n))).toBe(true)
  expect(advancesMark(mark(2, 1n), mark(1, 2n ** 63n - 1n))).toBe(false)
})

test('T30: sealing the same number again, as after a restored backup, repeats no nonce', async () => {
  const ivs = await Promise.all(Array.from({ length: 500 }, async () => toHex(ivOf(await sealCommand(1n)))))
  expect(new Set(ivs).size).toBe(500)
})

test('T30: four instances, stopped, put back to an older state and started again, repeat no nonce, only numbers', async () => {
  const { count, nonces, sequences } = await sendOverRestore(300)
  expect(count).toBe(2 * instances * 300)
  expect(sequences).toBe(count / 2)
  expect(nonces).toBe(count)
})

test('T31: what a phone or card carries has 64 KiB, and a protected header 512 bytes, and not a byte more', async () => {
  const to = { ...moduleReceiver(pump), sizeLimit: maxCarriedBytes }
  const longest = await sealCommand(1n, command({ arguments: { filling: new Uint8Array(60_000) } }))
  expect(longest).toHaveLength(maxCarriedBytes)
  expect(await outcome(pump, to, longest)).toBe('command')
  expect(await outcome(pump, to, Uint8Array.of(...longest, 0))).toBe('size')
  const good = await sealCommand()
  const withLabel = (length: number): Uint8Array =>
    withHeader(
      good,
      array => array,
      header => header.set(1, 'x'.repeat(length)),
    )
  const rest = members(withLabel(300))[0].length - 300
  // Short enough to be read: then it is what it says that is wrong.
  expect(await outcome(pump, moduleReceiver(pump), withLabel(maxHeaderBytes - rest))).toBe('algorithm')
  expect(await outcome(pump, moduleReceiver(pump), withLabel(maxHeaderBytes - rest + 1))).toBe('header')
})

describe('T31: bad CBOR is refused without being opened:', () => {
  const bad: readonly (readonly [string, string, string])[] = [
    ['100,000 arrays inside each other', '81'.repeat(100_000), 'malformed'],
    ['100,000 tags inside each other', 'd0'.repeat(100_000), 'malformed'],
    ['a string of 1 GiB', 'd0835a40000000', 'malformed'],
    ['a string of 2^64-1', 'd0835bffffffffffffffff', 'malformed'],
    ['an array of 2^32-1 items', 'd09affffffff', 'malformed'],
    ['a map of 2^63 members', 'bb8000000000000000', 'malformed'],
    ['an indefinite array', 'd09f4040ff', 'malformed'],
    ['an indefinite string', 'd0835f4140ffa040', 'malformed'],
    ['a reserved length', 'd01c', 'malformed'],
    ['undefined', 'd08340a0f7', 'malformed'],
    ['a float', 'd08340a0f93c00', 'malformed'],
    ['a break alone', 'ff', 'malformed'],
    ['a text that is no UTF-8', 'd08362c328a040', 'malformed'],
    ['a key twice', 'd08340a20100010040', 'malformed'],
    ['unsorted keys', 'd08340a20200010040', 'not-canonical'],
    ['a long length', 'd083580140a040', 'not-canonical'],
    ['a long tag', 'd8108340a040', 'not-canonical'],
    ['another tag', 'd18340a040', 'structure'],
    ['a tag of 2^64-1', 'dbffffffffffffffff8340a040', 'malformed'],
    ['the tag twice', 'd0d08340a040', 'structure'],
    ['an integer', '00', 'structure'],
    ['an array of four', 'd08440a04080', 'structure'],
  ]
  test.each(bad)('%s', async (_, hex, reason) => {
    expect(await outcome(pump, moduleReceiver(pump), fromHex(hex))).toBe(reason)
  })

  test('alg in the unprotected header', async () => {
    const [protectedHeader, , ciphertext] = members(await sealCommand())
    const moved = encodeCbor(new Tagged(16, [protectedHeader, new Map([[1, 3]]), ciphertext]))
    expect(await outcome(pump, moduleReceiver(pump), moved)).toBe('header')
  })

  test('any bytes at all are refused with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400, size: 'max' }), async bytes => {
        expect(await outcome(pump, moduleReceiver(pump), bytes)).toMatch(
          /^(size|malformed|not-canonical|structure|header)$/,
        )
      }),
      { numRuns: 500 },
    )
  })
})

test('an envelope has the length of a bucket, or of the place that it is made for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(70_000), async length => {
      const payload = command({ arguments: { filling: new Uint8Array(length) } })
      const { length: whole } = await sealCommand(1n, payload)
      expect([256, 1024, 4096, 16_384, 65_536, 131_072]).toContain(whole)
      expect(whole).toBeGreaterThanOrEqual(payload.length + 94)
    }),
    { numRuns: 30 },
  )
  for (const size of [239, 476, 478, 717, 956]) {
    const sealed = await sealEnvelope(
      plant.store,
      draft({ key: pump.down, type: 'command', to: pump.id, payload: command(), size }),
    )
    expect(sealed).toHaveLength(size)
    expect(await outcome(pump, moduleReceiver(pump), sealed)).toBe('command')
  }
})

test('what may not be sealed is not: another key, direction, end, number, size', async () => {
  const good = draft({ key: pump.down, type: 'command', to: pump.id, payload: command() })
  const refused = [
    { ...good, key: plant.credential },
    { ...good, key: pump.audit },
    { ...good, type: 'health' as const },
    { ...good, notAfter: null },
    { ...good, notAfter: now - 1 },
    { ...good, sequence: 0n },
    { ...good, sequence: 2n ** 63n },
    { ...good, size: 100 },
    { ...good, payload: new Uint8Array(maxEnvelopeBytes) },
  ]
  for (const one of refused) await expect(sealEnvelope(plant.store, one)).rejects.toThrow('invariant broken')
})

test('an envelope for a key group opens at its modules, and not at others', async () => {
  const claims = {
    credential: new Uint8Array(8),
    person: new Uint8Array(16),
    roles: [],
    notBefore: now,
    notAfter: later,
    epoch: 1,
    transponder: new Uint8Array(32),
    keyGroup: group,
  }
  const bytes = await sealCredentialDocument(plant.store, {
    ...scope,
    issuer: plant.issuer,
    key: plant.credential,
    from: service,
    sequence: 1n,
    issued: now,
    claims,
  })
  expect(await outcome(pump, moduleReceiver(pump), bytes)).toBe('credential-document')
  expect(await outcome(pump, { ...moduleReceiver(pump), groups: [utf8('elsewhe!')] }, bytes)).toBe('receiver')
})

function members(bytes: Uint8Array): [Uint8Array, CborValue, Uint8Array] {
  const tagged = decodeCbor(bytes, { tags: [16] })
  const [protectedHeader, unprotected, ciphertext] = tagged instanceof Tagged ? listOf(tagged.value) : []
  return [bytesOf(protectedHeader), unprotected ?? null, bytesOf(ciphertext)]
}

/** The same ciphertext under another header. */
function withHeader(
  bytes: Uint8Array,
  change: (array: CborValue[]) => CborValue,
  also: (header: Map<number | bigint | string, CborValue>) => unknown = () => undefined,
): Uint8Array {
  const [protectedHeader, unprotected, ciphertext] = members(bytes)
  const header = new Map(mapOf(decodeCbor(protectedHeader)))
  header.set(-65537, change([...listOf(header.get(-65537))]))
  also(header)
  return encodeCbor(new Tagged(16, [encodeCbor(header), unprotected, ciphertext]))
}

function ivOf(bytes: Uint8Array): Uint8Array {
  return bytesOf(mapOf(decodeCbor(members(bytes)[0])).get(5))
}

function bytesOf(value: CborValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new Error('not bytes')
}

function mapOf(value: CborValue): ReadonlyMap<number | bigint | string, CborValue> {
  if (value instanceof Map) return value
  throw new Error('not a map')
}

function listOf(value: CborValue | undefined): readonly CborValue[] {
  if (Array.isArray(value)) return value
  throw new Error('not a list')
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]]
  return items.flatMap(item => permutations(items.filter(one => one !== item)).map(rest => [item, ...rest]))
}
