/** Known answers, run at every start: a store that fails one does not open. keys.md §5, threat T02. */
import { createSecretKey } from 'node:crypto'
import { bytesEqual, fromHex, generatorDiffers, type Random, toHex } from '@edgeward/base'
import { KeyStoreError } from '../errors.ts'
import { p256PublicKey } from '../p256.ts'
import { gcmOpen, gcmSeal } from './aead.ts'
import { Cmac } from './cmac.ts'
import { unwrapBytes, wrapBytes } from './key-wrap.ts'

/** Throws a KeyStoreError `self-test-failed` that names the probe. */
export function selfTest(random: Random): void {
  const probes = { 'AES-CMAC': cmacHolds, 'AES key wrap': keyWrapHolds, 'AES-GCM': gcmRefuses, 'P-256': curveRefuses }
  for (const [name, holds] of Object.entries(probes)) {
    if (!holds()) throw new KeyStoreError('self-test-failed', `${name} does not give its known answer on this machine`)
  }
  if (!generatorDiffers(random)) {
    throw new KeyStoreError(
      'self-test-failed',
      'the random generator gives zeros or repeats itself; no key is made or used',
    )
  }
}

/** RFC 4493 §4, examples 1 and 3. */
function cmacHolds(): boolean {
  const cmac = new Cmac(createSecretKey(fromHex('2b7e151628aed2a6abf7158809cf4f3c')))
  const message = fromHex('6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411')
  return (
    toHex(cmac.mac(new Uint8Array())) === 'bb1d6929e95937287fa37d129b756746' &&
    toHex(cmac.mac(message)) === 'dfa66747de9ae63030ca32611497c827'
  )
}

/** RFC 3394 §4.6 and its way back. */
function keyWrapHolds(): boolean {
  const wrapping = createSecretKey(fromHex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'))
  const key = fromHex('00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f')
  const wrapped = wrapBytes('kw', wrapping, key)
  const known = '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21'
  return toHex(wrapped) === known && bytesEqual(unwrapBytes('kw', wrapping, wrapped), key)
}

/** Test case 13 of the GCM specification, and a flipped bit of its tag. */
function gcmRefuses(): boolean {
  const key = createSecretKey(new Uint8Array(32))
  const iv = new Uint8Array(12)
  const aad = new Uint8Array()
  const sealed = gcmSeal(key, { iv, aad, plaintext: new Uint8Array() })
  if (toHex(sealed) !== '530f8afbc74536b9a963b4f1c4cb738b') return false
  sealed[0] = (sealed[0] as number) ^ 1
  return refused(() => gcmOpen(key, { iv, aad, ciphertext: sealed }))
}

/** The base point of P-256 (SEC 2 §2.4.2) is taken, the same with a flipped bit is not. */
function curveRefuses(): boolean {
  const x = '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'
  const y = '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'
  const point = fromHex(`04${x}${y}`)
  if (p256PublicKey(point) === undefined) return false
  point[64] = (point[64] as number) ^ 1
  return p256PublicKey(point) === undefined
}

function refused(attempt: () => unknown): boolean {
  try {
    attempt()
    return false
  } catch (error) {
    if (error instanceof KeyStoreError) return true
    throw error
  }
}
