import { readFileSync } from 'node:fs'
import { fromHex, SeededRandom, toHex, utf8 } from '@edgeward/base'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  CertificateError,
  compressCertificate,
  decodeCertificate,
  encodeCertificate,
  expandCertificate,
  formatTime,
  issueReaderCertificate,
  parseTime,
  verifyCertificate,
} from '../../src/certificates/index.ts'
import { createMemoryKeyStore } from '../../src/software/index.ts'

interface Case {
  readonly kind: string
  readonly id: string
  readonly issuerPublicKey: string
  readonly compressed: string
  readonly expect: { readonly x509: string }
}
const file = new URL('../../../../vectors/aliro/published.json', import.meta.url)
const cases: readonly Case[] = JSON.parse(readFileSync(file, 'utf8')).cases
const published = cases.filter(({ kind }) => kind === 'certificate')

const now = Date.UTC(2026, 10, 24, 9, 30)
const dayMs = 86_400_000

async function issued(
  options: { readonly notBefore?: number; readonly notAfter?: number; readonly subject?: string } = {},
) {
  const store = await createMemoryKeyStore(new SeededRandom(1))
  const groupKey = await store.generate({
    keyId: '00'.repeat(8),
    version: 1,
    purpose: 'reader-group',
    algorithm: 'P-256',
  })
  const readerKey = await store.generate({
    keyId: '01'.repeat(8),
    version: 1,
    purpose: 'reader-identity',
    algorithm: 'P-256',
  })
  const certificate = await issueReaderCertificate(store, groupKey, {
    subjectPublicKey: readerKey.publicKey ?? new Uint8Array(0),
    serial: Uint8Array.of(0xd7, 1),
    subject: options.subject ?? 'tank-farm',
    issuer: 'plant',
    notBefore: options.notBefore ?? now,
    notAfter: options.notAfter ?? now + 14 * dayMs,
  })
  return { certificate, issuerPublicKey: groupKey.publicKey ?? new Uint8Array(0), readerKey }
}

/** The code that a call fails with. */
function fault(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof CertificateError) return error.code
    throw error
  }
  return 'none'
}

test.each(published)('$id: expands, verifies and compresses to the same bytes', vector => {
  const compressed = fromHex(vector.compressed)
  const issuerPublicKey = fromHex(vector.issuerPublicKey)
  const x509 = expandCertificate(compressed, issuerPublicKey)
  expect(x509).toEqual(fromHex(vector.expect.x509))
  expect(compressCertificate(x509)).toEqual(compressed)
  expect(verifyCertificate(compressed, { issuerPublicKey }).subjectPublicKey).toHaveLength(65)
})

test('an issued certificate verifies under its issuer and says what was asked for', async () => {
  const { certificate, issuerPublicKey, readerKey } = await issued()
  expect(verifyCertificate(certificate, { issuerPublicKey, now })).toMatchObject({
    subject: 'tank-farm',
    issuer: 'plant',
    notBefore: '261124093000Z',
    notAfter: '261208093000Z',
    subjectPublicKey: readerKey.publicKey,
  })
  expect(compressCertificate(expandCertificate(certificate, issuerPublicKey))).toEqual(certificate)
})

test('a certificate is refused before its time, after it, and under another issuer', async () => {
  const { certificate, issuerPublicKey, readerKey } = await issued()
  const notAfter = now + 14 * dayMs
  expect(fault(() => verifyCertificate(certificate, { issuerPublicKey, now: now - 1 }))).toBe('not-yet-valid')
  expect(fault(() => verifyCertificate(certificate, { issuerPublicKey, now: notAfter + 999 }))).toBe('none')
  expect(fault(() => verifyCertificate(certificate, { issuerPublicKey, now: notAfter + 1000 }))).toBe('expired')
  const other = readerKey.publicKey ?? new Uint8Array(0)
  expect(fault(() => verifyCertificate(certificate, { issuerPublicKey: other, now }))).toBe('signature')
})

test('a certificate with any byte changed is refused', async () => {
  const { certificate, issuerPublicKey } = await issued()
  for (let at = 0; at < certificate.length; at++) {
    const changed = certificate.slice()
    changed[at] = (changed[at] as number) ^ 0x01
    expect(fault(() => verifyCertificate(changed, { issuerPublicKey, now }))).not.toBe('none')
  }
})

test('a name is at most 32 bytes, a default is never written out, nothing may be added', async () => {
  expect((await issued({ subject: 'x'.repeat(32) })).certificate.length).toBeGreaterThan(0)
  await expect(issued({ subject: 'x'.repeat(33) })).rejects.toMatchObject({ code: 'undecodable' })
  const { certificate } = await issued({ subject: 'subject' })
  const fields = decodeCertificate(certificate)
  expect(fields.subject).toBe('subject')
  const longer = encodeCertificate({ ...fields, subject: 'subjecu' })
  const written = fromHex(toHex(longer).replace(toHex(utf8('subjecu')), toHex(utf8('subject'))))
  expect(fault(() => decodeCertificate(written))).toBe('undecodable')
  expect(fault(() => decodeCertificate(Uint8Array.from([...certificate, 0])))).toBe('undecodable')
})

test('a key that is no point of the curve is not certified', async () => {
  const store = await createMemoryKeyStore(new SeededRandom(2))
  const groupKey = await store.generate({ keyId: '00'.repeat(8), version: 1, purpose: 'site-ca', algorithm: 'P-256' })
  const request = { serial: Uint8Array.of(2), subject: 'a', issuer: 'b', notBefore: now, notAfter: now + dayMs }
  const off = Uint8Array.from({ length: 65 }, (_, i) => (i === 0 ? 4 : 1))
  await expect(issueReaderCertificate(store, groupKey, { ...request, subjectPublicKey: off })).rejects.toMatchObject({
    code: 'point',
  })
})

test('bytes are refused, or come back the same', async () => {
  const { certificate } = await issued()
  const near = fc.array(fc.tuple(fc.nat(certificate.length - 1), fc.nat(255)), { maxLength: 3 }).map(changes => {
    const bytes = certificate.slice()
    for (const [at, value] of changes) bytes[at] = value
    return bytes
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 600, size: 'max' }), near), input => {
      let decoded: ReturnType<typeof decodeCertificate>
      try {
        decoded = decodeCertificate(input)
      } catch (error) {
        if (error instanceof CertificateError) return
        throw error
      }
      expect(encodeCertificate(decoded)).toEqual(input)
    }),
    { numRuns: 2_000 },
  )
})

test('times come back the same and agree with the calendar', () => {
  fc.assert(
    fc.property(fc.integer({ min: -631_152_000, max: 253_402_300_799 }), seconds => {
      const text = formatTime(seconds * 1000)
      const iso = new Date(seconds * 1000).toISOString().replace(/[-:T]|\.000/g, '')
      expect(text).toBe(iso < '2050' ? iso.slice(2) : iso)
      expect(parseTime(text)).toBe(seconds * 1000)
    }),
  )
  for (const wrong of ['260431000000Z', '261301000000Z', '261124240000Z', '26112409300Z', '2611240930000', '']) {
    expect(parseTime(wrong)).toBeUndefined()
  }
})
