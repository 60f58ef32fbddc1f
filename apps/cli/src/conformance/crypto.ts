import { createSecretKey, type KeyObject, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { bytesEqual, toHex } from '@edgeward/base'
import { verifyEs256 } from '@edgeward/keystore'
import {
  Cmac,
  counterModeKdf,
  diversifiedKey,
  ed25519PrivateKey,
  gcmOpen,
  gcmSeal,
  hkdfSha256,
  hmacSha256,
  p256PrivateKey,
  sharedSecret,
  unwrapBytes,
  verifyEd25519,
  verifyEs256Der,
  wrapBytes,
} from '@edgeward/keystore/primitives'
import { byHandle } from './crypto-handles.ts'
import { type Outputs, sealedOutputs } from './crypto-outputs.ts'
import type { Suite, Verdict } from './suite.ts'
import { VectorError, VectorObject } from './vector-object.ts'

/** Operations of secure channels to cards; they come with the cards. */
const later = new Set(['scp03', 'scp03-put-key'])

/**
 * Suite `crypto`: vectors/crypto/README.md. Each case runs on the inner primitives of the `software` driver, and again by
 * handles through its public door where the driver does that operation with a key of that size.
 */
export const crypto: Suite = async file => {
  const vectors = new VectorObject(JSON.parse(await readFile(file, 'utf8')), basename(file))
  if (vectors.text('suite') !== 'crypto')
    return { verdicts: [{ name: file, ok: false, detail: `no suite crypto` }], leftOut: 0 }
  vectors.ignore('source')
  const cases = vectors.objects('cases')
  vectors.end()
  const verdicts: Verdict[] = []
  let leftOut = 0
  for (const vector of cases) {
    if (later.has(vector.text('op'))) leftOut += 1
    else verdicts.push(...(await verdictsOf(vector)))
  }
  return { verdicts, leftOut, ...(leftOut > 0 && { leftOutBecause: 'SCP03 comes with the cards' }) }
}

async function verdictsOf(vector: VectorObject): Promise<readonly Verdict[]> {
  const name = vector.text('id')
  try {
    const either = vector.flag('either')
    const direct = runOrRefuse(vector)
    const viaHandle = await byHandle(vector)
    const expected = expectationOf(vector)
    vector.end()
    const judged = (title: string, outputs: Outputs): Verdict => judge({ title, expected, either, outputs })
    return viaHandle === 'not-offered'
      ? [judged(name, direct)]
      : [judged(name, direct), judged(`${name} (by handle)`, viaHandle.outputs)]
  } catch (error) {
    if (!(error instanceof VectorError)) throw error
    return [{ name, ok: false, detail: error.message }]
  }
}

function expectationOf(vector: VectorObject): Outputs {
  const expect = vector.object('expect')
  const ok = expect.flag('ok')
  const outputs = Object.fromEntries(
    expect
      .names()
      .filter(name => name !== 'ok')
      .map(name => [name, expect.text(name)]),
  )
  expect.end()
  return ok ? outputs : undefined
}

function judge(found: { title: string; expected: Outputs; either: boolean; outputs: Outputs }): Verdict {
  const { title: name, expected, either, outputs } = found
  const same =
    expected === undefined || outputs === undefined
      ? expected === outputs || (either && outputs === undefined)
      : Object.entries(expected).every(([output, value]) => outputs[output] === value)
  return same ? { name, ok: true } : { name, ok: false, detail: `expected ${shown(expected)}, came ${shown(outputs)}` }
}

const shown = (outputs: Outputs): string => (outputs === undefined ? 'a refusal' : JSON.stringify(outputs))

/** An exception of the operation is a refusal (README); one of the format is not. */
function runOrRefuse(vector: VectorObject): Outputs {
  try {
    return run(vector)
  } catch (error) {
    if (error instanceof VectorError) throw error
    return undefined
  }
}

function run(vector: VectorObject): Outputs {
  const op = vector.text('op')
  const operation = operations[op]
  if (operation === undefined) throw new VectorError(`unknown operation ${op}`)
  return operation(vector)
}

const operations: Readonly<Record<string, (vector: VectorObject) => Outputs>> = {
  cmac: vector => {
    const message = vector.hex('msg')
    return { tag: toHex(new Cmac(keyOf(vector)).mac(message)) }
  },
  'cmac-verify': vector => {
    const [message, tag] = [vector.hex('msg'), vector.hex('tag')]
    return accepted(bytesEqual(new Cmac(keyOf(vector)).mac(message), tag))
  },
  'hmac-sha256': vector => {
    const message = vector.hex('msg')
    return { out: toHex(hmacSha256(keyOf(vector), message)) }
  },
  'kw-wrap': vector => wrap('kw', vector),
  'kwp-wrap': vector => wrap('kwp', vector),
  'kw-unwrap': vector => unwrap('kw', vector),
  'kwp-unwrap': vector => unwrap('kwp', vector),
  'gcm-seal': vector => {
    const [iv, aad, plaintext] = [vector.hex('iv'), vector.hex('aad'), vector.hex('msg')]
    return sealedOutputs(gcmSeal(keyOf(vector), { iv, aad, plaintext }))
  },
  'gcm-open': vector => {
    const [iv, aad, ct, tag] = [vector.hex('iv'), vector.hex('aad'), vector.hex('ct'), vector.hex('tag')]
    return { out: toHex(gcmOpen(keyOf(vector), { iv, aad, ciphertext: Buffer.concat([ct, tag]) })) }
  },
  'hkdf-sha256': vector => {
    const [ikm, salt, info, size] = [vector.hex('ikm'), vector.hex('salt'), vector.hex('info'), vector.number('size')]
    return { okm: toHex(hkdfSha256(ikm, { salt, info, size })) }
  },
  'ecdh-p256': vector => {
    const [scalar, point] = [vector.hex('private'), vector.hex('public')]
    const pair = p256PrivateKey(scalar)
    const shared = pair && sharedSecret(pair.key, point)
    return shared && { shared: toHex(shared) }
  },
  'ecdsa-p256-verify': vector => {
    const [point, message, signature] = [vector.hex('public'), vector.hex('msg'), vector.hex('sig')]
    const verify = vector.text('format') === 'der' ? verifyEs256Der : verifyEs256
    return accepted(verify(point, message, signature))
  },
  'ed25519-verify': vector => {
    const [publicKey, message, signature] = [vector.hex('public'), vector.hex('msg'), vector.hex('sig')]
    return accepted(verifyEd25519(publicKey, message, signature))
  },
  'ed25519-sign': vector => {
    const [seed, message] = [vector.hex('seed'), vector.hex('msg')]
    return { sig: toHex(sign(null, message, ed25519PrivateKey(seed).key)) }
  },
  'kdf-ctr-cmac': vector => {
    const [before, after] = [vector.hex('before'), vector.hex('after')]
    const [counterBits, bits] = [vector.number('counterBits'), vector.number('bits')]
    return { out: toHex(counterModeKdf(new Cmac(keyOf(vector)), { before, after, counterBits, bits })) }
  },
  'an10922-aes128': vector => {
    const input = vector.hex('input')
    return { out: toHex(diversifiedKey(new Cmac(keyOf(vector)), input)) }
  },
}

function keyOf(vector: VectorObject): KeyObject {
  return createSecretKey(vector.hex('key'))
}

function wrap(mode: 'kw' | 'kwp', vector: VectorObject): Outputs {
  const message = vector.hex('msg')
  return { out: toHex(wrapBytes(mode, keyOf(vector), message)) }
}

function unwrap(mode: 'kw' | 'kwp', vector: VectorObject): Outputs {
  const wrapped = vector.hex('ct')
  return { out: toHex(unwrapBytes(mode, keyOf(vector), wrapped)) }
}

const accepted = (holds: boolean): Outputs => (holds ? {} : undefined)
