/**
 * The reader's side of a transaction: a function from state and event to state and effects. No I/O, clock or
 * randomness; the reader's signature is asked for by an effect. aliro.md §10 (how it ends), §11 (flow), §15 (refusals).
 */
import { bytesEqual, concat, WireError } from '@edgeward/base'
import { chainCommand, joinAnswer, noAnswerYet, type PartialAnswer } from '../apdu/chaining.ts'
import { type Command, encodeCommand } from '../apdu/command.ts'
import { decodeResponse, statusWord } from '../apdu/response.ts'
import { encodeTlv } from '../apdu/tlv.ts'
import { decodeAuth0Answer, encodeAuth0, fastRequested } from './auth0.ts'
import { type Auth1Answer, decodeAuth1Answer, encodeAuth1 } from './auth1.ts'
import { controlFlowReason, encodeControlFlow } from './control-flow.ts'
import { agree, type EphemeralKey, ephemeralKey, isPoint, isSignedBy, keySlot } from './elliptic.ts'
import { decodeExchange, decodeExchangeAnswer, encodeExchange, exchangeStatus } from './exchange.ts'
import type { ReaderFault } from './faults.ts'
import { commandOf, expeditedAid, type InstructionName, version10 } from './instructions.ts'
import {
  interfaceByte,
  keyFromAgreement,
  persistentKey,
  sessionKeys,
  signatureInput,
  type Transcript,
} from './key-schedule.ts'
import type { Authenticated, CredentialClaims, ReaderResult, ReaderSetup } from './reader-setup.ts'
import { isAccepted, type ReaderStatus, readerStatus } from './reader-status.ts'
import { type Channel, isUsedUp, openChannel, seal, unseal } from './secure-channel.ts'
import { commonVersion, decodeSelectAnswer } from './select.ts'

/** Random bytes that a transaction begins with: ephemeral scalar (32), transaction identifier (16). */
export const readerEntropyBytes = 48

export type ReaderEvent =
  | { readonly type: 'start'; readonly entropy: Uint8Array }
  /** The answer to the last command sent. */
  | { readonly type: 'answer'; readonly bytes: Uint8Array }
  /** What the effect `sign` asked for. */
  | { readonly type: 'signature'; readonly bytes: Uint8Array }
  /** Only when open. With `tolerant` a bad status is handed back, and the transaction goes on. */
  | { readonly type: 'exchange'; readonly plaintext: Uint8Array; readonly tolerant?: true }
  /** Only when open: tell the device how it ends. */
  | { readonly type: 'finish'; readonly status: ReaderStatus }
  /** An answer or the whole is late, the carrier is gone, or this side cannot go on. */
  | { readonly type: 'abort'; readonly because: 'timeout' | 'carrier-lost' | 'reader-failed' }

export type ReaderEffect =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  | { readonly type: 'sign'; readonly data: Uint8Array }
  | { readonly type: 'persistent-key'; readonly credentialPublicKey: Uint8Array; readonly key: Uint8Array }
  | { readonly type: 'proven'; readonly credential: Authenticated<CredentialClaims> }
  | { readonly type: 'exchanged'; readonly status: number; readonly reads: readonly Uint8Array[] }
  | { readonly type: 'ended'; readonly result: ReaderResult }

/** A command under way: parts still to be sent, and what has come of the answer. */
interface Exchanging {
  readonly parts: readonly Uint8Array[]
  readonly answer: PartialAnswer
}

interface Open {
  readonly channel: Channel
  readonly credential: Authenticated<CredentialClaims>
}

type ReaderPhase =
  | { readonly name: 'idle' }
  | { readonly name: 'select'; readonly ephemeral: EphemeralKey; readonly transactionIdentifier: Uint8Array }
  | {
      readonly name: 'auth0'
      readonly ephemeral: EphemeralKey
      readonly transcript: Omit<Transcript, 'deviceEphemeralKey'>
    }
  | { readonly name: 'signing'; readonly ephemeral: EphemeralKey; readonly transcript: Transcript }
  | {
      readonly name: 'load-certificate'
      readonly ephemeral: EphemeralKey
      readonly transcript: Transcript
      readonly signature: Uint8Array
    }
  | { readonly name: 'auth1'; readonly ephemeral: EphemeralKey; readonly transcript: Transcript }
  | ({ readonly name: 'open' } & Open)
  | ({ readonly name: 'exchange'; readonly lengths: readonly number[]; readonly tolerant: boolean } & Open)
  /** The last command is out; its answer changes nothing but whether it was acknowledged. */
  | { readonly name: 'ending'; readonly result: ReaderResult; readonly channel?: Channel }
  | { readonly name: 'ended' }

/** A reader at one moment of a transaction. */
export interface ReaderState {
  readonly phase: ReaderPhase
  readonly exchanging: Exchanging
}

const nothingUnderWay: Exchanging = { parts: [], answer: noAnswerYet }

/** A reader before `start`. */
export const idleReader: ReaderState = { phase: { name: 'idle' }, exchanging: nothingUnderWay }

type Step = readonly [ReaderState, readonly ReaderEffect[]]

const defaultVersions: readonly Uint8Array[] = [version10]
const defaultPolicy = 1

/** The next state, and what is to be done. An event that has no place in a state changes nothing. */
export function stepReader(setup: ReaderSetup, state: ReaderState, event: ReaderEvent): Step {
  const { phase } = state
  switch (event.type) {
    case 'start':
      return phase.name === 'idle' ? start(event.entropy) : [state, []]
    case 'signature':
      return phase.name === 'signing' ? introduce(setup, phase, event.bytes) : [state, []]
    case 'exchange':
      return phase.name === 'open' ? sendExchange(phase, event.plaintext, event.tolerant === true) : [state, []]
    case 'finish':
      return phase.name === 'open' ? finish(phase, event.status) : [state, []]
    case 'answer':
      return takeAnswer(setup, state, event.bytes)
    case 'abort':
      return abort(state, event.because)
  }
}

// --- the link: chains, GET RESPONSE ---

function takeAnswer(setup: ReaderSetup, state: ReaderState, bytes: Uint8Array): Step {
  const { phase, exchanging } = state
  if (phase.name === 'idle' || phase.name === 'ended' || phase.name === 'open' || phase.name === 'signing')
    return [state, []]
  const response = decoded(() => decodeResponse(bytes))
  if (!response) return giveUp(phase, 'malformed')
  const [part, ...later] = exchanging.parts
  if (part) {
    if (response.sw !== statusWord.good) return giveUp(phase, 'status-word')
    return [{ phase, exchanging: { parts: later, answer: noAnswerYet } }, [{ type: 'send', bytes: part }]]
  }
  const joined = joinAnswer(exchanging.answer, response)
  switch (joined.type) {
    case 'oversize':
      return giveUp(phase, 'oversize')
    case 'more':
      return [
        { phase, exchanging: { parts: [], answer: joined.partial } },
        [{ type: 'send', bytes: encodeCommand(joined.ask) }],
      ]
    case 'whole':
      if (phase.name === 'ending') return acknowledge(phase, joined.response.sw, joined.response.data)
      if (joined.response.sw !== statusWord.good) {
        return giveUp(phase, phase.name === 'select' ? 'select-failed' : 'status-word')
      }
      return understand(setup, phase, joined.response.data)
  }
}

type AnsweredPhase = Exclude<ReaderPhase, { name: 'idle' | 'ended' | 'open' | 'signing' }>

function understand(setup: ReaderSetup, phase: Exclude<AnsweredPhase, { name: 'ending' }>, data: Uint8Array): Step {
  switch (phase.name) {
    case 'select':
      return takeSelectAnswer(setup, phase, data)
    case 'auth0':
      return takeAuth0Answer(setup, phase, data)
    case 'load-certificate':
      return sendAuth1(setup, phase, phase.signature)
    case 'auth1':
      return takeAuth1Answer(setup, phase, data)
    case 'exchange':
      return takeExchangeAnswer(phase, data)
  }
}

/** Sends a logical command; what does not fit into one APDU follows part by part. */
function send(phase: ReaderPhase, command: Command): Step {
  const [first, ...parts] = chainCommand(command).map(encodeCommand)
  return [{ phase, exchanging: { parts, answer: noAnswerYet } }, [{ type: 'send', bytes: first as Uint8Array }]]
}

function command(phase: ReaderPhase, name: InstructionName, data: Uint8Array): Step {
  return send(phase, commandOf(name, data))
}

// --- SELECT and AUTH0 ---

function start(entropy: Uint8Array): Step {
  const ephemeral = ephemeralKey(entropy.subarray(0, 32))
  const transactionIdentifier = entropy.slice(32, readerEntropyBytes)
  return command({ name: 'select', ephemeral, transactionIdentifier }, 'select', expeditedAid)
}

function takeSelectAnswer(setup: ReaderSetup, phase: Extract<ReaderPhase, { name: 'select' }>, data: Uint8Array): Step {
  const selected = decoded(() => decodeSelectAnswer(data))
  if (!selected) return giveUp(phase, 'malformed')
  if (!bytesEqual(selected.aid, expeditedAid)) return giveUp(phase, 'select-failed')
  if (!selected.isCsaApplication) return giveUp(phase, 'application-type')
  const version = commonVersion(selected.versions, setup.versions ?? defaultVersions, version10)
  if (!version) return giveUp(phase, 'no-common-version', controlFlowReason.versionNotSupported)
  const { ephemeral, transactionIdentifier } = phase
  const readerVendorTlv = setup.vendorExtension && encodeTlv(0xb1, setup.vendorExtension)
  const transcript = {
    groupPublicKey: setup.groupPublicKey,
    readerIdentifier: concat(setup.groupIdentifier, setup.subIdentifier),
    interfaceByte: interfaceByte.nfc,
    version,
    readerEphemeralKey: ephemeral.publicKey,
    transactionIdentifier,
    parameters: setup.fast ? fastRequested : 0,
    policy: setup.policy ?? defaultPolicy,
    proprietaryTlv: selected.proprietaryTlv,
    ...(readerVendorTlv ? { readerVendorTlv } : {}),
  }
  const auth0 = encodeAuth0({ ...transcript, ...(readerVendorTlv ? { vendorTlv: readerVendorTlv } : {}) })
  return command({ name: 'auth0', ephemeral, transcript }, 'auth0', auth0)
}

function takeAuth0Answer(setup: ReaderSetup, phase: Extract<ReaderPhase, { name: 'auth0' }>, data: Uint8Array): Step {
  const answer = decoded(() => decodeAuth0Answer(data))
  if (!answer) return giveUp(phase, 'malformed')
  const { ephemeral, transcript } = phase
  const { deviceEphemeralKey, cryptogram, vendorTlv } = answer
  // An echo of our own key would be agreed upon with itself. §15, 24.
  if (!isPoint(deviceEphemeralKey) || bytesEqual(deviceEphemeralKey, ephemeral.publicKey))
    return giveUp(phase, 'invalid-point')
  if (!setup.fast && cryptogram) return giveUp(phase, 'unexpected-cryptogram')
  if (setup.fast && !cryptogram) return giveUp(phase, 'missing-cryptogram')
  // No Kpersistent is kept yet: the cryptogram opens with no key, and AUTH1 follows. §11, fallback.
  const full: Transcript = { ...transcript, deviceEphemeralKey, ...(vendorTlv ? { deviceVendorTlv: vendorTlv } : {}) }
  const signing: ReaderState = { phase: { name: 'signing', ephemeral, transcript: full }, exchanging: nothingUnderWay }
  return [signing, [{ type: 'sign', data: signatureInput(full, 'reader') }]]
}

// --- LOAD CERT and AUTH1 ---

function introduce(setup: ReaderSetup, phase: Extract<ReaderPhase, { name: 'signing' }>, signature: Uint8Array): Step {
  if (!setup.certificate || setup.certificateInAuth1) return sendAuth1(setup, phase, signature)
  return command({ ...phase, name: 'load-certificate', signature }, 'loadCertificate', setup.certificate)
}

function sendAuth1(
  setup: ReaderSetup,
  { ephemeral, transcript }: { ephemeral: EphemeralKey; transcript: Transcript },
  signature: Uint8Array,
): Step {
  const { certificate, certificateInAuth1 } = setup
  const auth1 = encodeAuth1({
    wantsPublicKey: setup.keyKind !== 'keySlot',
    signature,
    ...(certificate && certificateInAuth1 ? { certificate } : {}),
  })
  return command({ name: 'auth1', ephemeral, transcript }, 'auth1', auth1)
}

/** The order is that of aliro.md §6: decrypt, TLV rules, find the credential, point, signature; then hand on. */
function takeAuth1Answer(setup: ReaderSetup, phase: Extract<ReaderPhase, { name: 'auth1' }>, data: Uint8Array): Step {
  const { ephemeral, transcript } = phase
  const kdh = keyFromAgreement(agree(ephemeral, transcript.deviceEphemeralKey), transcript.transactionIdentifier)
  const keys = sessionKeys(kdh, transcript)
  const opened = unseal(openChannel('reader', keys.expeditedReader, keys.expeditedDevice), data)
  if (!opened) return giveUp(phase, 'decrypt')
  const [channel, plaintext] = opened
  const answer = decoded(() => decodeAuth1Answer(plaintext))
  if (!answer) return turnAway(channel, 'malformed', readerStatus.invalidFormat)
  const found = findCredential(setup, answer)
  if ('error' in found) return turnAway(channel, found.error, found.status)
  const { publicKey } = found
  if (!isPoint(publicKey)) return turnAway(channel, 'invalid-point', readerStatus.invalidFormat)
  if (!answer.signature) return turnAway(channel, 'malformed', readerStatus.noSignature)
  if (!isSignedBy(publicKey, signatureInput(transcript, 'device'), answer.signature)) {
    return turnAway(channel, 'device-signature', readerStatus.invalidSignature)
  }
  const kept: ReaderEffect = {
    type: 'persistent-key',
    credentialPublicKey: publicKey,
    key: persistentKey(kdh, transcript, publicKey),
  }
  const credential = provenCredential(publicKey, answer, transcript)
  if (!isKnown(setup, publicKey)) {
    const [ending, effects] = turnAway(channel, 'unknown-credential', readerStatus.publicKeyNotFound, credential)
    return [ending, [kept, ...effects]]
  }
  const open: ReaderState = { phase: { name: 'open', channel, credential }, exchanging: nothingUnderWay }
  return [open, [kept, { type: 'proven', credential }]]
}

type FoundCredential =
  | { readonly publicKey: Uint8Array }
  | { readonly error: ReaderFault; readonly status: ReaderStatus }

function findCredential({ keyKind, knownCredentials = [] }: ReaderSetup, answer: Auth1Answer): FoundCredential {
  const { publicKey, keySlot: slot } = answer
  if (publicKey && slot) return { error: 'key-kind', status: readerStatus.invalidFormat }
  if (keyKind !== 'keySlot') return publicKey ? { publicKey } : { error: 'key-kind', status: readerStatus.noPublicKey }
  if (!slot) return { error: 'key-kind', status: readerStatus.noKeySlot }
  const [only, ...others] = knownCredentials.filter(known => bytesEqual(keySlot(known), slot))
  if (!only || others.length > 0) return { error: 'unknown-credential', status: readerStatus.publicKeyNotFound }
  return { publicKey: only }
}

function isKnown({ knownCredentials }: ReaderSetup, publicKey: Uint8Array): boolean {
  return !knownCredentials || knownCredentials.some(known => bytesEqual(known, publicKey))
}

/** The one place where claims become proven: behind the check of the signature. */
function provenCredential(
  credentialPublicKey: Uint8Array,
  { signalingBitmap, credentialTimestamp, revocationTimestamp }: Auth1Answer,
  { transactionIdentifier }: Transcript,
): Authenticated<CredentialClaims> {
  const claims: CredentialClaims = {
    credentialPublicKey,
    method: 'standard',
    signalingBitmap,
    transactionIdentifier,
    ...(credentialTimestamp === undefined ? {} : { credentialTimestamp }),
    ...(revocationTimestamp === undefined ? {} : { revocationTimestamp }),
  }
  return claims as Authenticated<CredentialClaims>
}

// --- EXCHANGE ---

function sendExchange({ channel, credential }: Open, plaintext: Uint8Array, tolerant: boolean): Step {
  // Without counters left nothing can be said on the channel any more.
  if (isUsedUp(channel)) return giveUp({ name: 'open', channel, credential }, 'reader-failed')
  const [after, message] = seal(channel, plaintext)
  return command(
    { name: 'exchange', channel: after, credential, lengths: readLengths(plaintext), tolerant },
    'exchange',
    message,
  )
}

/** What a request reads, so that the answer can be taken apart. A malformed request is answered by a status alone. */
function readLengths(plaintext: Uint8Array): readonly number[] {
  const request = decoded(() => decodeExchange(plaintext))?.mailbox
  if (!request || request === 'malformed') return []
  return request.operations.flatMap(operation => (operation.type === 'read' ? [operation.length] : []))
}

function takeExchangeAnswer(phase: Extract<ReaderPhase, { name: 'exchange' }>, data: Uint8Array): Step {
  const opened = unseal(phase.channel, data)
  if (!opened) return giveUp(phase, 'decrypt')
  const [channel, plaintext] = opened
  const { credential, lengths, tolerant } = phase
  const answer = decoded(() => decodeExchangeAnswer(plaintext, lengths))
  if (!answer) return turnAway(channel, 'malformed', readerStatus.invalidFormat, credential)
  if (answer.status !== exchangeStatus.good && !tolerant) {
    return turnAway(channel, 'exchange-status', readerStatus.statusWordError, credential)
  }
  const open: ReaderState = { phase: { name: 'open', channel, credential }, exchanging: nothingUnderWay }
  return [open, [{ type: 'exchanged', ...answer }]]
}

// --- how it ends: aliro.md §10 ---

function finish({ channel, credential }: Open, status: ReaderStatus): Step {
  const outcome = isAccepted(status) ? 'granted' : 'denied'
  return sayGoodbye(channel, status, { outcome, status, acknowledged: false, credential })
}

/** Failure before the channel is open, or of the channel itself: CONTROL FLOW. */
function giveUp(phase: ReaderPhase, error: ReaderFault, reason: number = controlFlowReason.none): Step {
  // Once the last command is out, nothing follows it. §10: nothing is retried.
  if (phase.name === 'ending') return end(phase.result)
  const credential = 'credential' in phase ? { credential: phase.credential } : {}
  const result: ReaderResult = { outcome: 'failed', error, ...credential }
  return command({ name: 'ending', result }, 'controlFlow', encodeControlFlow(reason))
}

/** Failure with an open channel: the reader status says which. */
function turnAway(
  channel: Channel,
  error: ReaderFault,
  status: ReaderStatus,
  credential?: Authenticated<CredentialClaims>,
): Step {
  return sayGoodbye(channel, status, { outcome: 'failed', error, status, ...(credential ? { credential } : {}) })
}

function sayGoodbye(channel: Channel, status: ReaderStatus, result: ReaderResult): Step {
  if (isUsedUp(channel)) return end(result)
  const [after, message] = seal(channel, encodeExchange({ readerStatus: status }))
  return command({ name: 'ending', result, channel: after }, 'exchange', message)
}

function acknowledge(
  { result, channel }: Extract<ReaderPhase, { name: 'ending' }>,
  sw: number,
  data: Uint8Array,
): Step {
  if (result.outcome === 'failed' || !channel || sw !== statusWord.good) return end(result)
  const plaintext = unseal(channel, data)?.[1]
  const answer = plaintext && decoded(() => decodeExchangeAnswer(plaintext, []))
  return end({ ...result, acknowledged: answer?.status === exchangeStatus.good })
}

function abort({ phase }: ReaderState, because: 'timeout' | 'carrier-lost' | 'reader-failed'): Step {
  if (phase.name === 'ended') return [{ phase, exchanging: nothingUnderWay }, []]
  // What was decided stays decided, though the device may not have heard it.
  if (phase.name === 'ending') return end(phase.result)
  const canSpeak = phase.name === 'signing' || phase.name === 'open'
  if (because === 'reader-failed' && canSpeak) {
    return phase.name === 'open'
      ? turnAway(phase.channel, because, readerStatus.hardware, phase.credential)
      : giveUp(phase, because)
  }
  return end({ outcome: 'failed', error: because, ...('credential' in phase ? { credential: phase.credential } : {}) })
}

function end(result: ReaderResult): Step {
  return [{ phase: { name: 'ended' }, exchanging: nothingUnderWay }, [{ type: 'ended', result }]]
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
