import { fromHex, toHex, utf8 } from '@edgeward/base'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { KeyHandle } from '../../src/index.ts'
import {
  type AuditBatch,
  batchFault,
  batchLeafBytes,
  type ChainEntry,
  type ChainFault,
  chainNext,
  chainStart,
  commitment,
  firstChainFault,
  leafBytes,
  maxLeafBytes,
  recordMac,
  signEvidence,
  verifyEvidence,
} from '../../src/seal/index.ts'
import { knownStore } from '../scripted-random.ts'
import { commission, type Module, openService, type Service } from './plant.ts'

let plant: Service
let pump: Module
let auditKey: KeyHandle
beforeAll(async () => {
  plant = await openService()
  pump = await commission(plant, 'pump-house')
  auditKey = pump.taken.keys.find(({ purpose }) => purpose === 'audit-mac') as KeyHandle
})

const chainEpoch = 5

/** The chain that a module keeps. */
async function chainOf(records: readonly Uint8Array[]): Promise<ChainEntry[]> {
  let head = chainStart({ module: pump.id, chainEpoch })
  const entries: ChainEntry[] = []
  for (const [i, record] of records.entries()) {
    head = chainNext(head, i + 1, record)
    entries.push({ number: i + 1, record, head, mac: await recordMac(pump.store, auditKey, head) })
  }
  return entries
}

const faultOf = (entries: readonly ChainEntry[]): Promise<ChainFault | undefined> =>
  firstChainFault(plant.store, pump.audit, { before: chainStart({ module: pump.id, chainEpoch }), first: 1, entries })

test('heads and MACs are those of the specification: three records of a log vector', async () => {
  const { store, import: take } = await knownStore()
  const bytes = fromHex('ac9ee3808a807b8f7584a0e26ef7733fce2f2a84665d7d7b498e28330c645172')
  const key = await take(bytes, { keyId: '0000000000000001', version: 1, purpose: 'audit-mac', algorithm: 'AES-256' })
  const start = chainStart({ module: fromHex('47cfbdc3f39c3cc5'), chainEpoch: 5 })
  expect(toHex(start)).toBe('9e9a2cddd184d17ab31ae186d3febe59d8c879ca0c8b135bd10365647ba48eca')
  const one = chainNext(start, 1, fromHex('a201186402636f6e65'))
  expect(toHex(one)).toBe('42cfbd1d8b6cc6550c74a42b8848fc4d3657d5a6fe067ecd50b2b2d061d89681')
  expect(toHex(await recordMac(store, key, one))).toBe(
    '756e67181d6ba8f28b1cba9d88ae2646e44a59b99c50403f4ea63c42986f9d4e',
  )
  const two = chainNext(one, 2, fromHex('a2011865026374776f'))
  expect(toHex(two)).toBe('5561d3b783df10aec92bcbfc66454290206d7c06e41602b53ac0ca219eb9d5d6')
})

test('a commitment is that of the specification, and needs a salt of 16 bytes', () => {
  const salt = fromHex('18ed4b40a783a772c52c120b7015a46b')
  const expected = '82c6e2ff9ebb671a29611869a516e4a47da4f6736b5ab68e2407ecab00388c62'
  expect(toHex(commitment({ field: 'person', salt, value: utf8('ada') }))).toBe(expected)
  expect(() => commitment({ field: 'person', salt: salt.subarray(1), value: utf8('ada') })).toThrow(RangeError)
})

test('T59: any edit of a chain of 1,000 is found, and the first bad number is named', async () => {
  const chain = await chainOf(Array.from({ length: 1000 }, (_, i) => utf8(`record ${i}`)))
  expect(await faultOf(chain)).toBeUndefined()
  const invented = utf8('invented')
  const at = fc.nat(997)
  const edits = fc.constantFrom('change', 'delete', 'insert', 'swap', 'mac', 'renumber', 'rebuild')
  await fc.assert(
    fc.asyncProperty(at, edits, async (i, edit) => {
      const edited = [...chain]
      const [entry, next] = [chain[i] as ChainEntry, chain[i + 1] as ChainEntry]
      if (edit === 'change') edited[i] = { ...entry, record: invented }
      if (edit === 'delete') edited.splice(i, 1)
      if (edit === 'insert') edited.splice(i, 0, { ...entry, record: invented })
      if (edit === 'swap') edited.splice(i, 2, { ...next, number: i + 1 }, { ...entry, number: i + 2 })
      if (edit === 'mac') edited[i] = { ...entry, mac: next.mac }
      if (edit === 'renumber') edited[i] = { ...entry, number: i + 2 }
      if (edit === 'rebuild') {
        // Whoever has the disk can compute every head anew, but no MAC.
        const before = chain[i - 1]?.head ?? chainStart({ module: pump.id, chainEpoch })
        edited[i] = { ...entry, record: invented, head: chainNext(before, i + 1, invented) }
      }
      const fault = {
        change: 'head',
        delete: 'number',
        insert: 'head',
        swap: 'head',
        mac: 'mac',
        renumber: 'number',
        rebuild: 'mac',
      }[edit]
      expect(await faultOf(edited)).toEqual({ number: i + 1, fault })
    }),
    { numRuns: 40 },
  )
})

async function batchOf(entries: readonly ChainEntry[], first: number, last: number): Promise<AuditBatch> {
  const part = entries.slice(first - 1, last)
  const end = part.at(-1) as ChainEntry
  const headBefore = entries[first - 2]?.head ?? chainStart({ module: pump.id, chainEpoch })
  const facts = { module: pump.id, chainEpoch, head: end.head, records: last, counter: 12 }
  const evidence = await signEvidence(pump.store, pump.identity, facts)
  return { first, last, headBefore, records: part.map(({ record }) => record), mac: end.mac, chainEpoch, evidence }
}

test('T59: records made with all keys of the service but without the module are not signed by the module', async () => {
  const chain = await chainOf([utf8('a'), utf8('b'), utf8('c'), utf8('d')])
  const checks = { module: pump.id, key: pump.audit, identity: pump.identity.publicKey as Uint8Array }
  const good = await batchOf(chain, 2, 3)
  expect(await batchFault(plant.store, good, { ...checks, headBefore: chain[0]?.head as Uint8Array })).toBeUndefined()
  expect(await batchFault(plant.store, good, { ...checks, headBefore: chain[1]?.head as Uint8Array })).toBe('start')
  expect(await batchFault(plant.store, { ...good, last: 4 }, checks)).toBe('numbers')
  expect(await batchFault(plant.store, { ...good, first: 3, last: 4 }, checks)).toBe('mac')
  expect(await batchFault(plant.store, { ...good, records: [utf8('b'), utf8('x')] }, checks)).toBe('mac')

  const records = [utf8('b'), utf8('x')]
  const forgedHead = chainNext(chainNext(good.headBefore, 2, utf8('b')), 3, utf8('x'))
  const mac = await plant.store.mac(pump.audit, forgedHead)
  expect(await batchFault(plant.store, { ...good, records, mac }, checks)).toBe('evidence')
  const facts = { module: pump.id, chainEpoch, head: forgedHead, records: 3, counter: 12 }
  const evidence = await signEvidence(plant.store, plant.siteCa, facts)
  expect(await batchFault(plant.store, { ...good, records, mac, evidence }, checks)).toBe('not-signed-by-module')
  const { evidence: _, ...unsigned } = good
  expect(await batchFault(plant.store, unsigned, checks)).toBe('not-signed-by-module')
  expect(await batchFault(plant.store, { ...good, chainEpoch: 6 }, checks)).toBe('not-signed-by-module')
})

test('evidence is over module, chain epoch, head, count and counter', async () => {
  const chain = { module: pump.id, chainEpoch }
  const facts = { head: new Uint8Array(32).fill(3), records: 40, counter: 7 }
  const evidence = await signEvidence(pump.store, pump.identity, { ...chain, ...facts })
  const identity = pump.identity.publicKey as Uint8Array
  expect(verifyEvidence(identity, chain, evidence)).toBe(true)
  expect(verifyEvidence(identity, { ...chain, module: plant.root.publicKey ?? new Uint8Array(8) }, evidence)).toBe(
    false,
  )
  expect(verifyEvidence(identity, { ...chain, chainEpoch: 6 }, evidence)).toBe(false)
  expect(verifyEvidence(identity, chain, { ...evidence, head: new Uint8Array(32) })).toBe(false)
  expect(verifyEvidence(identity, chain, { ...evidence, records: 41 })).toBe(false)
  expect(verifyEvidence(identity, chain, { ...evidence, counter: 8 })).toBe(false)
  expect(verifyEvidence(plant.siteCa.publicKey as Uint8Array, chain, evidence)).toBe(false)
})

test('leaves have the bytes of the specification', () => {
  const [module, head] = [fromHex('47cfbdc3f39c3cc5'), new Uint8Array(32).fill(0xee)]
  const leaf = leafBytes({ module, chainEpoch: 5, number: 300, record: fromHex('a10101'), head })
  expect(toHex(leaf)).toBe(`a5014847cfbdc3f39c3cc502050319012c0443a10101055820${'ee'.repeat(32)}`)
  const signature = new Uint8Array(64).fill(0xdd)
  const batch = batchLeafBytes({ module, chainEpoch: 5, first: 1, last: 2, head, signature })
  expect(toHex(batch)).toBe(`a6014847cfbdc3f39c3cc50205055820${'ee'.repeat(32)}06010702085840${'dd'.repeat(64)}`)
  const room =
    maxLeafBytes - leafBytes({ module, chainEpoch: 5, number: 300, record: new Uint8Array(60_000), head }).length
  const longest = { module, chainEpoch: 5, number: 300, head, record: new Uint8Array(60_000 + room) }
  expect(leafBytes(longest)).toHaveLength(maxLeafBytes)
  expect(() => leafBytes({ ...longest, record: new Uint8Array(60_001 + room) })).toThrow(RangeError)
})
