import { createHmac } from 'node:crypto'
import { concat, fromBase64url, fromHex, toBase64url, toHex, utf8 } from '@edgeward/base'
import { type KeyHandle, type KeyStore, keyIdOf } from '@edgeward/keystore'
import { openCredentialDocument, transponderThumbprint } from '@edgeward/keystore/seal'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Enrolled, WalletDocument } from '../../src/api/index.ts'
import { operations } from '../../src/api/operations.ts'
import { useDatabaseServer } from '../support/database.ts'
import type { FakeModule } from '../support/fake-module.ts'
import { type Plant, startPlant } from '../support/plant.ts'

const server = useDatabaseServer()
let plant: Plant
let module: FakeModule
let store: KeyStore

beforeAll(async () => {
  plant = await startPlant(server())
  module = await plant.module('edge-gate')
  store = await createMemoryKeyStore()
})
afterAll(() => plant.stop())

let made = 0
async function newKey(): Promise<KeyHandle> {
  made += 1
  const keyId = keyIdOf({ site: new Uint8Array(16).fill(made), purpose: 'wallet-credential' })
  return store.generate({ keyId, version: 1, purpose: 'wallet-credential', algorithm: 'P-256' })
}

const pointOf = (key: KeyHandle): Uint8Array => key.publicKey as Uint8Array

async function enrol(credential: string, key: KeyHandle): Promise<Enrolled> {
  const { code } = await plant.call(operations.invite, { credential })
  return plant.call(operations.enrol, await enrolment(code, key))
}

async function enrolment(code: string, key: KeyHandle) {
  const proof = toBase64url(await store.sign(key, concat(utf8('edgeward/enrol/1\0'), utf8(code))))
  return { code, publicKey: toBase64url(pointOf(key)), proof }
}

async function renew(credential: string, key: KeyHandle): Promise<readonly WalletDocument[]> {
  const { challenge } = await plant.call(operations.walletChallenge, { credential })
  const proof = toBase64url(await store.sign(key, concat(utf8('edgeward/documents/1\0'), fromBase64url(challenge))))
  return (await plant.call(operations.walletDocuments, { credential, challenge, proof })).documents
}

/** Opens a document as the module does when this key has proven itself. */
async function open({ envelope }: WalletDocument, key: KeyHandle) {
  const { tenant, site, moduleParty: me, groupParties: groups, serviceParty: peer, issuerKey } = module.settings
  const receiver = {
    ...{ tenant, site, me, groups },
    findKey: async () => ({
      handle: await module.key('credential'),
      direction: 'holder' as const,
      peer,
      retired: false,
    }),
    mark: () => undefined,
  }
  const checks = { now: module.now, issuers: () => issuerKey, transponder: transponderThumbprint(pointOf(key)) }
  return (await openCredentialDocument(module.keyStore, receiver, fromBase64url(envelope), checks)).claims
}

test('a wallet enrols with an invitation and carries a document that a module opens and believes', async () => {
  const key = await newKey()
  const { newest } = await plant.call(operations.events, { limit: 1 })
  const enrolled = await enrol('c-2001', key)
  const { events } = await plant.call(operations.events, { after: newest, kind: 'configuration', module: 'service' })
  expect(events.map(({ event, credential, person }) => [event, credential, person?.id])).toEqual([
    ['invitation-made', 'c-2001', 'ada'],
    ['wallet-enrolled', 'c-2001', 'ada'],
  ])
  expect(enrolled).toMatchObject({ credentialName: 'c-2001', person: 'Ada Loosli', site: { name: 'Rhine Works' } })
  expect(enrolled.site.readerGroupKey).toBe(toBase64url(module.settings.readerGroupKey))
  const [document, ...others] = enrolled.documents
  expect(others).toEqual([])
  expect(document?.keyGroup).toBe(toHex(module.settings.groupParties[0] as Uint8Array))
  expect([1024, 4096]).toContain(fromBase64url(document?.envelope ?? '').length)
  const claims = await open(document as WalletDocument, key)
  expect(toHex(claims.credential)).toBe(enrolled.credential)
  expect(claims.roles.map(({ role }) => role)).toEqual(['operator', 'shift-lead'])
  expect(claims.notAfter - claims.notBefore).toBe(7 * 86_400 + 300)
  expect(claims.epoch).toBe(2)
  expect(claims.credentialValidity?.to).toBe(Date.UTC(2026, 11, 31, 23) / 1000)
  expect([...(claims.qualifications?.keys() ?? [])]).toEqual(['induction', 'reactor-licence'])
  expect(claims.preferences?.get('reactor')).toEqual({ units: 'metric', language: 'de' })
  expect(claims.pin).toBeUndefined()
  await expect(open(document as WalletDocument, await newKey())).rejects.toMatchObject({ code: 'transponder' })
})

test('an invitation is good once, for a week, and only with a proof', async () => {
  const key = await newKey()
  const { code } = await plant.call(operations.invite, { credential: 'c-2002' })
  const good = await enrolment(code, key)
  const refused = { code: 'code-refused', status: 403 }
  const other = await enrolment(code, await newKey())
  await expect(plant.call(operations.enrol, { ...good, proof: other.proof })).rejects.toMatchObject(refused)
  plant.clock.advance(7 * 86_400_000 + 1)
  await expect(plant.call(operations.enrol, good)).rejects.toMatchObject(refused)
  plant.clock.advance(-7 * 86_400_000 - 1)
  await plant.call(operations.enrol, good)
  await expect(plant.call(operations.enrol, good)).rejects.toMatchObject(refused)
})

test('a new invitation for a credential ends the one before', async () => {
  const first = await plant.call(operations.invite, { credential: 'c-2003' })
  const second = await plant.call(operations.invite, { credential: 'c-2003' })
  const key = await newKey()
  await expect(plant.call(operations.enrol, await enrolment(first.code, key))).rejects.toMatchObject({
    code: 'code-refused',
  })
  expect((await plant.call(operations.enrol, await enrolment(second.code, key))).credentialName).toBe('c-2003')
  await expect(plant.call(operations.invite, { credential: 'c-4003' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(plant.call(operations.invite, { credential: 'c-0000' })).rejects.toMatchObject({ code: 'not-found' })
})

test('documents are renewed by a challenge that is good once', async () => {
  const key = await newKey()
  const { credential, documents } = await enrol('c-2011', key)
  const [fresh] = await renew(credential, key)
  expect(fresh?.envelope).not.toBe(documents[0]?.envelope)
  const { challenge } = await plant.call(operations.walletChallenge, { credential })
  const proof = toBase64url(await store.sign(key, concat(utf8('edgeward/documents/1\0'), fromBase64url(challenge))))
  await plant.call(operations.walletDocuments, { credential, challenge, proof })
  await expect(plant.call(operations.walletDocuments, { credential, challenge, proof })).rejects.toMatchObject({
    code: 'proof-refused',
  })
})

test('T50: an unknown credential, a wrong proof and a foreign challenge get the same answer', async () => {
  const key = await newKey()
  const { credential } = await enrol('c-2012', key)
  const ask = async (pseudonym: string, signer: KeyHandle) => {
    const { challenge } = await plant.call(operations.walletChallenge, { credential: pseudonym })
    const proof = toBase64url(
      await store.sign(signer, concat(utf8('edgeward/documents/1\0'), fromBase64url(challenge))),
    )
    return plant
      .call(operations.walletDocuments, { credential: pseudonym, challenge, proof })
      .catch((error: unknown) => error)
  }
  const wrong = await ask(credential, await newKey())
  const unknown = await ask('00112233445566ff', key)
  expect(wrong).toMatchObject({ status: 403, code: 'proof-refused' })
  expect(unknown).toEqual(wrong)
})

test('a PIN is a MAC for each credential and key group, and comes with the next document', async () => {
  const key = await newKey()
  const { credential } = await enrol('c-2013', key)
  expect(await plant.call(operations.setPin, { person: 'ivo', pin: '48151', duress: '90632' })).toEqual({
    person: { id: 'ivo', name: 'Ivo Novak' },
    credentials: ['c-2013'],
  })
  const [document] = await renew(credential, key)
  const claims = await open(document as WalletDocument, key)
  const mac = (digits: string) =>
    module
      .key('pin')
      .then(pin => module.keyStore.mac(pin, concat(utf8('edgeward/pin/1\0'), fromHex(credential), utf8(digits))))
  expect(claims.pin).toEqual({ keyVersion: 1, mac: await mac('48151') })
  expect(claims.duress).toEqual({ keyVersion: 1, mac: await mac('90632') })
  const info = (await plant.call(operations.credentials, {})).credentials.find(({ id }) => id === 'c-2013')
  expect(info).toMatchObject({ hasPin: true, heldBy: 'phone wallet', type: 'card', enrolledAt: '2026-11-24T10:00:00Z' })
})

test('a duress PIN that is near to the PIN is refused, and so is what is no PIN', async () => {
  await expect(plant.call(operations.setPin, { person: 'ivo', pin: '4815', duress: '4816' })).rejects.toMatchObject({
    code: 'pin-refused',
    details: { fault: 'one-digit' },
  })
  for (const pin of ['123', '123456789', '12a4']) {
    await expect(plant.call(operations.setPin, { person: 'ivo', pin })).rejects.toMatchObject({
      code: 'invalid-request',
    })
  }
})

test('T51: no PIN and no code stands in the database or in a log', async () => {
  const { code } = await plant.call(operations.invite, { credential: 'c-2014' })
  await plant.call(operations.setPin, { person: 'jana', pin: '73519264' })
  const tables = (await plant.rows("select tablename from pg_tables where schemaname = 'public'")) as {
    tablename: string
  }[]
  const dump = await Promise.all(tables.map(({ tablename }) => plant.rows(`select t::text from ${tablename} t`)))
  const everything = JSON.stringify(dump) + plant.log.join('')
  const plainHash = createHmac('sha256', '').update('73519264').digest('hex')
  for (const secret of [
    '73519264',
    code,
    code.replaceAll('-', ''),
    Buffer.from('73519264').toString('hex'),
    plainHash,
  ]) {
    expect(everything.includes(secret)).toBe(false)
  }
})

test('a revoked holder gets no document any more, and the block tells where it is in force and by when it is certain', async () => {
  const key = await newKey()
  const { credential } = await enrol('c-2021', key)
  const revoked = await plant.call(operations.revoke, { person: 'lea', reason: 'lost' })
  expect(revoked).toMatchObject({ person: { id: 'lea', name: 'Lea Huber' }, reason: 'lost', credentials: ['c-2021'] })
  expect(revoked.modules.map(({ module: id }) => id)).toEqual(['edge-gate'])
  expect(await renew(credential, key)).toEqual([])
  await plant.service.idle()
  const later = await plant.call(operations.revocation, { version: revoked.version })
  await module.until(({ heads }) => (heads.revocations === revoked.version ? true : undefined))
  await plant.service.idle()
  expect(later.modules[0]).toMatchObject({ module: 'edge-gate' })
  const now = await plant.call(operations.revocation, { version: revoked.version })
  expect(now).toMatchObject({
    inForceEverywhere: true,
    modules: [{ effective: '2026-11-24T10:00:00Z', certainBy: null }],
  })
  await expect(plant.call(operations.revoke, { person: 'lea', reason: 'lost' })).rejects.toMatchObject({
    code: 'conflict',
  })
  await expect(plant.call(operations.revocation, { version: 999 })).rejects.toMatchObject({ code: 'not-found' })
})

test('a module that is away leaves a bound: the end of the documents or of its autonomy, whichever is first', async () => {
  await module.disconnect()
  const revoked = await plant.call(operations.revoke, { person: 'ada', reason: 'stolen', credential: 'c-2001' })
  expect(revoked.inForceEverywhere).toBe(false)
  expect(revoked.modules[0]).toMatchObject({ effective: null, certainBy: '2026-12-01T10:00:00Z' })
  const { blocks } = await plant.call(operations.status, {})
  expect(blocks).toMatchObject({ inForceEverywhere: false, waiting: ['edge-gate'] })
  await module.connect()
  await module.until(({ heads }) => (heads.revocations === revoked.version ? true : undefined))
  await plant.service.idle()
  expect((await plant.call(operations.status, {})).blocks.inForceEverywhere).toBe(true)
})
