import { concat, fromHex, SeededRandom } from '@edgeward/base'
import { beforeAll, describe, expect, test } from 'vitest'
import { encodeExchange, readerStatus, signaling } from '../../src/aliro/index.ts'
import { ManualTimer, MemoryLink, mailboxData, makeSite, type Site, tap, testKey } from '../harness.ts'

let site: Site
beforeAll(async () => {
  site = await makeSite(1)
})

describe('an honest tap', () => {
  test('proves both sides and ends as the reader decides', async () => {
    const { result, reports } = await tap(site)
    expect(result).toMatchObject({
      outcome: 'granted',
      status: 0x0182,
      acknowledged: true,
      credential: { credentialPublicKey: site.credential.publicKey, method: 'standard' },
    })
    expect(reports.map(({ type }) => type)).toEqual(['reader-proven', 'persistent-key', 'reader-status'])
    const denied = await tap(site, { decide: session => session.finish(readerStatus.invalidAccessRights) })
    expect(denied.result).toMatchObject({ outcome: 'denied', status: 0x0025, acknowledged: true })
  })

  test.each([
    ['the certificate inside AUTH1', { certificateInAuth1: true }, {}],
    ['version 0.9 alone', { versions: [Uint8Array.of(0, 9)] }, {}],
    ['answers of one byte', {}, { fragmentBytes: 1 }],
    ['vendor extensions', { vendorExtension: new Uint8Array(127) }, { vendorExtension: new Uint8Array(0) }],
    ['a fast request that opens with no key', { fast: true }, {}],
  ])('works with %s', async (_, reader, device) => {
    expect((await tap(site, { reader, device })).result.outcome).toBe('granted')
  })

  test('finds a credential by its key slot', async () => {
    const knownCredentials = [testKey(50).publicKey, site.credential.publicKey]
    const { result } = await tap(site, { reader: { keyKind: 'keySlot', knownCredentials } })
    expect(result).toMatchObject({ outcome: 'granted', credential: { credentialPublicKey: site.credential.publicKey } })
  })

  test('a credential that is not on the list is told so, by slot and by key', async () => {
    const knownCredentials = [testKey(50).publicKey]
    for (const keyKind of ['keySlot', 'publicKey'] as const) {
      const { result, reports } = await tap(site, { reader: { keyKind, knownCredentials } })
      expect(result).toMatchObject({ outcome: 'failed', error: 'unknown-credential', status: 0x0001 })
      expect(reports.at(-1)).toEqual({ type: 'reader-status', status: 0x0001 })
    }
  })

  test('does not go on with a key slot that two credentials have', async () => {
    const knownCredentials = [site.credential.publicKey, site.credential.publicKey]
    const { result } = await tap(site, { reader: { keyKind: 'keySlot', knownCredentials } })
    expect(result).toMatchObject({ outcome: 'failed', error: 'unknown-credential' })
  })
})

describe('the mailbox', () => {
  test('is read and written inside the channel alone', async () => {
    const canary = new SeededRandom(7).bytes(1_024)
    const { result, reports, link } = await tap(site, {
      decide: async session => {
        expect(session.credential.signalingBitmap & signaling.mailboxReadable).toBeTruthy()
        expect(await session.readMailbox(0, 1_088)).toEqual(mailboxData.slice(0, 1_088))
        await session.writeMailbox(64, canary)
        expect(await session.readMailbox(64, 1_024)).toEqual(canary)
        await session.finish(readerStatus.good)
      },
    })
    expect(result.outcome).toBe('granted')
    expect(reports.find(({ type }) => type === 'mailbox-changed')).toMatchObject({
      data: { length: mailboxData.length },
    })
    for (let at = 0; at + 8 <= canary.length; at += 8) {
      expect(link.hex).not.toContain(Buffer.from(canary.slice(at, at + 8)).toString('hex'))
    }
  })

  test('refuses what is beyond its end, and the transaction goes on', async () => {
    const { result } = await tap(site, {
      decide: async session => {
        await expect(session.readMailbox(mailboxData.length - 1, 2)).rejects.toMatchObject({ code: 'mailbox-refused' })
        await expect(session.readMailbox(65_535, 65_535)).rejects.toMatchObject({ code: 'mailbox-refused' })
        expect(await session.readMailbox(mailboxData.length - 1, 1)).toHaveLength(1)
        await session.finish(readerStatus.good)
      },
    })
    expect(result.outcome).toBe('granted')
  })

  test('writes nothing of a request that does not fit as a whole', async () => {
    const { reports } = await tap(site, {
      decide: async session => {
        const operations = [
          { type: 'write', offset: 0, data: new Uint8Array(4) },
          { type: 'set', offset: mailboxData.length, length: 1, value: 0 },
        ] as const
        await session.exchange(encodeExchange({ mailbox: { more: false, operations } }))
      },
    })
    expect(reports.map(({ type }) => type)).not.toContain('mailbox-changed')
    expect(reports).toContainEqual({ type: 'mailbox-refused', status: 1 })
  })

  test('an atomic session takes effect as a whole, or not at all when the transaction ends before', async () => {
    const half = await tap(site, {
      decide: async session => {
        await session.writeMailbox(0, Uint8Array.of(1, 2, 3), true)
        expect(await session.readMailbox(0, 3)).toEqual(Uint8Array.of(1, 2, 3))
        await session.finish(readerStatus.good)
      },
    })
    expect(half.reports.map(({ type }) => type)).toContain('mailbox-changed')
    const ended = await tap(site, {
      decide: async session => {
        await session.writeMailbox(0, Uint8Array.of(1, 2, 3), true)
        await session.finish(readerStatus.good)
      },
    })
    expect(ended.reports.map(({ type }) => type)).not.toContain('mailbox-changed')
  })

  test('takes what needs several commands as one write', async () => {
    const data = new SeededRandom(8).bytes(12_000)
    const groups = site.device.groups.map(group => ({
      ...group,
      credential: { ...group.credential, mailbox: { data: new Uint8Array(16_384), read: true, write: true } },
    }))
    const { reports } = await tap(site, {
      device: { groups },
      decide: async session => {
        await session.writeMailbox(64, data)
        await session.finish(readerStatus.good)
      },
    })
    const changes = reports.filter(({ type }) => type === 'mailbox-changed')
    expect(changes).toHaveLength(1)
    expect(changes[0]).toMatchObject({
      data: Uint8Array.from([...new Uint8Array(64), ...data, ...new Uint8Array(4_320)]),
    })
  })

  test('is not there for a reader when the wallet does not offer it', async () => {
    const groups = site.device.groups.map(group => ({ ...group, credential: { publicKey: site.credential.publicKey } }))
    const { result } = await tap(site, {
      device: { groups },
      decide: async session => {
        expect(session.credential.signalingBitmap).toBe(0)
        await expect(session.readMailbox(0, 0)).rejects.toMatchObject({ code: 'mailbox-refused' })
        await session.finish(readerStatus.invalidAccessRights)
      },
    })
    expect(result.outcome).toBe('denied')
  })
})

describe('what goes wrong on the reader side', () => {
  test('a decision that fails is a refusal, and the error is not lost', async () => {
    const decide = async () => {
      throw new RangeError('no policy')
    }
    await expect(tap(site, { decide })).rejects.toThrow('no policy')
  })

  test('a decision that never comes is a failure', async () => {
    const { result, reports } = await tap(site, { decide: async () => undefined })
    expect(result).toMatchObject({ outcome: 'failed', error: 'reader-failed', status: 0x0026 })
    expect(reports.at(-1)).toEqual({ type: 'reader-status', status: 0x0026 })
  })

  test('nothing can be said after the end', async () => {
    const { result } = await tap(site, {
      decide: async session => {
        await session.finish(readerStatus.good)
        await expect(session.readMailbox(0, 1)).rejects.toMatchObject({ code: 'transaction-ended' })
      },
    })
    expect(result.outcome).toBe('granted')
  })

  test.each([1, 2, 3, 4])('T85: a device that stays silent at answer %i is dropped after 600 ms', async last => {
    const timer = new ManualTimer()
    let answers = 0
    const link = new MemoryLink((from, bytes) => {
      if (from === 'reader') return bytes
      answers += 1
      if (answers < last) return bytes
      queueMicrotask(() => timer.fire(600))
      return undefined
    })
    const { result } = await tap(site, { link, timer })
    expect(result).toMatchObject({ outcome: 'failed', error: 'timeout' })
    expect(timer.waiting).toBe(0)
  })

  test('T85: a transaction of more than two seconds grants nothing, even if it was decided', async () => {
    const timer = new ManualTimer()
    const { result } = await tap(site, {
      timer,
      decide: async session => {
        timer.fire(2_000)
        await session.finish(readerStatus.good)
      },
    })
    expect(result).toMatchObject({ outcome: 'failed', error: 'timeout' })
  })

  test('an unknown element beside the answer to SELECT is skipped', async () => {
    let answers = 0
    const link = new MemoryLink((from, bytes) => {
      if (from === 'reader') return bytes
      answers += 1
      return answers === 1 ? concat(bytes.slice(0, -2), fromHex('500101'), bytes.slice(-2)) : bytes
    })
    expect((await tap(site, { link })).result.outcome).toBe('granted')
  })

  test('a transponder that leaves is no grant', async () => {
    const link: MemoryLink = new MemoryLink((from, bytes) => {
      if (from === 'device' && bytes.length > 100) link.close()
      return bytes
    })
    expect((await tap(site, { link })).result).toMatchObject({ outcome: 'failed', error: 'carrier-lost' })
  })
})
