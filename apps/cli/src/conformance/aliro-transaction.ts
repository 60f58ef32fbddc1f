/** Cases of the kind `transaction`: one side is ours, the other is the script. Every byte is compared. */
import { concat, decodeCbor, fromHex, type Random, Tagged, toHex } from '@edgeward/base'
import {
  type DeviceReport,
  type DeviceSetup,
  encodeExchange,
  isAccepted,
  type MailboxOperation,
  type ProvenSession,
  type ReaderResult,
  type ReaderSetup,
  readerStatus,
  runDevice,
  runReaderTransaction,
} from '@edgeward/transponder/aliro'
import { type CardCarrier, type Carrier, type Timer, TransponderError } from '@edgeward/transponder/carriers'
import { differs } from './aliro-units.ts'
import { pointOf, signDeterministically } from './rfc6979.ts'
import type { Verdict } from './suite.ts'
import { VectorError, type VectorObject } from './vector-object.ts'

/** One APDU of the script. */
interface Line {
  readonly from: string
  readonly name: string | undefined
  readonly bytes: Uint8Array
}

const names: Readonly<Record<number, string>> = {
  164: 'SELECT',
  128: 'AUTH0',
  209: 'LOAD CERT',
  129: 'AUTH1',
  201: 'EXCHANGE',
  60: 'CONTROL FLOW',
  195: 'ENVELOPE',
  192: 'GET RESPONSE',
}

/** Vectors have no clock that runs. */
const noTimer: Timer = { after: () => () => undefined }

/** One verdict for each role that the case tests. */
export async function runTransaction(name: string, vector: VectorObject): Promise<readonly Verdict[]> {
  vector.ignore('id', 'kind', 'transport', 'intermediate')
  const verdicts: Verdict[] = []
  for (const role of vector.list('roles')) verdicts.push(await runRole(`${name} ${String(role)}`, String(role), vector))
  return verdicts
}

async function runRole(name: string, role: string, vector: VectorObject): Promise<Verdict> {
  try {
    const script = scriptOf(vector)
    const faults = await (role === 'reader' ? runReader(vector, script) : runDeviceRole(role, vector, script))
    vector.ignore('now')
    vector.end()
    return faults.length === 0 ? { name, ok: true } : { name, ok: false, detail: faults.join('; ') }
  } catch (error) {
    // Whatever a case does to us, it is that case which fails, and the others have their turn.
    if (!(error instanceof Error)) throw error
    return { name, ok: false, detail: `${error.name}: ${error.message}` }
  }
}

function scriptOf(vector: VectorObject): readonly Line[] {
  return vector.objects('apdus').map((apdu, i) => {
    const from = apdu.text('from')
    const bytes = apdu.hex('hex')
    const name = from === 'reader' ? apdu.text('name') : undefined
    // Commands of unknown instruction have whatever name they have.
    const known = names[bytes[1] ?? -1]
    if (name !== undefined && known !== undefined && name !== known) throw new VectorError(`apdu ${i} is no ${name}`)
    if (from === 'device' && apdu.text('sw') !== toHex(bytes.slice(-2)))
      throw new VectorError(`apdu ${i}: sw differs from hex`)
    apdu.end()
    return { from, name, bytes }
  })
}

// --- our reader against the script ---

class ScriptedCard implements Carrier {
  readonly closed: Promise<void> = new Promise(() => undefined)
  readonly faults: string[] = []
  lastCommand: string | undefined
  #at = 0
  readonly #script: readonly Line[]

  constructor(script: readonly Line[]) {
    this.#script = script
  }

  get unused(): number {
    return this.#script.length - this.#at
  }

  exchange(command: Uint8Array): Promise<Uint8Array> {
    const [expected, answer] = this.#script.slice(this.#at, this.#at + 2)
    this.#at += 2
    this.lastCommand = names[command[1] ?? -1]
    if (expected?.from === 'reader' && toHex(expected.bytes) === toHex(command) && answer?.from === 'device') {
      return Promise.resolve(answer.bytes)
    }
    this.faults.push(
      `command ${this.#at / 2}: expected ${toHex(expected?.bytes ?? new Uint8Array(0))}, got ${toHex(command)}`,
    )
    return Promise.reject(new TransponderError('carrier-closed', 'the script has another command here'))
  }

  close(): void {
    this.faults.push('the reader closed the link')
  }
}

/** What a reader is asked to do after AUTH1. */
interface Tail {
  readonly commands: readonly Uint8Array[]
  readonly suspended: readonly string[]
}

async function runReader(vector: VectorObject, script: readonly Line[]): Promise<readonly string[]> {
  const side = vector.object('setup').object('reader')
  const { setup, privateKey } = readerSetup(side)
  const tail = readerTail(side)
  side.ignore('now')
  side.end()
  const randomness = vector.object('randomness').object('reader')
  const entropy = concat(randomness.hex('ephemeralPrivateKey'), randomness.hex('transactionIdentifier'))
  randomness.end()

  const card = new ScriptedCard(script)
  const reads: Uint8Array[] = []
  let persistent: Uint8Array | undefined
  const result = await runReaderTransaction(
    card,
    setup,
    {
      sign: async data => signDeterministically(privateKey, data),
      random: scripted(entropy),
      timer: noTimer,
      onPersistentKey: (_, key) => {
        persistent = key
      },
    },
    session => conclude(session, tail, reads),
  )
  const unused = card.unused === 0 ? [] : [`${card.unused} APDUs of the script were not used`]
  return [...card.faults, ...unused, ...judgeReader(vector.object('expect'), result, card, reads, persistent)]
}

async function conclude(session: ProvenSession, { commands, suspended }: Tail, reads: Uint8Array[]): Promise<void> {
  if (suspended.includes(toHex(session.credential.credentialPublicKey))) {
    return await session.finish(readerStatus.invalidAccessRights)
  }
  for (const command of commands) reads.push(...(await session.exchange(command)))
  await session.finish(readerStatus.good)
}

function readerSetup(side: VectorObject): { readonly setup: ReaderSetup; readonly privateKey: Uint8Array } {
  const reader = side.object('reader')
  const privateKey = reader.hex('privateKey')
  const certificate = reader.optionalHex('certificate')
  const known = side.objects('knownCredentials').map(credential => {
    credential.ignore('kpersistent', 'suspended')
    const publicKey = credential.hex('publicKey')
    credential.end()
    return publicKey
  })
  const vendorExtension = side.optionalHex('vendorAuth0')
  const setup: ReaderSetup = {
    groupIdentifier: reader.hex('groupIdentifier'),
    subIdentifier: reader.hex('subIdentifier'),
    groupPublicKey: reader.hex('groupPublicKey'),
    fast: side.flag('fast'),
    policy: policyOf(side.number('policy')),
    keyKind: keyKindOf(side.text('keyKind')),
    versions: side.list('versions').map(version => fromHex(String(version))),
    certificateInAuth1: side.flag('certificateInAuth1'),
    ...(certificate ? { certificate } : {}),
    ...(vendorExtension ? { vendorExtension } : {}),
    ...(side.flag('acceptUnknown') ? {} : { knownCredentials: known }),
  }
  reader.end()
  return { setup, privateKey }
}

function policyOf(value: number): 1 | 2 | 3 {
  if (value === 1 || value === 2 || value === 3) return value
  throw new VectorError(`setup.reader: unknown policy ${value}`)
}

function keyKindOf(value: string): 'publicKey' | 'keySlot' {
  if (value === 'publicKey' || value === 'keySlot') return value
  throw new VectorError(`setup.reader: unknown key kind ${value}`)
}

function readerTail(side: VectorObject): Tail {
  const suspended = side
    .objects('knownCredentials')
    .filter(credential => credential.flag('suspended'))
    .map(credential => credential.text('publicKey'))
  return { suspended, commands: side.objects('exchange').map(exchangePlaintext) }
}

function exchangePlaintext(command: VectorObject): Uint8Array {
  const raw = command.optionalHex('raw')
  const notify = command.optionalHex('notify')
  const operations: readonly MailboxOperation[] = [
    ...command.list('read').map(args => ({ type: 'read' as const, ...place(args, 2) })),
    ...command.list('write').map(args => ({ type: 'write' as const, ...place(args, 2), data: dataOf(args) })),
    ...command.list('set').map(args => ({ type: 'set' as const, ...place(args, 3), value: numberAt(args, 2) })),
  ]
  const more = command.flag('more')
  const ursk = command.flag('ursk')
  command.end()
  if (raw) return raw
  return encodeExchange({
    ...(operations.length > 0 || more ? { mailbox: { more, operations } } : {}),
    ...(notify ? { notify } : {}),
    ...(ursk ? { ursk } : {}),
  })
}

function place(args: unknown, count: number): { readonly offset: number; readonly length: number } {
  if (!Array.isArray(args) || args.length !== count) throw new VectorError('exchange: an operation of other length')
  return { offset: numberAt(args, 0), length: typeof args[1] === 'number' ? args[1] : 0 }
}

function numberAt(args: unknown, index: number): number {
  const value: unknown = Array.isArray(args) ? args[index] : undefined
  if (typeof value !== 'number') throw new VectorError('exchange: not a number')
  return value
}

function dataOf(args: unknown): Uint8Array {
  const value: unknown = Array.isArray(args) ? args[1] : undefined
  if (typeof value !== 'string') throw new VectorError('exchange: not hex')
  return fromHex(value)
}

function judgeReader(
  expect: VectorObject,
  result: ReaderResult,
  card: ScriptedCard,
  reads: readonly Uint8Array[],
  persistent: Uint8Array | undefined,
): readonly string[] {
  const status = result.status === undefined ? undefined : statusText(result.status)
  if (expect.has('error')) return judgeReaderRefusal(expect, result, card, status)
  const good = expect.object('reader')
  const { credential } = result
  const faults = [
    ...differs('outcome', good.text('outcome'), result.outcome),
    ...(result.outcome === 'failed' ? [`error: ${result.error}`] : []),
    ...differs('method', good.text('method'), credential?.method),
    ...differs('credentialPublicKey', good.hex('credentialPublicKey'), credential?.credentialPublicKey),
    ...differs('signalingBitmap', good.text('signalingBitmap'), statusText(credential?.signalingBitmap ?? -1)),
    ...differs('credentialTimestamp', textOrNull(good, 'credentialTimestamp'), credential?.credentialTimestamp ?? null),
    ...differs('revocationTimestamp', textOrNull(good, 'revocationTimestamp'), credential?.revocationTimestamp ?? null),
    ...differs('readerStatus', good.text('readerStatus'), status),
    ...differs('readData', good.list('readData').join(), reads.map(toHex).join()),
    // Without stored keys none can be tried.
    ...(good.has('tried') ? differs('tried', good.number('tried'), 0) : []),
    ...(expect.has('kpersistent') ? differs('kpersistent', expect.hex('kpersistent'), persistent) : []),
    ...(result.outcome !== 'failed' && !result.acknowledged ? ['the status was not acknowledged'] : []),
  ]
  good.end()
  expect.ignore('device')
  expect.end()
  return faults
}

function judgeReaderRefusal(
  expect: VectorObject,
  result: ReaderResult,
  card: ScriptedCard,
  status: string | undefined,
): readonly string[] {
  expect.ignore('reason')
  if (expect.text('by') !== 'reader') throw new VectorError('expect: a refusal by the device in the role of the reader')
  const faults = [
    ...differs('error', expect.text('error'), result.outcome === 'failed' ? result.error : result.outcome),
    ...differs('outcome', expect.text('outcome'), result.outcome),
    ...differs('lastCommand', expect.text('lastCommand'), card.lastCommand),
    ...(expect.has('readerStatus') ? differs('readerStatus', expect.text('readerStatus'), status) : []),
  ]
  expect.end()
  return faults
}

function textOrNull(object: VectorObject, name: string): string | null {
  const value = object.any(name) ?? null
  if (value !== null && typeof value !== 'string') throw new VectorError(`${name}: not a text`)
  return value
}

// --- our device against the script ---

class ScriptedReader implements CardCarrier {
  readonly faults: string[] = []
  #at = 0
  readonly #script: readonly Line[]

  constructor(script: readonly Line[]) {
    this.#script = script
  }

  next(): ReturnType<CardCarrier['next']> {
    const line = this.#script[this.#at]
    if (!line) return Promise.resolve({ type: 'closed' })
    if (line.from !== 'reader') throw new VectorError(`apdu ${this.#at}: two answers in a row`)
    return Promise.resolve({ type: 'command', bytes: line.bytes })
  }

  answer(response: Uint8Array): void {
    const expected = this.#script[this.#at + 1]
    this.#at += 2
    const bytes = expected?.from === 'device' ? expected.bytes : new Uint8Array(0)
    this.faults.push(...differs(`answer ${this.#at / 2}`, bytes, response))
  }

  close(): void {
    this.faults.push('the device closed the link')
  }
}

async function runDeviceRole(role: string, vector: VectorObject, script: readonly Line[]): Promise<readonly string[]> {
  if (role !== 'device') throw new VectorError(`unknown role ${role}`)
  const side = vector.object('setup').object('device')
  const { setup, privateKey, mailbox } = deviceSetup(side)
  side.ignore('kpersistent', 'now')
  side.end()
  const randomness = vector.object('randomness').object('device')
  const cryptogram = randomness.optionalHex('cryptogram') ?? new Uint8Array(64)
  const entropy = concat(randomness.hex('ephemeralPrivateKey'), cryptogram)
  randomness.end()

  const now = Date.parse(vector.text('now'))
  const reader = new ScriptedReader(script)
  const reports: DeviceReport[] = []
  await runDevice(
    reader,
    setup,
    {
      sign: async (_, data) => signDeterministically(privateKey, data),
      random: scripted(entropy),
      clock: { now: () => now },
    },
    report => reports.push(report),
  )
  return [...reader.faults, ...judgeDevice(vector.object('expect'), reports, mailbox)]
}

function deviceSetup(side: VectorObject): {
  readonly setup: DeviceSetup
  readonly privateKey: Uint8Array
  readonly mailbox: Uint8Array | undefined
} {
  const credentialObject = side.object('credential')
  const privateKey = credentialObject.hex('privateKey')
  credentialObject.end()
  const mailbox = side.has('mailbox') ? mailboxOf(side.object('mailbox')) : undefined
  const accessDocument = side.optionalHex('accessDocument')
  const revocationDocument = side.optionalHex('revocationDocument')
  const credential = {
    publicKey: pointOf(privateKey),
    stepUpSelectRequired: side.flag('stepUpSelectRequired'),
    ...(mailbox ? { mailbox } : {}),
    ...(accessDocument ? { accessDocumentSigned: documentSigned(accessDocument) } : {}),
    ...(revocationDocument ? { revocationDocumentSigned: documentSigned(revocationDocument) } : {}),
  }
  const vendorExtension = side.optionalHex('vendorAuth0')
  const groups = side.objects('groups').map(group => {
    const entry = { groupIdentifier: group.hex('groupIdentifier'), publicKey: group.hex('publicKey'), credential }
    group.end()
    return entry
  })
  const setup: DeviceSetup = {
    groups,
    versions: side.list('versions').map(version => fromHex(String(version))),
    ...(vendorExtension ? { vendorExtension } : {}),
    ...(side.has('fragment') ? { fragmentBytes: side.number('fragment') } : {}),
  }
  return { setup, privateKey, mailbox: mailbox?.data }
}

function mailboxOf(object: VectorObject): { data: Uint8Array; read: boolean; write: boolean } {
  const mailbox = { data: object.hex('data'), read: object.flag('read'), write: object.flag('write') }
  object.end()
  return mailbox
}

/** Field `signed` of a Document: MSO "6" "1" in the payload of its COSE_Sign1. */
function documentSigned(document: Uint8Array): string {
  const member = (value: unknown, key: string): unknown => (value instanceof Map ? value.get(key) : undefined)
  const tags = { tags: [0, 24] }
  const signed = member(member(decodeCbor(document, tags), '1'), '2')
  const payload: unknown = Array.isArray(signed) ? signed[2] : undefined
  const wrapped = payload instanceof Uint8Array ? decodeCbor(payload, tags) : undefined
  const inner = wrapped instanceof Tagged && wrapped.value instanceof Uint8Array ? wrapped.value : new Uint8Array(0)
  const time = member(member(decodeCbor(inner, tags), '6'), '1')
  if (time instanceof Tagged && typeof time.value === 'string') return time.value
  throw new VectorError('setup.device: a document without the time of its signature')
}

function judgeDevice(
  expect: VectorObject,
  reports: readonly DeviceReport[],
  initialMailbox: Uint8Array | undefined,
): readonly string[] {
  const last = <T extends DeviceReport['type']>(type: T) =>
    reports.findLast((report): report is Extract<DeviceReport, { type: T }> => report.type === type)
  if (expect.has('error')) return judgeDeviceRefusal(expect, last('refused'), last('mailbox-refused'))
  const good = expect.object('device')
  const status = last('reader-status')?.status
  const outcome = status === undefined ? 'none' : isAccepted(status) ? 'accepted' : 'rejected'
  const faults = [
    ...differs('outcome', good.text('outcome'), outcome),
    ...differs('readerStatus', good.text('readerStatus'), status === undefined ? undefined : statusText(status)),
    ...(good.has('mailboxAfter')
      ? differs('mailboxAfter', good.hex('mailboxAfter'), last('mailbox-changed')?.data ?? initialMailbox)
      : []),
    ...(expect.has('kpersistent')
      ? differs('kpersistent', expect.hex('kpersistent'), last('persistent-key')?.key)
      : []),
  ]
  good.end()
  expect.ignore('reader')
  expect.end()
  return faults
}

function judgeDeviceRefusal(
  expect: VectorObject,
  refused: Extract<DeviceReport, { type: 'refused' }> | undefined,
  mailbox: Extract<DeviceReport, { type: 'mailbox-refused' }> | undefined,
): readonly string[] {
  expect.ignore('reason')
  if (expect.text('by') !== 'device') throw new VectorError('expect: a refusal by the reader in the role of the device')
  const error = refused?.because ?? (mailbox && 'exchange-status')
  const faults = [
    ...differs('error', expect.text('error'), error),
    ...(expect.has('sw') ? differs('sw', expect.text('sw'), refused && statusText(refused.statusWord)) : []),
    ...(expect.has('exchangeStatus')
      ? differs('exchangeStatus', expect.number('exchangeStatus'), mailbox?.status)
      : []),
  ]
  expect.end()
  return faults
}

function statusText(value: number): string {
  return value.toString(16).padStart(4, '0')
}

/** Gives the same bytes at every call: a script with two SELECTs expects the same key twice. */
function scripted(bytes: Uint8Array): Random {
  return { bytes: () => bytes }
}
