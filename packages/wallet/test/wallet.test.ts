import { cp, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64url, SeededRandom, toHex } from '@edgeward/base'
import { createMemoryKeyStore } from '@edgeward/keystore/software'
import { type ProvenSession, readDirectory, readerStatus } from '@edgeward/transponder/aliro'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WalletError } from '../src/index.ts'
import {
  cleanUpAll,
  document,
  FakeService,
  makeSite,
  newFolder,
  now,
  openPhone,
  openReader,
  type Site,
} from './harness.ts'

let plant: Site
let harbour: Site
beforeAll(async () => {
  plant = await makeSite('plant', 1)
  harbour = await makeSite('harbour', 2)
})
afterEach(cleanUpAll)

const letIn = (session: ProvenSession) => session.finish(readerStatus.good)
const never = async () => {
  throw new Error('nobody was proven')
}

describe('a wallet', () => {
  test('takes over a credential, keeps it over a restart, and is let in without the service', async () => {
    const service = new FakeService(plant)
    const folder = await newFolder()
    const keyStore = await createMemoryKeyStore(new SeededRandom(9))
    const first = await openPhone(service, { folder, keyStore })
    expect(first.credentials()).toEqual([])
    const enrolled = await first.enrol('INVITATION-OF-ADA-EXAMPLE-01')
    expect(enrolled).toMatchObject({ name: 'INVITATION-OF-ADA-EXAMPLE-01', holder: 'Ada Example', site: 'plant' })

    service.isAway = true
    const again = await openPhone(service, { folder, keyStore })
    expect(again.credentials()).toEqual([enrolled])
    expect(again.holder).toBe('Ada Example')
    const reader = await openReader(plant, letIn)
    expect(await again.tap(reader.port)).toMatchObject({
      outcome: 'accepted',
      status: 0x0182,
      site: 'plant',
      credential: enrolled.name,
    })
    expect(reader.results).toMatchObject([{ outcome: 'granted', acknowledged: true }])
  })

  test('shows its document inside the channel, where a module looks first', async () => {
    const service = new FakeService(plant, [document(1), document(2, 4_096)])
    const wallet = await openPhone(service)
    const { thumbprint } = await wallet.enrol('INVITATION-OF-ADA-EXAMPLE-01')
    expect(thumbprint).toMatch(/^[0-9a-f]{64}$/)
    const reader = await openReader(plant, async session => {
      const start = await session.readMailbox(0, 1_088)
      const [first] = readDirectory(start)
      expect(first).toMatchObject({ offset: 64, length: 1_024, to: new Uint8Array(8).fill(1) })
      expect(start.slice(64)).toEqual(fromBase64url(document(1).envelope))
      await expect(session.writeMailbox(0, Uint8Array.of(0))).rejects.toMatchObject({ code: 'mailbox-refused' })
      await session.finish(readerStatus.invalidAccessRights)
    })
    expect(await wallet.tap(reader.port)).toMatchObject({ outcome: 'refused', status: 0x0025 })
  })

  test('fetches fresh documents, and keeps the old ones when it cannot', async () => {
    const service = new FakeService(plant)
    const folder = await newFolder()
    const keyStore = await createMemoryKeyStore(new SeededRandom(9))
    const wallet = await openPhone(service, { folder, keyStore })
    const { name } = await wallet.enrol('INVITATION-OF-ADA-EXAMPLE-01')
    service.documents = [document(3), document(4)]
    expect(await wallet.refresh()).toEqual([{ name, outcome: 'fresh' }])
    const groups = () => wallet.credentials().flatMap(({ documents }) => documents.map(({ keyGroup }) => keyGroup))
    expect(groups()).toEqual([toHex(new Uint8Array(8).fill(3)), toHex(new Uint8Array(8).fill(4))])

    service.refusal = 'credential-revoked'
    expect(await wallet.refresh()).toEqual([{ name, outcome: 'refused', because: 'credential-revoked' }])
    service.refusal = undefined
    service.documents = [{ ...document(5), envelope: 'AAAA' }]
    expect(await wallet.refresh()).toEqual([{ name, outcome: 'refused', because: 'bad-answer' }])
    expect(groups()).toHaveLength(2)
    expect((await openPhone(service, { folder, keyStore })).credentials()).toEqual(wallet.credentials())
  })

  test('does not wait for a service that is away once for every credential', async () => {
    const service = new FakeService(plant)
    const wallet = await openPhone(service)
    await wallet.enrol('INVITATION-OF-ADA-EXAMPLE-01')
    await wallet.enrol('INVITATION-OF-ADA-EXAMPLE-02')
    service.isAway = true
    service.calls.length = 0
    expect((await wallet.refresh()).map(({ outcome }) => outcome)).toEqual(['service-away', 'service-away'])
    expect(service.calls).toHaveLength(1)
  })

  test('shows each site the credential that is for it, and the one that was chosen', async () => {
    const atPlant = new FakeService(plant)
    const wallet = await openPhone(atPlant)
    await wallet.enrol('INVITATION-OF-ADA-EXAMPLE-01')
    await wallet.enrol('INVITATION-OF-ADA-EXAMPLE-02')
    const reader = await openReader(plant, letIn)
    expect(await wallet.tap(reader.port)).toMatchObject({ credential: 'INVITATION-OF-ADA-EXAMPLE-01' })
    const chosen = await wallet.tap(reader.port, { credential: 'INVITATION-OF-ADA-EXAMPLE-02' })
    expect(chosen).toMatchObject({ outcome: 'accepted', credential: 'INVITATION-OF-ADA-EXAMPLE-02' })
    await expect(wallet.tap(reader.port, { credential: 'other' })).rejects.toMatchObject({ code: 'unknown-credential' })
    const keys = reader.results.map(({ credential }) => toHex(credential?.credentialPublicKey ?? new Uint8Array(0)))
    expect(new Set(keys).size).toBe(2)
  })

  test('an enrolment that fails leaves no key behind', async () => {
    const service = new FakeService(plant)
    const keyStore = await createMemoryKeyStore(new SeededRandom(9))
    const wallet = await openPhone(service, { keyStore })
    service.refusal = 'invitation-unknown'
    await expect(wallet.enrol('INVITATION-OF-ADA-EXAMPLE-01')).rejects.toMatchObject({ code: 'invitation-unknown' })
    service.refusal = undefined
    service.documents = [{ ...document(1), envelope: 'AAAA' }]
    await expect(wallet.enrol('INVITATION-OF-ADA-EXAMPLE-01')).rejects.toMatchObject({ code: 'bad-answer' })
    expect(await keyStore.list()).toEqual([])
    await expect(wallet.tap(1)).rejects.toMatchObject({ code: 'no-credential' })
  })

  test('a reader that is not there is named', async () => {
    const wallet = await openPhone(new FakeService(plant))
    await wallet.enrol('INVITATION-OF-ADA-EXAMPLE-01')
    await expect(wallet.tap(1)).rejects.toMatchObject({ code: 'carrier-unreachable' })
  })

  test('a file that no wallet wrote is refused, and the file is for its owner alone', async () => {
    const service = new FakeService(plant)
    const folder = await newFolder()
    const keyStore = await createMemoryKeyStore(new SeededRandom(9))
    await (await openPhone(service, { folder, keyStore })).enrol('INVITATION-OF-ADA-EXAMPLE-01')
    const path = join(folder, 'wallet.json')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const text = await readFile(path, 'utf8')
    for (const wrong of [
      '',
      '{}',
      text.slice(0, -1),
      text.replace('edgeward-wallet/1', 'x'),
      text.replace('"person"', '"p"'),
    ]) {
      await writeFile(path, wrong)
      await expect(openPhone(service, { folder, keyStore })).rejects.toMatchObject({ code: 'damaged' })
    }
  })
})

describe('threats', () => {
  test.each([
    ['of another site', async () => ({ site: harbour, setup: {} })],
    [
      'with an expired certificate',
      async () => ({ site: plant, setup: { certificate: await plant.certify(now - 1_000) } }),
    ],
    [
      'with a foreign certificate',
      async () => {
        const { certificate } = harbour.reader
        return { site: plant, setup: certificate ? { certificate } : {} }
      },
    ],
    [
      'with the right certificate and a wrong key',
      async () => ({ site: { ...plant, keyStore: harbour.keyStore, readerKey: harbour.readerKey }, setup: {} }),
    ],
  ])('T04: a reader %s learns neither who it is nor a byte of a document', async (_, fake) => {
    const wallet = await openPhone(new FakeService(plant))
    const { credential, thumbprint } = await wallet.enrol('INVITATION-OF-ADA-EXAMPLE-01')
    const { site, setup } = await fake()
    const reader = await openReader(site, never, setup)
    expect(await wallet.tap(reader.port)).toEqual({ outcome: 'unknown-reader', because: 'reader-not-proven' })
    expect(reader.results).toMatchObject([{ outcome: 'failed', error: 'status-word' }])
    const heard = reader.heard.join(' ')
    const envelope = toHex(fromBase64url(document(1).envelope))
    for (let at = 0; at + 16 <= envelope.length; at += 16) expect(heard).not.toContain(envelope.slice(at, at + 16))
    for (const canary of [credential, thumbprint, Buffer.from('Ada').toString('hex')])
      expect(heard).not.toContain(canary)
  })

  test('T12: a copied folder is of no use to a phone with another key store', async () => {
    const service = new FakeService(plant)
    const folder = await newFolder()
    const wallet = await openPhone(service, { folder })
    await wallet.enrol('INVITATION-OF-ADA-EXAMPLE-01')
    const copy = await newFolder()
    await cp(folder, copy, { recursive: true })
    const other = await createMemoryKeyStore(new SeededRandom(99))
    await expect(openPhone(service, { folder: copy, keyStore: other })).rejects.toMatchObject({ code: 'key-missing' })
    const { keyId } = JSON.parse(await readFile(join(copy, 'wallet.json'), 'utf8')).credentials[0]
    await other.generate({ keyId, version: 1, purpose: 'wallet-credential', algorithm: 'P-256' })
    const opening = openPhone(service, { folder: copy, keyStore: other })
    await expect(opening).rejects.toBeInstanceOf(WalletError)
    await expect(opening).rejects.toMatchObject({ code: 'key-differs' })
  })

  test('T12: copied documents on another phone are shown under that phone’s own key', async () => {
    const service = new FakeService(plant)
    const folder = await newFolder()
    const honest = await openPhone(service, { folder })
    const { thumbprint } = await honest.enrol('INVITATION-OF-ADA-EXAMPLE-01')
    // A patched phone: the copied file, with the name and public key of a key of its own.
    const keyStore = await createMemoryKeyStore(new SeededRandom(99))
    const key = await keyStore.generate({
      keyId: '0a'.repeat(8),
      version: 1,
      purpose: 'wallet-credential',
      algorithm: 'P-256',
    })
    const copy = await newFolder()
    const file = JSON.parse(await readFile(join(folder, 'wallet.json'), 'utf8'))
    const publicKey = Buffer.from(key.publicKey ?? new Uint8Array(0)).toString('base64url')
    Object.assign(file.credentials[0], { keyId: key.keyId, publicKey })
    await writeFile(join(copy, 'wallet.json'), JSON.stringify(file))
    const patched = await openPhone(service, { folder: copy, keyStore })
    const reader = await openReader(plant, letIn)
    await patched.tap(reader.port)
    // What the module sees proven is not the transponder that the document is bound to (R1).
    expect(patched.credentials()[0]?.thumbprint).not.toBe(thumbprint)
    expect(reader.results[0]?.credential?.credentialPublicKey).toEqual(key.publicKey)
  })
})
