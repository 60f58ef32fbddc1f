/** Any payload of each type, for properties. */
import fc from 'fast-check'
import type { Claims, MapPayloads, MessageType, PlainMap } from '../../src/seal/index.ts'

const uint = fc.maxSafeNat()
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length, size: 'max' })
const anyBytes = fc.uint8Array({ maxLength: 60, size: 'max' })
const text = fc.string({ maxLength: 20, unit: 'grapheme' })
const hex8 = bytes(8).map(value => Buffer.from(value).toString('hex'))
const orNull = (values: fc.Arbitrary<number>): fc.Arbitrary<number | null> => fc.option(values, { nil: null })
const sequence = fc.bigInt(0n, 2n ** 63n - 1n)
const types = [
  'policy-bundle',
  'revocation-delta',
  'key-package',
  'command',
  'acknowledgement',
  'audit-batch',
  'health',
  'credential-document',
] as const satisfies MessageType[]

/** An object whose optional members are there or not, never undefined. */
type Model = Readonly<Record<string, fc.Arbitrary<unknown>>>
type Values<M extends Model> = { -readonly [K in keyof M]: M[K] extends fc.Arbitrary<infer V> ? V : never }

const object = <const R extends Model, const O extends Model = Record<never, never>>(
  required: R,
  optional?: O,
): fc.Arbitrary<Values<R> & Partial<Values<O>>> => {
  const there = fc.record<Readonly<Record<string, unknown>>>(required, { noNullPrototype: true })
  const maybe = fc.record<Readonly<Record<string, unknown>>>(optional ?? {}, {
    noNullPrototype: true,
    requiredKeys: [],
  })
  // Each member's type is that of its arbitrary.
  return fc.tuple(there, maybe).map(([a, b]) => ({ ...a, ...b }) as Values<R> & Partial<Values<O>>)
}

const checkpoint = object({ size: uint, root: bytes(32), proof: fc.array(bytes(32), { maxLength: 3 }) })
const evidence = object({ head: bytes(32), records: uint, counter: uint, signature: bytes(64) })
const heads = object({}, { bundle: uint, revocations: uint, keyPackage: uint })
const kid = object({ keyId: hex8, version: fc.nat(2 ** 32 - 1) })
const mark = object({ version: uint, sequence })

const plain: fc.Arbitrary<PlainMap> = fc.letrec(tie => ({
  map: fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    text,
    anyBytes,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('map'),
  ),
})).map as fc.Arbitrary<PlainMap>

const packagedKey = object(
  {
    ...{ keyId: hex8, version: uint, purpose: text, algorithm: fc.constantFrom('AES-128', 'AES-256', 'P-256') },
    ...{ wrapped: anyBytes, kek: kid, notBefore: uint },
  },
  { destroyVersions: fc.array(uint, { minLength: 1, maxLength: 3 }), replaces: uint },
)

const entry = object({
  credential: bytes(8),
  action: fc.constantFrom('revoke', 'suspend', 'restore'),
  until: orNull(uint),
})
const results = ['done', 'refused', 'base-mismatch', 'expired', 'storage', 'key-store', 'unknown-outcome'] as const
const acknowledged = object({
  type: fc.constantFrom(...types),
  version: uint,
  sequence,
  result: fc.constantFrom(...results),
})
const opening = object({ field: text, salt: bytes(16), value: anyBytes })

export const payloads: { readonly [T in keyof MapPayloads]: fc.Arbitrary<MapPayloads[T]> } = {
  'policy-bundle': object(
    {
      ...{ epoch: uint, version: uint, revocationVersion: uint, notBefore: uint, notAfter: uint },
      ...{ tables: anyBytes, siteDigest: bytes(32) },
    },
    { nonce: bytes(16), checkpoint },
  ),
  'revocation-delta': object({ base: uint, version: uint, entries: fc.array(entry, { maxLength: 4 }) }, { checkpoint }),
  'key-package': object(
    { keys: fc.array(packagedKey, { minLength: 1, maxLength: 3 }) },
    { nonce: bytes(16), checkpoint },
  ),
  command: object(
    { id: bytes(16), verb: text, arguments: plain, notBefore: uint, notAfter: uint, by: bytes(8) },
    { approvals: fc.array(anyBytes, { maxLength: 2 }), checkpoint },
  ),
  acknowledgement: object(
    { acknowledged: fc.array(acknowledged, { minLength: 1, maxLength: 4 }), evidence },
    { heads },
  ),
  'audit-batch': object(
    {
      ...{
        first: uint,
        last: uint,
        headBefore: bytes(32),
        records: fc.array(anyBytes, { minLength: 1, maxLength: 4 }),
      },
      ...{ mac: bytes(32), chainEpoch: uint, evidence },
    },
    { openings: fc.array(opening, { maxLength: 3 }) },
  ),
  health: object(
    {
      ...{
        time: uint,
        clockQuality: fc.constantFrom('synchronised', 'drifting', 'floor-only', 'untrusted'),
        uptime: uint,
      },
      ...{ heads, freeRecords: uint, evidence },
    },
    {
      highest: fc.array(fc.tuple(fc.constantFrom(...types), mark), { maxLength: 4 }).map(pairs => new Map(pairs)),
      nonce: bytes(16),
    },
  ),
}

const bound = orNull(uint)
const validity = object({ from: bound, to: bound })
const verifier = object({ keyVersion: uint, mac: bytes(32) })
const grant = object(
  {
    ...{ id: text, on: fc.array(fc.oneof(text, plain), { minLength: 1, maxLength: 3 }) },
    ...{ may: fc.array(text, { minLength: 1, maxLength: 3 }), from: uint, to: uint },
  },
  { sequence: uint, grace: uint, when: plain },
)
const dictionary = <T>(values: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(text, values), { minLength: 1, maxLength: 3 }).map(pairs => new Map(pairs))
const flags = object({
  external: fc.boolean(),
  extendedTime: fc.boolean(),
  robot: fc.boolean(),
})

/** Claims for a transponder and key group. */
export const claims = (transponder: Uint8Array, keyGroup: Uint8Array): fc.Arbitrary<Claims> =>
  object(
    {
      ...{
        credential: bytes(8),
        person: bytes(16),
        roles: fc.array(object({ role: text, from: bound, to: bound }), { maxLength: 3 }),
      },
      ...{
        notBefore: uint,
        notAfter: uint,
        epoch: uint,
        transponder: fc.constant(transponder),
        keyGroup: fc.constant(keyGroup),
      },
    },
    {
      grants: fc.array(grant, { minLength: 1, maxLength: 3 }),
      ...{
        credentialValidity: validity,
        personValidity: validity,
        groups: fc.array(text, { minLength: 1, maxLength: 3 }),
      },
      ...{
        organisation: text,
        flags: flags.filter(marks => Object.values(marks).includes(true)),
      },
      ...{ qualifications: dictionary(validity), pin: verifier, duress: verifier, preferences: dictionary(plain) },
      ...{
        biometricTemplate: object({ hash: bytes(32), place: uint }),
        checkpoint: object({ size: uint, root: bytes(32) }),
      },
    },
  )
