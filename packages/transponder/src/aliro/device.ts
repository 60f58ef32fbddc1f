/**
 * The device's side of a transaction: a function from state and command to state and answer. No I/O, clock or
 * randomness: entropy and time come with the command, the credential's signature is asked for by an effect.
 * aliro.md §11 (states), §15 (refusals), §16 (privacy).
 */
import { bytesEqual, toHex, WireError } from '@edgeward/base'
import { CertificateError, decodeCertificate, verifyCertificate } from '@edgeward/keystore/certificates'
import { breaksChain, type CardLink, cutAnswer, idleLink, takeCommand } from '../apdu/card-link.ts'
import { chainingBit } from '../apdu/chaining.ts'
import { type Command, decodeCommand } from '../apdu/command.ts'
import { encodeResponse, statusWord } from '../apdu/response.ts'
import { encodeTlv } from '../apdu/tlv.ts'
import { type Auth0Command, decodeAuth0, encodeAuth0Answer, fastRequested } from './auth0.ts'
import { type Auth1Command, decodeAuth1, encodeAuth1Answer } from './auth1.ts'
import { decodeControlFlow } from './control-flow.ts'
import type { DeviceCredential, DeviceGroup, DeviceReport, DeviceSetup } from './device-setup.ts'
import { agree, type EphemeralKey, ephemeralKey, isPoint, isSignedBy, keySlot } from './elliptic.ts'
import { decodeExchange, encodeExchangeAnswer, exchangeStatus, type ReceivedExchange } from './exchange.ts'
import type { DeviceFault } from './faults.ts'
import { expeditedAid, getDataInstructions, instructions, stepUpAid, version09, version10 } from './instructions.ts'
import {
  interfaceByte,
  keyFromAgreement,
  persistentKey,
  sessionKeys,
  signatureInput,
  type Transcript,
} from './key-schedule.ts'
import { discardStaged, handleMailbox, type MailboxState } from './mailbox.ts'
import { type Channel, isUsedUp, openChannel, seal, unseal } from './secure-channel.ts'
import { encodeProprietary, encodeSelectAnswer } from './select.ts'
import { signaling } from './signaling.ts'

/** Random bytes that come with every command: an ephemeral scalar (32) and a cryptogram that opens with no key (64). */
export const deviceEntropyBytes = 96

export type DeviceEvent =
  | {
      readonly type: 'command'
      readonly bytes: Uint8Array
      readonly entropy: Uint8Array
      /** Milliseconds since 1970 by a trustworthy clock. */
      readonly now?: number
    }
  /** What the effect `sign` asked for. */
  | { readonly type: 'signature'; readonly bytes: Uint8Array }
  /** The credential's key could not sign. */
  | { readonly type: 'sign-failed' }
  /** Power off, reset, or the link is gone. */
  | { readonly type: 'field-lost' }

export type DeviceEffect =
  | { readonly type: 'answer'; readonly bytes: Uint8Array }
  | { readonly type: 'sign'; readonly credentialPublicKey: Uint8Array; readonly data: Uint8Array }
  | { readonly type: 'report'; readonly report: DeviceReport }

/** AUTH0 is done; what both sides know. The group is missing when the device does not have it. */
interface Greeted {
  readonly ephemeral: EphemeralKey
  readonly auth0: Auth0Command
  readonly transcript: Transcript
  readonly group?: DeviceGroup
}

/** The reader is proven and the channel open. */
interface Opened {
  readonly credential: DeviceCredential
  readonly channel: Channel
  readonly mailbox: MailboxState
  readonly urskGiven: boolean
}

type DevicePhase =
  /** Nothing selected, ended, or failed: only SELECT and CONTROL FLOW are answered. */
  | { readonly name: 'idle' }
  | { readonly name: 'selected'; readonly ephemeral: EphemeralKey }
  | ({ readonly name: 'auth0'; readonly certificate?: Uint8Array } & Greeted)
  | ({ readonly name: 'signing'; readonly wantsPublicKey: boolean; readonly group: DeviceGroup } & Greeted)
  | ({ readonly name: 'auth1' } & Opened)

/** A device at one moment. Mailboxes outlive transactions. */
export interface DeviceState {
  readonly phase: DevicePhase
  readonly link: CardLink
  /** Contents by hex of the credential's `pub65`, as far as they differ from the setup. */
  readonly mailboxes: ReadonlyMap<string, Uint8Array>
}

/** A device before the first command. */
export const idleDevice: DeviceState = { phase: { name: 'idle' }, link: idleLink, mailboxes: new Map() }

type Step = readonly [DeviceState, readonly DeviceEffect[]]

const statusWords: Readonly<Record<DeviceFault, number>> = {
  malformed: 0x6701,
  length: 0x6700,
  class: 0x6800,
  parameters: 0x6b00,
  instruction: 0x6d00,
  state: 0x6d00,
  version: 0x6985,
  'reader-not-proven': 0x6982,
  'certificate-undecodable': 0x6400,
  decrypt: 0x6982,
  'not-found': 0x6a82,
  chain: 0x6883,
  atomic: 0x6900,
}
const stepUpTooEarly = 0x6985
const dataNotFound = 0x6a88
const defaultFragmentBytes = 254
const defaultVersions: readonly Uint8Array[] = [version10, version09]

/** The next state, and what is to be done. Never throws for anything that a reader sends. */
export function stepDevice(setup: DeviceSetup, state: DeviceState, event: DeviceEvent): Step {
  switch (event.type) {
    case 'field-lost':
      return [{ ...state, phase: { name: 'idle' }, link: idleLink }, []]
    case 'sign-failed':
      return refuse(state, 'state')
    case 'signature':
      return state.phase.name === 'signing'
        ? openSession(setup, state, state.phase, event.bytes)
        : refuse(state, 'state')
    case 'command':
      return receive(setup, state, event)
  }
}

type CommandEvent = Extract<DeviceEvent, { type: 'command' }>

/** Form of the command, then the chain that it stands in, then meaning. */
function receive(setup: DeviceSetup, state: DeviceState, event: CommandEvent): Step {
  const command = decoded(() => decodeCommand(event.bytes))
  if (!command) return refuse(state, 'length')
  // Before what that other command would be refused for by itself.
  if (breaksChain(state.link, command)) return refuse(state, 'chain')
  const unfit = unfitHeader(state, command)
  if (unfit) return unfit
  const fragmentBytes = setup.fragmentBytes ?? defaultFragmentBytes
  const taken = takeCommand(state.link, command, fragmentBytes)
  const next = { ...state, link: taken.link }
  switch (taken.type) {
    case 'answer':
      return [next, [{ type: 'answer', bytes: encodeResponse(taken.response) }]]
    case 'refuse':
      return refuse(next, taken.because === 'nothing-pending' ? 'state' : taken.because)
    case 'command':
      return obey(setup, next, taken.command, event)
  }
}

/** The refusal that class, instruction, parameters or an open atomic session ask for. */
function unfitHeader(state: DeviceState, { cla, ins, p1, p2 }: Command): Step | undefined {
  const { phase } = state
  const { select, controlFlow, getResponse, exchange } = instructions
  if (phase.name === 'idle' && ![select.ins, controlFlow.ins, getResponse.ins].some(allowed => allowed === ins)) {
    return refuse(state, 'state')
  }
  const plain = cla & ~chainingBit
  if (plain !== 0x00 && plain !== 0x80) return refuse(state, 'class')
  const atomic = phase.name === 'auth1' && phase.mailbox.staged !== undefined
  if (atomic && ![select.ins, controlFlow.ins, getResponse.ins, exchange.ins].some(allowed => allowed === ins)) {
    return refuse(state, 'atomic')
  }
  if (getDataInstructions.includes(ins)) return answerError(state, 'not-found', dataNotFound)
  const known = Object.values(instructions).find(instruction => instruction.ins === ins)
  if (!known) return refuse(state, 'instruction')
  const classFits = known === getResponse ? cla === plain : plain === known.cla
  if (!classFits) return refuse(state, 'class')
  if (p1 === known.p1 && p2 === known.p2) return undefined
  return known === select ? answerError(state, 'parameters', statusWords.parameters) : refuse(state, 'parameters')
}

function obey(setup: DeviceSetup, state: DeviceState, command: Command, event: CommandEvent): Step {
  const { phase } = state
  switch (command.ins) {
    case instructions.select.ins:
      return select(setup, state, command.data, event.entropy)
    case instructions.controlFlow.ins:
      return controlFlow(state, command.data)
    case instructions.auth0.ins:
      return phase.name === 'selected'
        ? greet(setup, state, phase.ephemeral, command.data, event.entropy)
        : refuse(state, 'state')
    case instructions.loadCertificate.ins:
      return phase.name === 'auth0' ? loadCertificate(setup, state, phase, command.data) : refuse(state, 'state')
    case instructions.auth1.ins:
      return phase.name === 'auth0' ? proveReader(state, phase, command.data, event.now) : refuse(state, 'state')
    case instructions.exchange.ins:
      return phase.name === 'auth1' ? exchange(setup, state, phase, command.data) : refuse(state, 'state')
    default:
      // ENVELOPE: the step-up phase has no documents here.
      return refuse(state, 'state')
  }
}

// --- SELECT, CONTROL FLOW ---

function select(setup: DeviceSetup, state: DeviceState, aid: Uint8Array, entropy: Uint8Array): Step {
  const { phase } = state
  if (bytesEqual(aid, expeditedAid)) {
    const ephemeral = ephemeralKey(entropy.subarray(0, 32))
    const answer = encodeSelectAnswer(expeditedAid, proprietaryOf(setup))
    return answerGood(setup, { ...state, phase: { name: 'selected', ephemeral } }, answer)
  }
  if (!bytesEqual(aid, stepUpAid)) return answerError(state, 'not-found', statusWords['not-found'])
  if (phase.name !== 'auth1') return refuse(state, 'state', stepUpTooEarly)
  if (phase.mailbox.staged !== undefined) return refuse(state, 'atomic')
  return answerGood(setup, state, encodeSelectAnswer(stepUpAid, proprietaryOf(setup)))
}

function proprietaryOf({ versions = defaultVersions }: DeviceSetup): Uint8Array {
  return encodeProprietary(versions)
}

function controlFlow(state: DeviceState, data: Uint8Array): Step {
  const reason = decoded(() => decodeControlFlow(data))
  if (!reason) return refuse(state, 'malformed')
  const ended: DeviceState = { ...state, phase: { name: 'idle' }, link: idleLink }
  return [
    ended,
    [
      { type: 'report', report: { type: 'ended-by-reader', ...reason } },
      { type: 'answer', bytes: encodeResponse({ data: new Uint8Array(0), sw: statusWord.good }) },
    ],
  ]
}

// --- AUTH0 ---

function greet(
  setup: DeviceSetup,
  state: DeviceState,
  ephemeral: EphemeralKey,
  data: Uint8Array,
  entropy: Uint8Array,
): Step {
  const auth0 = decoded(() => decodeAuth0(data))
  if (!auth0 || !isPoint(auth0.readerEphemeralKey)) return refuse(state, 'malformed')
  const { versions = defaultVersions, vendorExtension } = setup
  if (!versions.some(version => bytesEqual(version, auth0.version))) return refuse(state, 'version')
  const group = setup.groups.find(({ groupIdentifier }) =>
    bytesEqual(groupIdentifier, auth0.readerIdentifier.slice(0, 16)),
  )
  const deviceVendorTlv = vendorExtension && encodeTlv(0xb2, vendorExtension)
  const transcript: Transcript = {
    // An unknown group goes the same way with a key that nobody signs with. §16.
    groupPublicKey: group?.publicKey ?? ephemeral.publicKey,
    readerIdentifier: auth0.readerIdentifier,
    interfaceByte: interfaceByte.nfc,
    version: auth0.version,
    readerEphemeralKey: auth0.readerEphemeralKey,
    deviceEphemeralKey: ephemeral.publicKey,
    transactionIdentifier: auth0.transactionIdentifier,
    parameters: auth0.parameters,
    policy: auth0.policy,
    proprietaryTlv: encodeProprietary(versions),
    ...(auth0.vendorTlv ? { readerVendorTlv: auth0.vendorTlv } : {}),
    ...(deviceVendorTlv ? { deviceVendorTlv } : {}),
  }
  const answer = encodeAuth0Answer({
    deviceEphemeralKey: ephemeral.publicKey,
    // No Kpersistent is kept yet: what is asked for is there, and opens with no key. §4.
    ...((auth0.parameters & fastRequested) !== 0 ? { cryptogram: entropy.slice(32, 96) } : {}),
    ...(deviceVendorTlv ? { vendorTlv: deviceVendorTlv } : {}),
  })
  const phase: DevicePhase = { name: 'auth0', ephemeral, auth0, transcript, ...(group ? { group } : {}) }
  return answerGood(setup, { ...state, phase }, answer)
}

// --- LOAD CERT, AUTH1 ---

type Auth0Phase = Extract<DevicePhase, { name: 'auth0' }>
type SigningPhase = Extract<DevicePhase, { name: 'signing' }>
type Auth1Phase = Extract<DevicePhase, { name: 'auth1' }>

/** Keeps it unread: a verdict here would tell which groups a phone knows. §5. */
function loadCertificate(setup: DeviceSetup, state: DeviceState, phase: Auth0Phase, certificate: Uint8Array): Step {
  if (phase.certificate) return refuse(state, 'malformed')
  return answerGood(setup, { ...state, phase: { ...phase, certificate } }, new Uint8Array(0))
}

/** Nothing of the credential is touched before this has found the reader proven. */
function proveReader(state: DeviceState, phase: Auth0Phase, data: Uint8Array, now: number | undefined): Step {
  const auth1 = decoded(() => decodeAuth1(data))
  if (!auth1 || (auth1.certificate && phase.certificate)) return refuse(state, 'malformed')
  const verdict = readerVerdict(phase, auth1, now)
  if (verdict !== 'proven' || !phase.group) return refuse(state, verdict === 'proven' ? 'reader-not-proven' : verdict)
  const { group, ephemeral, auth0, transcript } = phase
  const credentialPublicKey = group.credential.publicKey
  const signing: SigningPhase = {
    name: 'signing',
    wantsPublicKey: auth1.wantsPublicKey,
    group,
    ephemeral,
    auth0,
    transcript,
  }
  const { readerIdentifier } = auth0
  return [
    { ...state, phase: signing },
    [
      {
        type: 'report',
        report: {
          type: 'reader-proven',
          groupIdentifier: readerIdentifier.slice(0, 16),
          subIdentifier: readerIdentifier.slice(16),
        },
      },
      { type: 'sign', credentialPublicKey, data: signatureInput(transcript, 'device') },
    ],
  ]
}

/**
 * Whether the reader belongs to the group. Every check is made whatever another one found, so that a stranger's group
 * takes as long as a wrong signature. §16.
 */
function readerVerdict(
  { group, transcript, certificate: loaded }: Auth0Phase,
  auth1: Auth1Command,
  now: number | undefined,
): 'proven' | 'reader-not-proven' | 'certificate-undecodable' {
  const certificate = auth1.certificate ?? loaded
  const issuerPublicKey = transcript.groupPublicKey
  const certified = certificate
    ? certifiedKey(certificate, issuerPublicKey, now)
    : { key: issuerPublicKey, valid: true }
  if (!certified) return 'certificate-undecodable'
  const signed = isSignedBy(certified.key, signatureInput(transcript, 'reader'), auth1.signature)
  return group !== undefined && certified.valid && signed ? 'proven' : 'reader-not-proven'
}

function certifiedKey(
  certificate: Uint8Array,
  issuerPublicKey: Uint8Array,
  now: number | undefined,
): { readonly key: Uint8Array; readonly valid: boolean } | undefined {
  try {
    const options = now === undefined ? { issuerPublicKey } : { issuerPublicKey, now }
    return { key: verifyCertificate(certificate, options).subjectPublicKey, valid: true }
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error
    if (error.code === 'undecodable') return undefined
    return { key: decodeCertificate(certificate).subjectPublicKey, valid: false }
  }
}

/** The credential's proof, and the channel that it goes out on. */
function openSession(setup: DeviceSetup, state: DeviceState, phase: SigningPhase, signature: Uint8Array): Step {
  const { transcript, ephemeral, wantsPublicKey, group } = phase
  const { credential } = group
  const kdh = keyFromAgreement(agree(ephemeral, transcript.readerEphemeralKey), transcript.transactionIdentifier)
  const keys = sessionKeys(kdh, transcript)
  const mailbox = mailboxOf(state, credential)
  const plaintext = encodeAuth1Answer({
    ...(wantsPublicKey ? { publicKey: credential.publicKey } : { keySlot: keySlot(credential.publicKey) }),
    signature,
    signalingBitmap: signalingBitmap(credential, mailbox),
    ...(credential.accessDocumentSigned ? { credentialTimestamp: credential.accessDocumentSigned } : {}),
    ...(credential.revocationDocumentSigned ? { revocationTimestamp: credential.revocationDocumentSigned } : {}),
  })
  const [channel, message] = seal(openChannel('device', keys.expeditedReader, keys.expeditedDevice), plaintext)
  const opened: DeviceState = { ...state, phase: { name: 'auth1', credential, channel, mailbox, urskGiven: false } }
  const [answered, effects] = answerGood(setup, opened, message)
  const report: DeviceReport = {
    type: 'persistent-key',
    readerIdentifier: transcript.readerIdentifier,
    credentialPublicKey: credential.publicKey,
    key: persistentKey(kdh, transcript, credential.publicKey),
  }
  return [answered, [{ type: 'report', report }, ...effects]]
}

function mailboxOf({ mailboxes }: DeviceState, { publicKey, mailbox }: DeviceCredential): MailboxState {
  const { data = new Uint8Array(0), read = false, write = false } = mailbox ?? {}
  return { committed: mailboxes.get(toHex(publicKey)) ?? data, read, write }
}

function signalingBitmap(credential: DeviceCredential, { committed, read, write }: MailboxState): number {
  return (
    (credential.accessDocumentSigned ? signaling.accessDocument : 0) |
    (credential.revocationDocumentSigned ? signaling.revocationDocument : 0) |
    (credential.stepUpSelectRequired ? signaling.stepUpSelectRequired : 0) |
    (committed.some(byte => byte !== 0) ? signaling.mailboxNotEmpty : 0) |
    (read ? signaling.mailboxReadable : 0) |
    (write ? signaling.mailboxWritable : 0)
  )
}

// --- EXCHANGE ---

function exchange(setup: DeviceSetup, state: DeviceState, phase: Auth1Phase, message: Uint8Array): Step {
  if (isUsedUp(phase.channel)) return refuse(state, 'state')
  const opened = unseal(phase.channel, message)
  if (!opened) return refuse(state, 'decrypt')
  const [channel, plaintext] = opened
  const request = decoded(() => decodeExchange(plaintext))
  if (!request) return refuse(state, 'malformed')
  if (request.ursk && phase.urskGiven) return refuse(state, 'state')
  return fulfil(setup, state, { ...phase, channel }, request)
}

function fulfil(setup: DeviceSetup, state: DeviceState, phase: Auth1Phase, request: ReceivedExchange): Step {
  const { credential } = phase
  const done = request.mailbox
    ? handleMailbox(phase.mailbox, request.mailbox)
    : // Another request amidst an atomic session discards what it has written. §9.
      { mailbox: discardStaged(phase.mailbox), reads: [], status: exchangeStatus.good }
  const [channel, message] = seal(phase.channel, encodeExchangeAnswer(done.reads, done.status))
  const urskGiven = phase.urskGiven || request.ursk === true
  const changed = !bytesEqual(done.mailbox.committed, phase.mailbox.committed)
  const mailboxes = changed
    ? new Map(state.mailboxes).set(toHex(credential.publicKey), done.mailbox.committed)
    : state.mailboxes
  const next: DevicePhase =
    request.readerStatus === undefined ? { ...phase, channel, mailbox: done.mailbox, urskGiven } : { name: 'idle' }
  const [answered, effects] = answerGood(setup, { ...state, mailboxes, phase: next }, message)
  const reports: DeviceReport[] = []
  if (changed) {
    reports.push({
      type: 'mailbox-changed',
      credentialPublicKey: credential.publicKey,
      data: done.mailbox.committed,
    })
  }
  if (done.status !== exchangeStatus.good) reports.push({ type: 'mailbox-refused', status: done.status })
  if (request.readerStatus !== undefined) reports.push({ type: 'reader-status', status: request.readerStatus })
  return [answered, [...reports.map(report => ({ type: 'report', report }) as const), ...effects]]
}

// --- answers ---

function answerGood({ fragmentBytes = defaultFragmentBytes }: DeviceSetup, state: DeviceState, data: Uint8Array): Step {
  const { link, response } = cutAnswer(data, statusWord.good, fragmentBytes)
  return [{ ...state, link }, [{ type: 'answer', bytes: encodeResponse(response) }]]
}

/** An error after which every key of the session is forgotten. §2. */
function refuse(state: DeviceState, because: DeviceFault, sw: number = statusWords[because]): Step {
  return answerError({ ...state, phase: { name: 'idle' } }, because, sw)
}

/** An error that changes nothing. */
function answerError(state: DeviceState, because: DeviceFault, sw: number): Step {
  return [
    { ...state, link: idleLink },
    [
      { type: 'report', report: { type: 'refused', because, statusWord: sw } },
      { type: 'answer', bytes: encodeResponse({ data: new Uint8Array(0), sw }) },
    ],
  ]
}

/** What a decoder finds, or undefined if the bytes are malformed. */
function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
