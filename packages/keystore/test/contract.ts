import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { fromHex } from '@edgeward/base'
import { describe, expect, test } from 'vitest'
import {
  type KeyAlgorithm,
  type KeyHandle,
  type KeyPurpose,
  type KeySpec,
  type KeyStore,
  KeyStoreError,
  type KeyStoreFault,
  keyIdOf,
  sessionKey,
  verifyEs256,
} from '../src/index.ts'

/** What every driver keeps, whatever holds its keys. `open` gives an empty store each time. */
export function keyStoreContract(name: string, open: () => Promise<KeyStore>): void {
  describe(name, () => {
    test('a key is found by id and version, the highest version without one, and its versions live side by side', async () => {
      const store = await open()
      const one = await store.generate(spec('credential', 'AES-256', { version: 1 }))
      const nine = await store.generate(spec('credential', 'AES-256', { version: 9 }))
      const ten = await store.generate(spec('credential', 'AES-256', { version: 10 }))
      expect(await store.find(one.keyId)).toEqual(ten)
      expect(await store.find(one.keyId, 9)).toEqual(nine)
      expect(await store.find(one.keyId, 2)).toBeUndefined()
      expect(await store.find('ffffffffffffffff')).toBeUndefined()
      expect(await store.list()).toHaveLength(3)
      const sealed = await store.seal(one, { iv, aad, plaintext })
      await expectFault(store.open(nine, { iv, aad, ciphertext: sealed }), 'authentication-failed')
      await store.close()
    })

    test('a key that is there is not made again', async () => {
      const store = await open()
      await store.generate(spec('pin', 'AES-256'))
      await expectFault(store.generate(spec('pin', 'AES-256')), 'key-exists')
      await store.close()
    })

    test('a destroyed key is gone, and destroying it again is no error', async () => {
      const store = await open()
      const key = await store.generate(spec('audit-mac', 'AES-256'))
      await store.destroy(key)
      await store.destroy(key)
      expect(await store.find(key.keyId)).toBeUndefined()
      await expectFault(store.mac(key, plaintext), 'key-not-found')
      const session = await store.generate(sessionKey('AES-256'))
      await store.destroy(session)
      await expectFault(store.seal(session, { iv, aad, plaintext }), 'key-not-found')
      await store.close()
    })

    test('a sealed message opens again, and not after any change', async () => {
      const store = await open()
      const key = await store.generate(spec('transport-up', 'AES-256'))
      const sealed = await store.seal(key, { iv, aad, plaintext })
      expect(sealed).toHaveLength(plaintext.length + 16)
      expect(await store.open(key, { iv, aad, ciphertext: sealed })).toEqual(plaintext)
      for (const at of [0, plaintext.length, sealed.length - 1]) {
        await expectFault(store.open(key, { iv, aad, ciphertext: flipped(sealed, at) }), 'authentication-failed')
      }
      await expectFault(store.open(key, { iv: flipped(iv, 3), aad, ciphertext: sealed }), 'authentication-failed')
      await expectFault(store.open(key, { iv, aad: new Uint8Array(), ciphertext: sealed }), 'authentication-failed')
      await expectFault(store.open(key, { iv, aad, ciphertext: sealed.subarray(0, 15) }), 'authentication-failed')
      await expectFault(store.seal(key, { iv: iv.subarray(1), aad, plaintext }), 'bad-input')
      await store.close()
    })

    test('signatures verify under the public key of the handle, r || s for P-256 and 64 bytes for Ed25519', async () => {
      const store = await open()
      const p256 = await store.generate(spec('site-ca', 'P-256'))
      const signature = await store.sign(p256, plaintext)
      expect(signature).toHaveLength(64)
      expect(p256.publicKey).toHaveLength(65)
      expect(verifyEs256(p256.publicKey ?? aad, plaintext, signature)).toBe(true)
      expect(verifyEs256(p256.publicKey ?? aad, plaintext, flipped(signature, 40))).toBe(false)
      const ed25519 = await store.generate(spec('checkpoint', 'Ed25519'))
      const spki = Buffer.concat([fromHex('302a300506032b6570032100'), ed25519.publicKey ?? aad])
      const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
      expect(verify(null, plaintext, key, await store.sign(ed25519, plaintext))).toBe(true)
      await store.close()
    })

    test('two agree on the same key, which is not stored; a point off the curve is refused', async () => {
      const store = await open()
      const mine = await store.generate(spec('module-agreement', 'P-256'))
      const theirs = await store.generate(sessionKey('P-256'))
      const info = fromHex('0102')
      const a = await store.agree(mine, { peerPublicKey: theirs.publicKey ?? aad, info })
      const b = await store.agree(theirs, { peerPublicKey: mine.publicKey ?? aad, info })
      const sealed = await store.seal(a, { iv, aad, plaintext })
      expect(await store.open(b, { iv, aad, ciphertext: sealed })).toEqual(plaintext)
      const other = await store.agree(theirs, { peerPublicKey: mine.publicKey ?? aad, info: fromHex('0103') })
      await expectFault(store.open(other, { iv, aad, ciphertext: sealed }), 'authentication-failed')
      const off = flipped(theirs.publicKey ?? aad, 64)
      await expectFault(store.agree(mine, { peerPublicKey: off, info }), 'bad-input')
      expect(await store.list()).toEqual([mine])
      await store.close()
    })

    test('a derived key depends on label and context, and deriving it again changes nothing', async () => {
      const store = await open()
      const root = await store.generate(spec('transport-root', 'AES-256'))
      const derive = (label: string, context: Uint8Array, keyId: string): Promise<KeyHandle> =>
        store.derive(root, { label, context }, spec('audit-mac', 'AES-256', { keyId }))
      const a = await derive('a', plaintext, '00000000000000a1')
      const same = await derive('a', plaintext, '00000000000000a2')
      const other = await derive('b', plaintext, '00000000000000a3')
      const another = await derive('a', aad, '00000000000000a4')
      const macs = await Promise.all([a, same, other, another].map(key => store.mac(key, plaintext)))
      expect(macs[0]).toHaveLength(32)
      expect(macs[1]).toEqual(macs[0])
      expect(macs[2]).not.toEqual(macs[0])
      expect(macs[3]).not.toEqual(macs[0])
      expect(await derive('a', plaintext, '00000000000000a1')).toEqual(a)
      await expectFault(derive('b', plaintext, '00000000000000a1'), 'key-exists')
      await store.close()
    })

    test.each(['AES-256', 'P-256'] as const)(
      'a wrappable %s key travels to another store and works there',
      async algorithm => {
        const [from, to] = [await open(), await open()]
        const { wrap, unwrap } = await sharedWrapping(from, to)
        const purpose = algorithm === 'P-256' ? 'reader-group' : 'pin'
        const key = await from.generate(spec(purpose, algorithm, { wrappable: true }))
        const wrapped = await from.wrap(wrap, key)
        const taken = await to.unwrap(unwrap, wrapped, spec(purpose, algorithm))
        expect(taken).toEqual(key)
        if (algorithm === 'AES-256') expect(await to.mac(taken, plaintext)).toEqual(await from.mac(key, plaintext))
        else expect(verifyEs256(key.publicKey ?? aad, plaintext, await to.sign(taken, plaintext))).toBe(true)
        expect(await to.unwrap(unwrap, wrapped, spec(purpose, algorithm))).toEqual(taken)
        const second = await from.generate(spec(purpose, algorithm, { version: 2, wrappable: true }))
        await expectFault(to.unwrap(unwrap, await from.wrap(wrap, second), spec(purpose, algorithm)), 'key-exists')
        const broken = flipped(wrapped, 9)
        await expectFault(to.unwrap(unwrap, broken, spec(purpose, algorithm, { version: 3 })), 'authentication-failed')
        await expectFault(to.unwrap(unwrap, aad, spec(purpose, algorithm, { version: 3 })), 'authentication-failed')
        await Promise.all([from.close(), to.close()])
      },
    )

    test('a key that was not made to travel has no way out, and who was given one does not pass it on', async () => {
      const [from, to] = [await open(), await open()]
      const { wrap, unwrap } = await sharedWrapping(from, to)
      const kept = await from.generate(spec('pin', 'AES-256'))
      await expectFault(from.wrap(wrap, kept), 'not-allowed')
      const travels = await from.generate(spec('pin', 'AES-256', { version: 2, wrappable: true }))
      const wrapped = await from.wrap(wrap, travels)
      await expectFault(to.unwrap(unwrap, wrapped, spec('pin', 'AES-256', { wrappable: true })), 'not-allowed')
      for (const purpose of ['transport-root', 'site-ca', 'credential-issuer', 'module-identity'] as const) {
        const algorithm = purpose === 'transport-root' ? 'AES-256' : 'P-256'
        await expectFault(from.generate(spec(purpose, algorithm, { wrappable: true })), 'not-allowed')
        await expectFault(to.unwrap(unwrap, wrapped, spec(purpose, algorithm)), 'not-allowed')
      }
      await Promise.all([from.close(), to.close()])
    })

    test('a module-kek wraps where it was made and only unwraps where it was given', async () => {
      const [from, to] = [await open(), await open()]
      const { wrap, unwrap } = await sharedWrapping(from, to)
      const kek = await from.generate(spec('module-kek', 'AES-256', { wrappable: true }))
      const given = await to.unwrap(unwrap, await from.wrap(wrap, kek), spec('module-kek', 'AES-256'))
      const pin = await from.generate(spec('pin', 'AES-256', { wrappable: true }))
      const wrapped = await from.wrap(kek, pin)
      expect(await to.unwrap(given, wrapped, spec('pin', 'AES-256'))).toEqual(pin)
      await expectFault(from.unwrap(kek, wrapped, spec('pin', 'AES-256', { version: 2 })), 'not-allowed')
      const session = await to.generate(sessionKey('AES-256', { wrappable: true }))
      await expectFault(to.wrap(given, session), 'not-allowed')
      await Promise.all([from.close(), to.close()])
    })

    test('every purpose does what it is for and nothing else', async () => {
      const store = await open()
      for (const [purpose, algorithm, allowed] of uses) {
        const key =
          purpose === 'session'
            ? await store.generate(sessionKey('AES-256'))
            : await store.generate(spec(purpose, algorithm))
        for (const [operation, attempt] of Object.entries(operations)) {
          const fault = await faultOf(attempt(store, key))
          if (allowed.includes(operation)) expect([purpose, operation, fault]).not.toContain('not-allowed')
          else expect([purpose, operation, fault]).toEqual([purpose, operation, 'not-allowed'])
        }
      }
      await store.close()
    })

    test('a key of another algorithm than its purpose asks for is not made', async () => {
      const store = await open()
      const wrong: readonly (readonly [KeyPurpose, KeyAlgorithm])[] = [
        ['credential', 'AES-128'],
        ['site-ca', 'AES-256'],
        ['module-identity', 'Ed25519'],
        ['transport-root', 'P-256'],
        ['mqtt', 'AES-256'],
      ]
      for (const [purpose, algorithm] of wrong)
        await expectFault(store.generate(spec(purpose, algorithm)), 'not-allowed')
      await expectFault(store.generate(spec('pin', 'AES-256', { keyId: 'ABCDEF0123456789' })), 'bad-input')
      await expectFault(store.generate(spec('pin', 'AES-256', { version: 2 ** 32 })), 'bad-input')
      await store.close()
    })

    test('a handle that names another purpose than the key has is refused', async () => {
      const store = await open()
      const key = await store.generate(spec('credential', 'AES-256'))
      await expectFault(store.mac({ ...key, purpose: 'pin' }, plaintext), 'not-allowed')
      await store.close()
    })

    test('the password of a broker account is the only value that leaves, 128 bits in base64url', async () => {
      const store = await open()
      const root = await store.generate(spec('transport-root', 'AES-256'))
      const key = await store.derive(
        root,
        { label: 'edgeward/mqtt', context: aad },
        spec('mqtt', 'AES-128', { version: 2 }),
      )
      expect(await store.password(key)).toMatch(/^[\w-]{22}$/)
      await store.close()
    })

    test('changes made together are there all or not at all, and are seen by nobody before', async () => {
      const store = await open()
      const old = await store.generate(spec('pin', 'AES-256', { version: 1 }))
      const failure = new Error('half way')
      const failed = store.together(async () => {
        await store.generate(spec('pin', 'AES-256', { version: 2 }))
        await store.destroy(old)
        expect(await store.list()).toHaveLength(1)
        throw failure
      })
      await expect(failed).rejects.toBe(failure)
      expect(await store.list()).toEqual([old])
      let seen = -1
      const [made] = await Promise.all([
        store.together(async () => {
          const handle = await store.generate(spec('pin', 'AES-256', { version: 2 }))
          await new Promise(setImmediate)
          await store.destroy(old)
          return handle
        }),
        new Promise(setImmediate).then(async () => {
          seen = (await store.list()).length
        }),
      ])
      expect(seen).toBe(1)
      expect(await store.list()).toEqual([made])
      await store.close()
    })

    test('changes from many callers at once are all kept', async () => {
      const store = await open()
      const versions = Array.from({ length: 20 }, (_, version) => version)
      await Promise.all(versions.map(version => store.generate(spec('credential', 'AES-256', { version }))))
      expect(await store.list()).toHaveLength(20)
      await store.close()
    })

    test('random bytes come by any count, and do not repeat', async () => {
      const store = await open()
      const draws = await Promise.all(Array.from({ length: 50 }, () => store.random(16)))
      expect(new Set(draws.map(draw => Buffer.from(draw).toString('hex'))).size).toBe(50)
      expect(await store.random(0)).toHaveLength(0)
      await expectFault(store.random(-1), 'bad-input')
      await store.close()
    })

    test('a closed store is gone', async () => {
      const store = await open()
      const key = await store.generate(spec('pin', 'AES-256'))
      await store.close()
      await store.close()
      await expectFault(store.mac(key, plaintext), 'gone')
      await expectFault(store.list(), 'gone')
      await expectFault(store.generate(spec('pin', 'AES-256', { version: 2 })), 'gone')
    })

    test('no error and no handle holds a key', async () => {
      const store = await open()
      const key = await store.generate(spec('mqtt', 'AES-128'))
      const password = await store.password(key)
      const hex = Buffer.from(password, 'base64url').toString('hex')
      const error = await store.mac(key, plaintext).catch((caught: unknown) => caught)
      for (const shown of [JSON.stringify(key), String(error), JSON.stringify(error)]) {
        expect(shown).not.toContain(password)
        expect(shown).not.toContain(hex)
      }
      await store.close()
    })
  })
}

const iv = new Uint8Array(12).fill(7)
const aad = fromHex('a1a2')
const plaintext = fromHex('00112233445566778899aabbccddeeff0011')
const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  .publicKey.export({ format: 'der', type: 'spki' })
  .subarray(-65)

/** Purpose, algorithm of a generated key, what it may do. */
const uses: readonly (readonly [KeyPurpose, KeyAlgorithm, readonly string[]])[] = [
  ['transport-root', 'AES-256', ['derive']],
  ['transport-down', 'AES-256', ['seal', 'open']],
  ['transport-up', 'AES-256', ['seal', 'open']],
  ['audit-mac', 'AES-256', ['mac']],
  ['mqtt', 'AES-128', ['password']],
  ['module-kek', 'AES-256', ['wrap']],
  ['credential', 'AES-256', ['seal', 'open']],
  ['pin', 'AES-256', ['mac']],
  ['reader-group', 'P-256', ['sign']],
  ['reader-identity', 'P-256', ['sign']],
  ['credential-issuer', 'P-256', ['sign']],
  ['site-ca', 'P-256', ['sign']],
  ['checkpoint', 'Ed25519', ['sign']],
  ['module-identity', 'P-256', ['sign']],
  ['module-agreement', 'P-256', ['agree']],
  ['wallet-credential', 'P-256', ['sign']],
  ['session', 'AES-256', ['seal', 'open', 'wrap', 'unwrap']],
]

const operations: Readonly<Record<string, (store: KeyStore, key: KeyHandle) => Promise<unknown>>> = {
  mac: (store, key) => store.mac(key, plaintext),
  seal: (store, key) => store.seal(key, { iv, aad, plaintext }),
  open: (store, key) => store.open(key, { iv, aad, ciphertext: plaintext }),
  sign: (store, key) => store.sign(key, plaintext),
  agree: (store, key) => store.agree(key, { peerPublicKey: Uint8Array.from(peer), info: aad }),
  password: (store, key) => store.password(key),
  derive: (store, key) =>
    store.derive(key, { label: 'x', context: aad }, spec('audit-mac', 'AES-256', { version: 77 })),
  unwrap: (store, key) => store.unwrap(key, plaintext, sessionKey('AES-256')),
  wrap: async (store, key) => store.wrap(key, await store.generate(sessionKey('AES-256', { wrappable: true }))),
}

function spec(purpose: KeyPurpose, algorithm: KeyAlgorithm, more: Partial<KeySpec> = {}): KeySpec {
  const keyId = keyIdOf({ site: new Uint8Array(16), purpose })
  return { keyId, version: 1, purpose, algorithm, ...more }
}

/** An agreed key, that both stores have for wrapping. */
async function sharedWrapping(from: KeyStore, to: KeyStore): Promise<{ wrap: KeyHandle; unwrap: KeyHandle }> {
  const [a, b] = [await from.generate(sessionKey('P-256')), await to.generate(sessionKey('P-256'))]
  return {
    wrap: await from.agree(a, { peerPublicKey: b.publicKey ?? aad, info: aad }),
    unwrap: await to.agree(b, { peerPublicKey: a.publicKey ?? aad, info: aad }),
  }
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes)
  changed[at] = (changed[at] ?? 0) ^ 1
  return changed
}

async function faultOf(attempt: Promise<unknown>): Promise<KeyStoreFault | undefined> {
  try {
    await attempt
    return undefined
  } catch (error) {
    if (error instanceof KeyStoreError) return error.code
    throw error
  }
}

async function expectFault(attempt: Promise<unknown>, fault: KeyStoreFault): Promise<void> {
  expect(await faultOf(attempt)).toBe(fault)
}
