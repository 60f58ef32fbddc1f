/** Vectors of sealed envelopes: vectors/envelope/README.md tells the ops and their fields. */
import { hkdfSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { bytesEqual, type CborValue, concat, decodeCbor, fromHex, Tagged, toHex } from '@edgeward/base'
import { decodeKid, encodeKid, type KeyHandle, type KeyName, type KeyPurpose, verifyEs256 } from '@edgeward/keystore'
import {
  agreementInfo,
  type Direction,
  EnvelopeRefused,
  type Mark,
  type MessageType,
  messageTypeOf,
  openEnvelopeWith,
  openFirstKeyPackage,
  type Receiver,
  type ReceiverKey,
  readOuterShape,
  type SiteScope,
  sealEnvelope,
} from '@edgeward/keystore/seal'
import { entriesOf, Fields, VectorError } from './envelope-fields.ts'
import { keyUnwrap, VectorStore } from './envelope-keys.ts'
import type { Suite, Verdict } from './suite.ts'

/** Before every end in the vectors: a case without `now` is opened without a check of expiry. */
const beforeAll = 0

const directions: Readonly<Record<number, { readonly direction: Direction; readonly purpose: KeyPurpose }>> = {
  1: { direction: 'down', purpose: 'transport-down' },
  2: { direction: 'up', purpose: 'transport-up' },
  3: { direction: 'holder', purpose: 'credential' },
}

/** Everything of the file that its cases share. */
interface World extends SiteScope {
  readonly vectors: VectorStore
  readonly service: Uint8Array
  readonly me: Uint8Array
  readonly groups: readonly Uint8Array[]
  readonly keys: ReadonlyMap<string, ReceiverKey>
  readonly first: FirstKeys | undefined
}

interface FirstKeys {
  readonly caKid: Uint8Array
  readonly caPublic: Uint8Array
  readonly agreementPrivate: Uint8Array
  readonly agreementPublic: Uint8Array
}

/** Why a case fails; undefined when it passes. */
type Finding = string | undefined
type Op = (world: World, fields: Fields) => Promise<Finding>

const ops: ReadonlyMap<string, Op> = new Map([
  ['seal', runSeal],
  ['open', runOpen],
  ['sequence', runSequence],
  ['first', runFirst],
])

/** Runs the cases of an envelope vector file. */
export const envelope: Suite = async file => {
  const fields = new Fields(JSON.parse(await readFile(file, 'utf8')), 'the file')
  if (fields.text('suite') !== 'envelope') throw new VectorError('the file is not of suite envelope')
  const cases = fields.list('cases')
  const world = await readWorld(fields)
  const verdicts: Verdict[] = []
  for (const [index, one] of cases.entries()) verdicts.push(await runCase(world, one, index))
  return { verdicts, leftOut: 0 }
}

async function readWorld(fields: Fields): Promise<World> {
  fields.raw('made')
  const vectors = await VectorStore.create()
  const keys = new Map<string, ReceiverKey>()
  for (const key of fields.list('keys')) {
    const { kid, known } = await readKey(vectors, new Fields(key, 'a key'))
    keys.set(kid, known)
  }
  const world = {
    vectors,
    keys,
    tenant: fields.bytes('tenant'),
    site: fields.bytes('site'),
    service: fields.bytes('service'),
    me: fields.bytes('me'),
    groups: fields.list('groups').map(group => hexOf(group)),
    first: fields.maybe('first', name => readFirstKeys(fields.object(name))),
  }
  fields.end()
  return world
}

async function readKey(vectors: VectorStore, fields: Fields): Promise<{ kid: string; known: ReceiverKey }> {
  fields.raw('name')
  const kid = fields.bytes('kid')
  const { direction, purpose } = directionOf(fields.number('direction'))
  const handle = await vectors.aesKey(decodeKid(kid), purpose, fields.bytes('key'))
  const peer = fields.bytes('peer')
  const retired = fields.maybe('retired', name => fields.bool(name)) ?? false
  fields.end()
  return { kid: toHex(kid), known: { handle, direction, peer, retired } }
}

function readFirstKeys(fields: Fields): FirstKeys {
  const keys = {
    caKid: fields.bytes('caKid'),
    caPublic: fields.bytes('caPublic'),
    agreementPrivate: fields.bytes('agreementPrivate'),
    agreementPublic: fields.bytes('agreementPublic'),
  }
  fields.end()
  return keys
}

async function runCase(world: World, one: unknown, index: number): Promise<Verdict> {
  let name = `case ${index}`
  let detail: Finding
  try {
    const fields = new Fields(one, name)
    name = fields.text('id')
    const op = fields.text('op')
    const run = ops.get(op)
    detail = run === undefined ? `unknown op ${op}` : await run(world, fields)
    fields.end()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    detail = `${error.name}: ${error.message}`
  }
  return { name, ok: detail === undefined, ...(detail !== undefined && { detail }) }
}

/** `seal`: these inputs give exactly these bytes. */
async function runSeal({ vectors, keys, tenant, site }: World, fields: Fields): Promise<Finding> {
  const input = fields.object('input')
  const expect = fields.object('expect')
  const kid = input.text('kid')
  const key = keys.get(kid)
  if (key === undefined) return `no key ${kid}`
  const type = messageTypeOf(input.number('type'))
  if (type === undefined) return 'unknown type'
  if (directionOf(input.number('direction')).direction !== key.direction) return 'the key is for another direction'
  const payload = input.bytes('payload')
  vectors.drawNext(input.bytes('iv'))
  const sealed = await sealEnvelope(vectors.store, {
    ...{ key: key.handle, type, tenant, site, payload },
    from: input.bytes('from'),
    to: input.bytes('to'),
    sequence: BigInt(input.text('sequence')),
    issued: input.number('issued'),
    notAfter: input.maybe('notAfter', name => nullableNumber(input.raw(name))) ?? null,
  })
  input.end()
  const finding = await compareSealed(vectors, key.handle, sealed, expect)
  return finding ?? compareSize(fields, { envelope: sealed.length, payload: payload.length })
}

/** Header and ciphertext as they stand; that the expected structure and plaintext go with them, the store says. */
async function compareSealed(
  { store }: VectorStore,
  key: KeyHandle,
  sealed: Uint8Array,
  expect: Fields,
): Promise<Finding> {
  const [protectedHeader, , ciphertext] = membersOf(decodeCbor(sealed, { tags: 'any' }))
  const header = decodeCbor(bytesOf(protectedHeader))
  const iv = header instanceof Map ? bytesOf(header.get(5)) : new Uint8Array()
  const message = { iv, aad: expect.bytes('encStructure'), ciphertext: expect.bytes('ciphertext') }
  const plaintext = await store.open(key, message)
  const finding =
    difference('protected', expect.bytes('protected'), bytesOf(protectedHeader)) ??
    difference('ciphertext', message.ciphertext, bytesOf(ciphertext)) ??
    difference('plaintext', expect.bytes('plaintext'), plaintext) ??
    difference('envelope', expect.bytes('envelope'), sealed)
  expect.end()
  return finding
}

/** `open`: with an empty memory. */
async function runOpen(world: World, fields: Fields): Promise<Finding> {
  const expect = readExpectation(fields.object('expect'))
  const receiver = receiverOf(world, fields, new Map())
  const now = fields.maybe('now', name => fields.number(name)) ?? beforeAll
  const outcome = await open(world, receiver, fields.bytes('envelope'), now)
  return compareOutcome(expect, outcome)
}

/** `sequence`: one after the other with one memory. */
async function runSequence(world: World, fields: Fields): Promise<Finding> {
  const marks = new Map(entriesOf(fields.raw('high')).map(([place, mark]) => [markPlace(place), markOf(mark)]))
  const shared = receiverOf(world, fields, marks)
  for (const [index, value] of fields.list('steps').entries()) {
    const step = new Fields(value, `step ${index}`)
    const expect = readExpectation(step.object('expect'))
    const now = step.maybe('now', name => step.number(name)) ?? beforeAll
    const receiver = receiverOf({ ...world, ...shared }, step, marks)
    const outcome = await open(world, receiver, step.bytes('envelope'), now)
    step.end()
    if (outcome.mark !== undefined) marks.set(`${outcome.mark.keyId}/${outcome.mark.type}`, outcome.mark)
    const finding = compareOutcome(expect, outcome)
    if (finding !== undefined) return `step ${index}: ${finding}`
  }
  return undefined
}

/** `first`: a first key package, in a store of its own. */
async function runFirst({ tenant, site, me, service, first }: World, fields: Fields): Promise<Finding> {
  if (first === undefined) return 'the file has no keys for a first key package'
  const expect = fields.object('expect')
  const bytes = fields.bytes('envelope')
  const now = fields.maybe('now', name => fields.number(name)) ?? beforeAll
  const vectors = await VectorStore.create()
  const agreement = await vectors.agreementKey(first.agreementPrivate)
  const finding = difference('agreementPublic', first.agreementPublic, agreement.publicKey ?? new Uint8Array())
  if (finding !== undefined) return finding
  const signers = (signer: KeyName): Uint8Array | undefined =>
    bytesEqual(encodeKid(signer), first.caKid) ? first.caPublic : undefined
  try {
    const checks = { tenant, site, me, service, signers, agreement, now }
    const taken = await openFirstKeyPackage(vectors.store, bytes, checks)
    const secrets = await compareSecrets(vectors, { agreement, kek: taken.kek, first, bytes, expect })
    const payload = taken.payloadBytes
    const sizes = compareSize(fields, { envelope: bytes.length, payload: payload.length })
    return compareOutcome(readExpectation(expect), { payload, sequence: taken.sequence }) ?? secrets ?? sizes
  } catch (error) {
    if (!(error instanceof EnvelopeRefused)) throw error
    return compareOutcome(readExpectation(expect), { reason: error.code })
  }
}

interface FirstSecrets {
  readonly agreement: KeyHandle
  readonly kek: KeyHandle
  readonly first: FirstKeys
  readonly bytes: Uint8Array
  readonly expect: Fields
}

/** No handle shows its key, so each is compared by what it does. */
async function compareSecrets(
  vectors: VectorStore,
  { agreement, kek, first, bytes, expect }: FirstSecrets,
): Promise<Finding> {
  if (!expect.has('z')) return undefined
  const [, , signed, signature] = membersOf(decodeCbor(bytes, { tags: 'any' }))
  const [, , , recipients] = membersOf(decodeCbor(bytesOf(signed), { tags: 'any' }))
  const [, unprotected, wrapped] = membersOf(membersOf(recipients)[0])
  const peerPublicKey = ephemeralOf(unprotected)
  const z = expect.bytes('z')
  const [key, key2] = [expect.bytes('kek'), expect.bytes('kek2')]
  const contexts = [agreementInfo(), agreementInfo('module-kek')] as const
  const structure = expect.maybe('sigStructure', name => expect.bytes(name))
  const agrees = async (info: Uint8Array, value: Uint8Array): Promise<boolean> =>
    vectors.isSessionKey(await vectors.store.agree(agreement, { peerPublicKey, info }), value)
  const holds: Readonly<Record<string, boolean>> = {
    'z and kek': bytesEqual(hkdf(z, contexts[0]), key),
    'z and kek2': bytesEqual(hkdf(z, contexts[1]), key2),
    kek: await agrees(contexts[0], key),
    kek2: await agrees(contexts[1], key2),
    cek: bytesEqual(keyUnwrap(key, bytesOf(wrapped)), expect.bytes('cek')),
    moduleKek: await vectors.isUnwrappingKey(kek, expect.bytes('moduleKek')),
    sigStructure: structure === undefined || verifyEs256(first.caPublic, structure, bytesOf(signature)),
  }
  const wrong = Object.keys(holds).filter(name => holds[name] === false)
  return wrong.length === 0 ? undefined : `differs: ${wrong.join(', ')}`
}

/** The point of a COSE_Key under label -1. */
function ephemeralOf(unprotected: CborValue | undefined): Uint8Array {
  const point = unprotected instanceof Map ? unprotected.get(-1) : undefined
  if (!(point instanceof Map)) throw new VectorError('the recipient has no ephemeral key')
  return concat(Uint8Array.of(4), bytesOf(point.get(-2)), bytesOf(point.get(-3)))
}

function hkdf(ikm: Uint8Array, info: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', ikm, new Uint8Array(), info, 32))
}

interface Expectation {
  readonly ok: boolean
  readonly payload?: Uint8Array
  readonly sequence?: bigint
  readonly reasons: readonly string[]
}

interface Outcome {
  readonly reason?: string
  readonly payload?: Uint8Array
  readonly sequence?: bigint
  readonly mark?: Mark & { readonly keyId: string; readonly type: MessageType }
}

function readExpectation(fields: Fields): Expectation {
  const ok = fields.bool('ok')
  const payload = fields.maybe('payload', name => fields.bytes(name))
  const sequence = fields.maybe('sequence', name => BigInt(fields.text(name)))
  const reason = fields.maybe('reason', name => fields.text(name))
  const accept = fields.maybe('accept', name => fields.list(name).map(String)) ?? []
  fields.end()
  if (ok === (reason !== undefined)) throw new VectorError('an expectation has a reason if and only if it is a refusal')
  return {
    ok,
    ...(payload && { payload }),
    ...(sequence !== undefined && { sequence }),
    reasons: reason === undefined ? [] : [reason, ...accept],
  }
}

async function open({ vectors }: World, receiver: Receiver, bytes: Uint8Array, now: number): Promise<Outcome> {
  try {
    // The payloads of the vectors are samples of their outer shape, without evidence.
    const opened = await openEnvelopeWith(vectors.store, receiver, bytes, { now, read: readOuterShape })
    const { payloadBytes: payload, sequence, mark } = opened
    return { payload, sequence, ...(mark && { mark }) }
  } catch (error) {
    if (error instanceof EnvelopeRefused) return { reason: error.code }
    throw error
  }
}

function compareOutcome(expect: Expectation, outcome: Outcome): Finding {
  if (!expect.ok) {
    if (outcome.reason !== undefined && expect.reasons.includes(outcome.reason)) return undefined
    return `expected ${expect.reasons.join(' or ')}, came ${outcome.reason ?? 'accepted'}`
  }
  if (outcome.reason !== undefined) return `expected accepted, came ${outcome.reason}`
  if (expect.sequence !== undefined && expect.sequence !== outcome.sequence) {
    return `expected sequence ${expect.sequence}, came ${outcome.sequence}`
  }
  return expect.payload && difference('payload', expect.payload, outcome.payload ?? new Uint8Array())
}

/** `size` is what the maker measured. */
function compareSize(fields: Fields, came: { readonly envelope: number; readonly payload: number }): Finding {
  const size = fields.maybe('size', name => fields.object(name))
  if (size === undefined) return undefined
  const expected = {
    envelope: size.number('envelope'),
    payload: size.number('payload'),
    overhead: size.number('overhead'),
  }
  size.end()
  const fits =
    expected.envelope === came.envelope &&
    expected.payload === came.payload &&
    expected.overhead === came.envelope - came.payload
  return fits ? undefined : `sizes: expected ${JSON.stringify(expected)}, came ${JSON.stringify(came)}`
}

function receiverOf(world: World, fields: Fields, marks: ReadonlyMap<string, Mark>): Receiver {
  const scope = fields.maybe('site', name => scopeOf(fields.bytes(name))) ?? world
  return {
    tenant: scope.tenant,
    site: scope.site,
    me: fields.maybe('me', name => fields.bytes(name)) ?? world.me,
    groups: world.groups,
    findKey: name => world.keys.get(toHex(encodeKid(name))),
    mark: (keyId, type) => marks.get(`${keyId}/${type}`),
  }
}

/** Tenant and site of a case, 32 bytes. */
function scopeOf(bytes: Uint8Array): SiteScope {
  if (bytes.length !== 32) throw new VectorError('site is not tenant || site')
  return { tenant: bytes.slice(0, 16), site: bytes.slice(16) }
}

/** "key id/type number". */
function markPlace(place: string): string {
  const [keyId, number] = place.split('/')
  const type = messageTypeOf(Number(number))
  if (keyId === undefined || type === undefined) throw new VectorError(`no such place for a mark: ${place}`)
  return `${keyId}/${type}`
}

function markOf(value: unknown): Mark {
  if (!Array.isArray(value) || value.length !== 2) throw new VectorError('a mark is not [version, sequence]')
  return { version: Number(value[0]), sequence: BigInt(String(value[1])) }
}

function directionOf(number: number): { readonly direction: Direction; readonly purpose: KeyPurpose } {
  const known = directions[number]
  if (known === undefined) throw new VectorError(`unknown direction ${number}`)
  return known
}

function difference(what: string, expected: Uint8Array, came: Uint8Array): Finding {
  return bytesEqual(expected, came) ? undefined : `${what}: expected ${toHex(expected)}, came ${toHex(came)}`
}

function membersOf(value: CborValue | undefined): readonly CborValue[] {
  const inner = value instanceof Tagged ? value.value : value
  if (!Array.isArray(inner)) throw new VectorError('not an array')
  return inner
}

function bytesOf(value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new VectorError('not bytes')
  return value
}

function hexOf(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw new VectorError('not hex')
  return fromHex(value)
}

function nullableNumber(value: unknown): number | null {
  if (value === null || typeof value === 'number') return value
  throw new VectorError('neither a number nor null')
}
