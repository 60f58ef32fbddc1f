/** vectors/crypto/rfc-nist.json, as far as the store does these operations, by its ordinary doors. */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from 'node:crypto'
import { fromHex, fromUtf8, toHex } from '@edgeward/base'
import { expect, test } from 'vitest'
import vectors from '../../../vectors/crypto/rfc-nist.json' with { type: 'json' }
import { type KeyAlgorithm, type KeyPurpose, sessionKey, verifyEs256 } from '../src/index.ts'
import { Cmac } from '../src/software/cmac.ts'
import { unwrapBytes, wrapBytes } from '../src/software/key-wrap.ts'
import { keyWrap, knownStore } from './scripted-random.ts'

type Case = (typeof vectors.cases)[number]
const casesOf = (op: string): Case[] => vectors.cases.filter(one => one.op === op)
const hexOf = (value: string | undefined): Uint8Array => fromHex(value ?? '')
const key = (purpose: KeyPurpose, algorithm: KeyAlgorithm = 'AES-256') => ({
  keyId: '00000000000000aa',
  version: 1,
  purpose,
  algorithm,
})

test.each(casesOf('cmac'))('$op: $id', ({ key, msg, expect: { tag } }) => {
  expect(toHex(new Cmac(createSecretKey(hexOf(key))).mac(hexOf(msg)))).toBe(tag)
})

test.each([...casesOf('kw-wrap'), ...casesOf('kwp-wrap')])('$op: $id', ({ op, key, msg, expect: { out } }) => {
  const mode = op === 'kw-wrap' ? 'kw' : 'kwp'
  expect(toHex(wrapBytes(mode, createSecretKey(hexOf(key)), hexOf(msg)))).toBe(out)
})

test.each([...casesOf('kw-unwrap'), ...casesOf('kwp-unwrap')])('$op: $id', ({ op, key, ct, expect: { ok, out } }) => {
  const mode = op === 'kw-unwrap' ? 'kw' : 'kwp'
  const unwrap = (): string => toHex(unwrapBytes(mode, createSecretKey(hexOf(key)), hexOf(ct)))
  if (ok) expect(unwrap()).toBe(out)
  else expect(unwrap).toThrow(expect.objectContaining({ code: 'authentication-failed' }))
})

test.each(casesOf('gcm-seal').filter(one => hexOf(one.key).length === 32))(
  '$op: $id',
  async ({ key: bytes, iv, aad, msg, expect: { ct, tag } }) => {
    const { store, import: take } = await knownStore()
    const handle = await take(hexOf(bytes), key('credential'))
    const sealed = await store.seal(handle, { iv: hexOf(iv), aad: hexOf(aad), plaintext: hexOf(msg) })
    expect(toHex(sealed)).toBe(`${ct}${tag}`)
    expect(toHex(await store.open(handle, { iv: hexOf(iv), aad: hexOf(aad), ciphertext: sealed }))).toBe(msg)
  },
)

test.each(casesOf('hmac-sha256').filter(one => hexOf(one.key).length === 32))(
  '$op: $id',
  async ({ key: bytes, msg, expect: { out } }) => {
    const { store, import: take } = await knownStore()
    expect(toHex(await store.mac(await take(hexOf(bytes), key('pin')), hexOf(msg)))).toBe(out)
  },
)

test.each(casesOf('ecdsa-p256-verify'))('$op: $id', ({ public: point, msg, sig, expect: { ok } }) => {
  expect(verifyEs256(hexOf(point), hexOf(msg), hexOf(sig))).toBe(ok)
})

test.each(casesOf('ed25519-sign'))('$op: $id', async ({ seed, msg, expect: { sig } }) => {
  const { store, random } = await knownStore()
  random.script.push(hexOf(seed))
  const handle = await store.generate(key('checkpoint', 'Ed25519'))
  expect(toHex(await store.sign(handle, hexOf(msg)))).toBe(sig)
})

test.each(casesOf('ecdh-p256'))(
  '$op: $id, and HKDF over it',
  async ({ private: scalar, public: point, expect: { shared } }) => {
    const { store, random } = await knownStore()
    random.script.push(hexOf(scalar))
    const handle = await store.generate(key('module-agreement', 'P-256'))
    const info = fromHex('c0ffee')
    const agreed = await store.agree(handle, { peerPublicKey: hexOf(point), info })
    const cipher = createCipheriv(
      'aes-256-gcm',
      Buffer.from(hkdfSync('sha256', hexOf(shared), '', info, 32)),
      Buffer.alloc(12),
    )
    const sealed = await store.seal(agreed, {
      iv: new Uint8Array(12),
      aad: new Uint8Array(),
      plaintext: new Uint8Array(5),
    })
    expect(Buffer.concat([cipher.update(Buffer.alloc(5)), cipher.final(), cipher.getAuthTag()]).equals(sealed)).toBe(
      true,
    )
  },
)

const derivations = casesOf('kdf-ctr-cmac').filter(one => one.id.startsWith('Edgeward derivation'))
test.each(derivations)('$op: $id', async ({ key: root, after, expect: { out } }) => {
  const { store, random, wrapping, wrappingBytes } = await knownStore()
  random.script.push(hexOf(root))
  const handle = await store.generate(key('transport-root'))
  // after = label || 00 || context || bits (u16)
  const fixed = hexOf(after)
  const end = fixed.indexOf(0)
  const label = fromUtf8(fixed.subarray(0, end))
  const use = { label, context: fixed.subarray(end + 1, -2) }
  const derived = await store.derive(handle, use, { ...key('transport-down'), version: 2, wrappable: true })
  expect(toHex(await store.wrap(wrapping, derived))).toBe(toHex(keyWrap(wrappingBytes, hexOf(out))))
})

test('a P-256 key leaves as PKCS#8 under RFC 5649, and nothing but its own wrapping key opens it', async () => {
  const { store, wrapping, wrappingBytes } = await knownStore()
  const group = await store.generate({ ...key('reader-group', 'P-256'), wrappable: true })
  const wrapped = await store.wrap(wrapping, group)
  const decipher = createDecipheriv('id-aes256-wrap-pad', wrappingBytes, Buffer.from('a65959a6', 'hex'))
  const pkcs8 = Buffer.concat([decipher.update(wrapped), decipher.final()])
  expect(pkcs8.subarray(-65).equals(group.publicKey ?? new Uint8Array())).toBe(true)
  const other = await store.generate(sessionKey('AES-256'))
  await expect(store.unwrap(other, wrapped, { ...key('reader-group', 'P-256'), version: 2 })).rejects.toMatchObject({
    code: 'authentication-failed',
  })
})
