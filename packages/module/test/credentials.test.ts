/** What a phone can hold out in place of its document: denied at a real tap, for its reason inside, in one way outside. */
import { concat } from '@edgeward/base'
import { type KeyHandle, keyIdOf } from '@edgeward/keystore'
import { directoryBytes, layOutMailbox } from '@edgeward/transponder/aliro'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ada, ben, openGate, type Phone, Plant, type TapOutcome } from './harness/plant.ts'

let plant: Plant
let other: Plant
beforeAll(async () => {
  plant = await Plant.create()
  other = await Plant.create({ seed: 90 })
  await other.module.stop()
})
afterAll(async () => {
  await plant.remove()
  await other.remove()
})

/** A phone of Ada's that holds out these bytes. */
async function phoneWith(make: (phone: Phone) => Promise<Uint8Array> | Uint8Array): Promise<Phone> {
  const phone = await plant.phone()
  phone.document = await make(phone)
  return phone
}

/** What the module says of it in its record, and what the phone and whoever stands there learn. */
function sides({ display, reports, record }: TapOutcome): { inside: string; outside: string } {
  const { decisionId: _, ...shown } = display
  const proof = record?.trace?.find(({ what }) => what === 'proof')?.value
  return {
    inside: [...(record?.reasons ?? []), ...(proof === undefined ? [] : [proof])].join(' '),
    // What a phone learns of its own key is its own.
    outside: JSON.stringify([shown, reports.filter(({ type }) => type !== 'persistent-key')]),
  }
}

/** A tap with the phone's document, of whatever length it is: a phone writes what it likes into its own mailbox. */
async function tap(phone: Phone): Promise<TapOutcome> {
  const content = documentOf(phone)
  if (content.length === 1_024 || content.length === 4_096) return plant.tap(phone, openGate)
  const to = plant.service.group
  const placed = layOutMailbox([{ kind: 'credentialDocument', to, content: new Uint8Array(4_096) }])
  const mailbox = concat(placed, new Uint8Array(64))
  mailbox.set(content, directoryBytes)
  // Format, count, then the first entry: kind, receiver, offset, length.
  mailbox.set([content.length >> 8, content.length & 0xff], 2 + 1 + 8 + 2)
  return plant.tap(phone, openGate, { mailbox })
}

const issue =
  (more: object = {}) =>
  ({ publicKey }: Phone): Promise<Uint8Array> =>
    plant.service.document({ ...ada, phone: publicKey, ...more })
const documentOf = ({ document }: Phone): Uint8Array => document ?? new Uint8Array()
const moduleKey = async (purpose: 'module-identity' | 'reader-identity'): Promise<KeyHandle> => {
  const key = (await plant.keyStore.list()).find(handle => handle.purpose === purpose)
  if (key === undefined) throw new Error(`no ${purpose}`)
  return key
}

test('T19: a document that is not wholly in order proves nothing, whatever is wrong with it, and all of it looks the same', async () => {
  const { service } = plant
  const genuine = await phoneWith(issue())
  expect(sides(await plant.tap(genuine, openGate)).inside).toBe('permitted')
  const nextKey = await service.nextCredentialKey()
  const issuerId = keyIdOf({ site: service.scope.site, purpose: 'credential-issuer' })
  const impostor = await plant.keyStore.generate({
    ...{ keyId: issuerId, version: 1, purpose: 'credential-issuer', algorithm: 'P-256' },
  })
  const signedBy = async (key: KeyHandle) => ({ signedBy: { store: plant.keyStore, key } })
  const bad: readonly (readonly [string, string, Phone])[] = [
    [
      'of another site',
      'key-unknown',
      await phoneWith(({ publicKey }) => other.service.document({ ...ada, phone: publicKey })),
    ],
    [
      'of another site with the same keys',
      'tag',
      await phoneWith(issue({ scope: { ...service.scope, site: new Uint8Array(16) } })),
    ],
    ['of another tenant', 'tag', await phoneWith(issue({ scope: { ...service.scope, tenant: new Uint8Array(16) } }))],
    ['of another phone', 'transponder', await phoneWith(() => documentOf(genuine))],
    ['for another key group', 'receiver', await phoneWith(issue({ keyGroup: new Uint8Array(8).fill(5) }))],
    ['under a key version that is not known', 'key-unknown', await phoneWith(issue({ sealedBy: nextKey }))],
    ['signed by a forger', 'signature', await phoneWith(issue({ forged: true }))],
    [
      "signed by the module's identity",
      'key-unknown',
      await phoneWith(issue(await signedBy(await moduleKey('module-identity')))),
    ],
    [
      "signed by the module's reader key",
      'key-unknown',
      await phoneWith(issue(await signedBy(await moduleKey('reader-identity')))),
    ],
    [
      "signed by a key of the module that bears the issuer's name",
      'signature',
      await phoneWith(issue(await signedBy(impostor))),
    ],
    [
      'cut short and filled up',
      'tag',
      await phoneWith(async phone => concat((await issue()(phone)).subarray(0, 1_000), new Uint8Array(24))),
    ],
    [
      'with a byte behind',
      'malformed',
      await phoneWith(async phone => concat(await issue({ size: 4_095 })(phone), new Uint8Array(1))),
    ],
    [
      'cut short',
      'malformed',
      await phoneWith(async phone => (await issue({ size: 4_096 })(phone)).subarray(0, 1_024)),
    ],
    ['of zeros', 'malformed', await phoneWith(() => new Uint8Array(1_024))],
    ['of one byte', '', await phoneWith(() => Uint8Array.of(0xd0))],
    ['of 1,023 bytes', '', await phoneWith(issue({ size: 1_023 }))],
    ['of 4,097 bytes', '', await phoneWith(issue({ size: 4_097 }))],
    [
      'that is a lockdown',
      'type',
      await phoneWith(() => service.command('edge-1', 'filled', { filling: new Uint8Array(2_000) })),
    ],
  ]
  await plant.keyStore.destroy(impostor)
  const outside = new Set<string>()
  for (const [what, reason, phone] of bad) {
    // A window in which each refusal has a record of its own.
    plant.surroundings.advance(61_000)
    const seen = sides(await tap(phone))
    expect(seen.inside, what).toBe(`bad-proof ${reason === '' ? 'mailbox: mailbox-format' : `document: ${reason}`}`)
    outside.add(seen.outside)
  }
  expect([...outside]).toHaveLength(1)
  plant.surroundings.advance(61_000)
  expect(sides(await plant.tap(genuine, openGate)).inside).toBe('permitted')
})

test('T19: with any byte of it flipped, a document is a bad proof', async () => {
  const phone = await phoneWith(issue())
  const good = documentOf(phone)
  const wrong: number[] = []
  for (let at = 0; at < good.length; at += 13) {
    phone.document = good.with(at, (good[at] as number) ^ (1 << (at & 7)))
    // Not so often that the reader pauses.
    plant.surroundings.advance(8_000)
    const { display } = await plant.tap(phone, openGate, { settle: false })
    if (display.decision !== 'deny' || display.family !== 'credential') wrong.push(at)
  }
  expect(wrong).toEqual([])
  phone.document = good
  plant.surroundings.advance(61_000)
  expect((await plant.tap(phone, openGate)).display.decision).toBe('permit')
})

test('T12: a document of 4,096 bytes is read', async () => {
  expect(sides(await tap(await phoneWith(issue({ size: 4_096 })))).inside).toBe('permitted')
})

test('T12: a document that is over or not begun, or whose credential is blocked, is denied for that by the module', async () => {
  // An hour after the module was commissioned, whatever ran before.
  plant.surroundings.advance(3_600_000)
  const now = (): number => Math.floor(plant.surroundings.truth.now() / 1_000)
  const [over, early] = [
    await phoneWith(issue({ notBefore: now() - 100, notAfter: now() - 1 })),
    await phoneWith(issue({ notBefore: now() + 3_600, notAfter: now() + 7_200 })),
  ]
  const inside = async (phone: Phone): Promise<string> => sides(await plant.tap(phone, openGate)).inside
  expect(await inside(over)).toMatch(/^expired/)
  expect(await inside(early)).toMatch(/^not-yet-valid/)
  const [ada1, ben1] = [await phoneWith(issue()), await plant.phone(ben)]
  const entries = [
    { credential: plant.service.credential('c-1'), action: 'revoke', until: null },
    { credential: plant.service.credential('c-2'), action: 'suspend', until: null },
  ] as const
  await plant.deliver(await plant.service.seal('edge-1', 'revocation-delta', { base: 0, version: 1, entries }))
  expect(await inside(ada1)).toBe('revoked')
  expect(await inside(ben1)).toBe('suspended')
})
