/** Somebody has a whole module, a copied phone or a reader of his own. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBase64url, fromHex, SystemRandom, toBase64url, toHex } from '@edgeward/base'
import { type KeyHandle, type KeyStore, keyIdOf } from '@edgeward/keystore'
import { issueReaderCertificate } from '@edgeward/keystore/certificates'
import { type ModuleSettings, readSettings } from '@edgeward/keystore/commissioning'
import {
  encodePayload,
  openEnvelope,
  partyId,
  type Receiver,
  sealCredentialDocument,
  sealEnvelope,
  transponderThumbprint,
} from '@edgeward/keystore/seal'
import { createMemoryKeyStore, openSoftwareKeyStore } from '@edgeward/keystore/software'
import { operations } from '@edgeward/service/api'
import { runReaderTransaction } from '@edgeward/transponder/aliro'
import { type Carrier, listenVpcd, systemTimer } from '@edgeward/transponder/carriers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plant } from './support/plant.ts'
import type { Tapped } from './support/plant-module.ts'
import { dayMs } from './support/plant-time.ts'
import { until } from './support/until.ts'

/** Everything that lies in a module that was stolen. */
interface Loot {
  readonly keys: KeyStore
  readonly settings: ModuleSettings
}

interface WalletFile {
  readonly format: string
  readonly credentials: readonly {
    readonly keyId: string
    readonly publicKey: string
    readonly enrolled: {
      readonly credential: string
      readonly person: string
      readonly documents: readonly { readonly keyGroup: string; readonly envelope: string; readonly notAfter: string }[]
    }
  }[]
}

let plant: Plant
let loot: Loot
beforeAll(async () => {
  plant = await Plant.start()
  await plant.enrol('ada', 'c-1')
  await plant.current()
  loot = await steal('edge-hall')
})
afterAll(async () => {
  await loot.keys.close()
  await plant.remove()
})

/** Copies the key store of a module with all that protects it, and what its store says. The module goes on. */
async function steal(id: string): Promise<Loot> {
  const module = plant.module(id)
  await module.stop()
  const folder = join(plant.folder, `stolen-${id}`)
  cpSync(module.keyFolder, folder, { recursive: true })
  const row = await module.onDisk(db => db.get("SELECT bytes FROM trust WHERE name = 'settings'"))
  await module.start()
  await module.online()
  if (!(row?.bytes instanceof Uint8Array)) throw new Error('no settings in the store')
  return { keys: await openSoftwareKeyStore({ folder }), settings: readSettings(Uint8Array.from(row.bytes)) }
}

async function stolenKey(
  purpose: 'credential' | 'transport-up' | 'transport-down',
  subject: Uint8Array | undefined,
): Promise<KeyHandle> {
  const { keys, settings } = loot
  const key = subject && (await keys.find(keyIdOf({ site: settings.site, purpose, subject })))
  if (key === undefined) throw new Error(`the loot has no ${purpose} key`)
  return key
}

/** A phone of the thief's own with a key of its own; what it holds is what the thief writes. */
async function thiefsPhone(name: string, write: (key: KeyHandle, original: WalletFile) => object): Promise<void> {
  const folder = plant.phoneFolder(name)
  mkdirSync(folder, { recursive: true })
  const keyStore = await openSoftwareKeyStore({ folder: join(folder, 'keys') })
  const keyId = toHex(new SystemRandom().bytes(8))
  const key = await keyStore.generate({ keyId, version: 1, purpose: 'wallet-credential', algorithm: 'P-256' })
  await keyStore.close()
  writeFileSync(join(folder, 'wallet.json'), JSON.stringify(write(key, walletOf('ada'))))
}

const walletOf = (name: string): WalletFile =>
  JSON.parse(readFileSync(join(plant.phoneFolder(name), 'wallet.json'), 'utf8')) as WalletFile
const pointOf = ({ publicKey }: KeyHandle): Uint8Array => publicKey ?? new Uint8Array()

/** Ada's wallet with a key of the thief's, and with other documents if there are some. */
function rewritten(key: KeyHandle, { format, credentials }: WalletFile, documents?: readonly object[]): object {
  const [held] = credentials
  const enrolled = { ...held?.enrolled, ...(documents === undefined ? {} : { documents }) }
  return { format, credentials: [{ keyId: key.keyId, publicKey: toBase64url(pointOf(key)), enrolled }] }
}

async function tapOfThief(name: string, asset: string): Promise<Tapped> {
  plant.phones.set(name, await plant.emptyPhone(name))
  return plant.tap(name, asset, 'open')
}

/** Denied for a bad proof, with this as the cause in the record. */
async function expectBadProof({ display, record }: Tapped, cause: string): Promise<void> {
  expect(record?.reasons).toEqual(['bad-proof'])
  expect(display).toMatchObject({ decision: 'deny', family: 'credential' })
  await plant.arrived(display.decisionId)
  const card = await plant.call(operations.decision, { id: display.decisionId })
  expect(card.trace).toContainEqual({ what: 'proof', value: cause })
  expect(card.event.person).toBeNull()
}

test('T19: with all keys of one module in hand, claims to every role are a bad proof at another', async () => {
  const { keys, settings } = loot
  const [keyGroup = new Uint8Array()] = settings.groupParties
  const groupKey = await stolenKey('credential', keyGroup)
  // It even bears the name of the true one.
  const issuerId = keyIdOf({ site: settings.site, purpose: 'credential-issuer' })
  const issuer = await keys.generate({
    keyId: issuerId,
    version: 1,
    purpose: 'credential-issuer',
    algorithm: 'P-256',
  })
  const now = Math.floor(plant.time.wall.now() / 1_000)
  let forged = new Uint8Array()
  const keyOfPhone: KeyHandle[] = []
  await thiefsPhone('mallory', (key, original) => {
    keyOfPhone.push(key)
    return rewritten(key, original, [])
  })
  const [phoneKey] = keyOfPhone
  forged = Uint8Array.from(
    await sealCredentialDocument(keys, {
      tenant: settings.tenant,
      site: settings.site,
      issuer,
      key: groupKey,
      from: settings.serviceParty,
      sequence: 1_000n,
      issued: now,
      claims: {
        credential: fromHex(walletOf('ada').credentials[0]?.enrolled.credential ?? ''),
        person: new Uint8Array(16).fill(7),
        roles: ['operator', 'cleaning'].map(role => ({ role, from: null, to: null })),
        notBefore: now - 60,
        notAfter: now + 86_400,
        epoch: 1,
        transponder: transponderThumbprint(phoneKey ? pointOf(phoneKey) : new Uint8Array()),
        keyGroup,
      },
    }),
  )
  const file = JSON.parse(JSON.stringify(walletOf('mallory'))) as WalletFile
  const notAfter = new Date((now + 86_400) * 1_000).toISOString()
  const document = { keyGroup: toHex(keyGroup), envelope: toBase64url(forged), notAfter }
  const [held] = file.credentials
  const credentials = [{ ...held, enrolled: { ...held?.enrolled, documents: [document] } }]
  writeFileSync(join(plant.phoneFolder('mallory'), 'wallet.json'), JSON.stringify({ ...file, credentials }))

  await expectBadProof(await tapOfThief('mallory', 'shed'), 'document: signature')
  // At the module that was robbed too: nothing that lies in it makes rights.
  await expectBadProof(await plant.tap('mallory', 'gate', 'open'), 'document: signature')
  expect((await plant.tap('ada', 'shed', 'open')).display.decision).toBe('permit')
})

test('T18: the keys of one module open nothing that is sent to another', async () => {
  const { keys, settings } = loot
  const receiver = (me: Uint8Array): Receiver => ({
    tenant: settings.tenant,
    site: settings.site,
    me,
    groups: settings.groupParties,
    async findKey({ keyId, version }) {
      const handle = await keys.find(keyId, version)
      return handle && { handle, direction: 'down', peer: settings.serviceParty, retired: false }
    },
    mark: () => undefined,
  })
  const yard = partyId(settings.site, 'edge-yard')
  const [hallHears, yardHears] = ['edge-hall', 'edge-yard'].map(id => plant.module(id).wire.down)
  const own = hallHears?.at(-1) ?? new Uint8Array()
  expect((await openEnvelope(keys, receiver(settings.moduleParty), own, { now: 0 })).type).toBe('acknowledgement')
  expect(yardHears?.length).toBeGreaterThan(3)
  for (const envelope of yardHears ?? []) {
    await expect(openEnvelope(keys, receiver(yard), envelope, { now: 0 })).rejects.toMatchObject({
      code: 'key-unknown',
    })
  }
})

test('T19: with all keys of one module in hand, nothing that claims to come from another is taken in', async () => {
  const { keys, settings } = loot
  const before = await plant.health('edge-yard')
  const { refused } = await plant.health('edge-hall')
  const forged = await sealEnvelope(keys, {
    tenant: settings.tenant,
    site: settings.site,
    key: await stolenKey('transport-up', settings.moduleParty),
    type: 'acknowledgement',
    from: partyId(settings.site, 'edge-yard'),
    to: settings.serviceParty,
    sequence: 1_000n,
    issued: Math.floor(plant.time.wall.now() / 1_000),
    notAfter: null,
    payload: encodePayload('acknowledgement', { acknowledged: [], heads: { bundle: 99, revocations: 99 } }),
  })
  plant.module('edge-hall').wire.toBroker(forged)
  const after = await until(
    'the service refuses it',
    async () => (await plant.health('edge-hall')).refused.total > refused.total && plant.health('edge-hall'),
  )
  expect(after.refused.reasons.sender).toBe(1)
  const { bundle, revocations, alarms } = await plant.health('edge-yard')
  expect({ bundle, revocations, alarms }).toEqual({
    bundle: before.bundle,
    revocations: before.revocations,
    alarms: before.alarms,
  })
})

test('T12: a copied wallet is of no use to another phone, as it is or patched to that phone’s own key', async () => {
  await thiefsPhone('copied', (_, original) => original)
  await expect(plant.emptyPhone('copied')).rejects.toMatchObject({ code: 'key-missing' })
  await thiefsPhone('patched', (key, original) => rewritten(key, original))
  await expectBadProof(await tapOfThief('patched', 'gate'), 'document: transponder')
  expect((await plant.tap('ada', 'gate', 'open')).display.decision).toBe('permit')
})

test('T71: the number of a credential without a document is nobody', async () => {
  await thiefsPhone('bare', (key, original) => rewritten(key, original, []))
  await expectBadProof(await tapOfThief('bare', 'gate'), 'no document for this key group')
})

/** A reader of somebody else: with its own group, or with the name of ours. */
async function strangersReader(groupIdentifier: Uint8Array) {
  const keyStore = await createMemoryKeyStore()
  const make = (keyId: string, purpose: 'reader-group' | 'reader-identity') =>
    keyStore.generate({ keyId, version: 1, purpose, algorithm: 'P-256' })
  const group = await make('00'.repeat(8), 'reader-group')
  const reader = await make('01'.repeat(8), 'reader-identity')
  const certificate = await issueReaderCertificate(keyStore, group, {
    subjectPublicKey: pointOf(reader),
    serial: Uint8Array.of(5),
    subject: 'gate',
    issuer: 'elsewhere',
    notBefore: plant.time.wall.now() - dayMs,
    notAfter: plant.time.wall.now() + dayMs,
  })
  const heard: Uint8Array[] = []
  let ended: (outcome: string) => void = () => undefined
  const outcome = new Promise<string>(resolve => {
    ended = resolve
  })
  const onCard = (card: Carrier): void => {
    const listening: Carrier = {
      closed: card.closed,
      close: () => card.close(),
      async exchange(command) {
        const answer = await card.exchange(command)
        heard.push(answer)
        return answer
      },
    }
    const setup = {
      groupIdentifier,
      subIdentifier: new Uint8Array(16).fill(3),
      groupPublicKey: pointOf(group),
      certificate,
    }
    const sign = (data: Uint8Array) => keyStore.sign(reader, data)
    void runReaderTransaction(
      listening,
      setup,
      { sign, random: new SystemRandom(), timer: systemTimer },
      async session => {
        heard.push(await session.readMailbox(0, 64))
      },
    ).then(result => {
      card.close()
      ended(result.outcome)
    })
  }
  const listener = await listenVpcd({ port: 0, timer: systemTimer, onCard })
  return { port: listener.port, heard, outcome, close: () => listener.close() }
}

test.each([
  ['with a name of its own', () => new Uint8Array(16).fill(9)],
  ['that bears the name of ours', () => loot.settings.readerGroupId],
])('T04: a reader of another site %s hears nothing from a phone but the protocol', async (_, group) => {
  const reader = await strangersReader(group())
  const phone = await plant.phone('ada').tap(reader.port)
  expect(await reader.outcome).toBe('failed')
  expect(phone).toEqual({ outcome: 'unknown-reader', because: 'reader-not-proven' })
  const heard = Buffer.concat(reader.heard).toString('hex')
  expect(heard.length).toBeGreaterThan(100)
  const [held] = walletOf('ada').credentials
  const { thumbprint } = plant.phone('ada').credentials()[0] ?? { thumbprint: '' }
  const secrets = [
    toHex(fromBase64url(held?.publicKey ?? '')).slice(2),
    thumbprint,
    Buffer.from(held?.enrolled.person ?? '').toString('hex'),
    held?.enrolled.credential ?? '',
    ...(held?.enrolled.documents ?? []).map(({ envelope }) => toHex(fromBase64url(envelope))),
  ]
  expect(secrets.every(secret => secret.length >= 16)).toBe(true)
  for (const secret of secrets) {
    for (let at = 0; at + 16 <= secret.length; at += 16) expect(heard).not.toContain(secret.slice(at, at + 16))
  }
  await reader.close()
})
