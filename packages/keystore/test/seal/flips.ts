/** Every bit of an envelope of every type, flipped. Threat T27 */
import type { KeyHandle } from '../../src/index.ts'
import {
  EnvelopeRefused,
  encodePayload,
  type MapPayloads,
  openEnvelope,
  type Receiver,
  sealCredentialDocument,
  sealEnvelope,
  signEvidence,
} from '../../src/seal/index.ts'
import {
  draft,
  group,
  id16,
  later,
  type Module,
  moduleReceiver,
  now,
  receiver,
  receiverKey,
  type Service,
  scope,
  service,
} from './plant.ts'

type Sealed = readonly [bytes: Uint8Array, at: Pick<Module, 'store'>, to: Receiver]

/** Flips one bit of so many, of each envelope. How many were tried, and how many of these opened. */
export async function flipEverything(
  plant: Service,
  module: Module,
  { every }: { readonly every: number },
): Promise<readonly [tried: number, opened: number]> {
  let [tried, opened] = [0, 0]
  for (const [bytes, at, to] of await oneOfEach(plant, module)) {
    for (let bit = tried % every; bit < 8 * bytes.length; bit += every) {
      const bad = bytes.with(bit >> 3, (bytes[bit >> 3] as number) ^ (1 << (bit & 7)))
      tried += 1
      try {
        await openEnvelope(at.store, to, bad, { now })
        opened += 1
      } catch (error) {
        if (!(error instanceof EnvelopeRefused)) throw error
      }
    }
    // It was flipped and nothing else.
    await openEnvelope(at.store, to, bytes, { now })
  }
  return [tried, opened]
}

async function oneOfEach(plant: Service, module: Module): Promise<readonly Sealed[]> {
  const down = <T extends keyof MapPayloads>(type: T, payload: MapPayloads[T]): Promise<Uint8Array> =>
    sealEnvelope(
      plant.store,
      draft({
        ...{ key: module.down, type, to: module.id, payload: encodePayload(type, payload) },
        ...(type === 'acknowledgement' ? { notAfter: null } : {}),
      }),
    )
  const up = <T extends keyof MapPayloads>(type: T, payload: MapPayloads[T]): Promise<Uint8Array> =>
    sealEnvelope(
      module.store,
      draft({
        ...{
          key: ownKey(module),
          type,
          from: module.id,
          to: service,
          payload: encodePayload(type, payload),
          notAfter: null,
        },
      }),
    )
  const facts = { module: module.id, chainEpoch: 1, head: new Uint8Array(32), records: 1, counter: 1 }
  const evidence = await signEvidence(module.store, module.identity, facts)
  const acknowledged = [{ type: 'health', version: 1, sequence: 1n, result: 'done' }] as const
  const toModule = moduleReceiver(module)
  const toService = receiver(service, [receiverKey(module.up, 'up', module.id)])
  const head = new Uint8Array(32)
  const payload = { epoch: 1, version: 1, revocationVersion: 0, notBefore: now, notAfter: later }
  const toOne = await Promise.all([
    down('policy-bundle', { ...payload, tables: new Uint8Array(2), siteDigest: head }),
    down('revocation-delta', { base: 0, version: 1, entries: [] }),
    down('command', {
      ...{ id: id16(1), verb: 'lockdown', arguments: { on: 'site', active: true } },
      ...{ notBefore: now, notAfter: later, by: new Uint8Array(8) },
    }),
    down('acknowledgement', { acknowledged }),
    sealCredentialDocument(plant.store, {
      ...{ ...scope, issuer: plant.issuer, key: plant.credential, from: service, sequence: 1n, issued: now },
      claims: {
        ...{ credential: new Uint8Array(8), person: new Uint8Array(16), roles: [], notBefore: now, notAfter: later },
        ...{ epoch: 1, transponder: head, keyGroup: group },
      },
    }),
  ])
  const toOther = await Promise.all([
    up('acknowledgement', { acknowledged, evidence }),
    up('audit-batch', {
      ...{ first: 1, last: 1, headBefore: head, records: [head], mac: head, chainEpoch: 1 },
      evidence,
    }),
    up('health', { ...{ time: now, clockQuality: 'synchronised', uptime: 1, heads: {}, freeRecords: 1 }, evidence }),
  ])
  return [
    ...toOne.map((bytes): Sealed => [bytes, module, toModule]),
    ...toOther.map((bytes): Sealed => [bytes, plant, toService]),
  ]
}

function ownKey({ taken }: Module): KeyHandle {
  const key = taken.keys.find(({ purpose }) => purpose === 'transport-up')
  if (key === undefined) throw new Error('the module has no key to send with')
  return key
}
