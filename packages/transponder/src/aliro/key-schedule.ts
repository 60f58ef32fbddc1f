/** What keys come out of what both sides know. aliro.md §7. */
import { createHash, hkdfSync } from 'node:crypto'
import { concat, uintBytes, utf8 } from '@edgeward/base'
import { encodeTlv } from '../apdu/tlv.ts'
import { xOf } from './elliptic.ts'

/** Interface byte of the salt. */
export const interfaceByte = { nfc: 0x5e, ble: 0xc3 } as const

/** Everything of a transaction that the keys depend on. Both sides hold the same after AUTH0. */
export interface Transcript {
  /** `pub65` of the group key, with a certificate too. */
  readonly groupPublicKey: Uint8Array
  readonly readerIdentifier: Uint8Array
  readonly interfaceByte: number
  /** Two bytes, as chosen in AUTH0. */
  readonly version: Uint8Array
  readonly readerEphemeralKey: Uint8Array
  readonly deviceEphemeralKey: Uint8Array
  readonly transactionIdentifier: Uint8Array
  /** Tags 41 and 42 of AUTH0, as sent. */
  readonly parameters: number
  readonly policy: number
  /** The A5 TLV byte by byte as it went over the air. Never encoded again. */
  readonly proprietaryTlv: Uint8Array
  /** The B1 and B2 TLVs of AUTH0, byte by byte, where there are any. */
  readonly readerVendorTlv?: Uint8Array
  readonly deviceVendorTlv?: Uint8Array
}

/** Keys of one session after AUTH1. 32 bytes each. */
export interface SessionKeys {
  readonly expeditedReader: Uint8Array
  readonly expeditedDevice: Uint8Array
  readonly stepUp: Uint8Array
  readonly ble: Uint8Array
  readonly ursk: Uint8Array
}

/** Words of the salt: what is derived. The fast phase uses `VolatileFast`. */
type SaltWord = 'Volatile****' | 'Persistent**' | 'VolatileFast'

const usage = { reader: Uint8Array.of(0x41, 0x5d, 0x95, 0x69), device: Uint8Array.of(0x4e, 0x88, 0x7b, 0x4c) }

/** Kdh of the agreed x coordinate: X9.63 with the transaction identifier, one block. */
export function keyFromAgreement(z: Uint8Array, transactionIdentifier: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(z).update(uintBytes(1, 4)).update(transactionIdentifier)
  return Uint8Array.from(hash.digest())
}

/** The salt for a word; the tail is X of the credential key where the word asks for it. */
export function keySalt(transcript: Transcript, word: SaltWord, tail: Uint8Array = new Uint8Array(0)): Uint8Array {
  return concat(
    xOf(transcript.groupPublicKey),
    utf8(word),
    transcript.readerIdentifier,
    Uint8Array.of(transcript.interfaceByte),
    encodeTlv(0x5c, transcript.version),
    xOf(transcript.readerEphemeralKey),
    transcript.transactionIdentifier,
    Uint8Array.of(transcript.parameters, transcript.policy),
    transcript.proprietaryTlv,
    tail,
  )
}

/** The info of every derivation. */
export function keyInfo({ deviceEphemeralKey, readerVendorTlv, deviceVendorTlv }: Transcript): Uint8Array {
  const none = new Uint8Array(0)
  return concat(xOf(deviceEphemeralKey), readerVendorTlv ?? none, deviceVendorTlv ?? none)
}

/** The session keys of AUTH1 out of Kdh. */
export function sessionKeys(kdh: Uint8Array, transcript: Transcript): SessionKeys {
  const block = hkdf(kdh, keySalt(transcript, 'Volatile****'), keyInfo(transcript), 160)
  const cut = (at: number) => block.slice(at, at + 32)
  return { expeditedReader: cut(0), expeditedDevice: cut(32), stepUp: cut(64), ble: cut(96), ursk: cut(128) }
}

/** Kpersistent of AUTH1, for the next fast phase between this reader and this credential. */
export function persistentKey(kdh: Uint8Array, transcript: Transcript, credentialPublicKey: Uint8Array): Uint8Array {
  return hkdf(kdh, keySalt(transcript, 'Persistent**', xOf(credentialPublicKey)), keyInfo(transcript), 32)
}

/** What a side signs in AUTH1: 126 bytes. aliro.md §6. */
export function signatureInput(transcript: Transcript, by: 'reader' | 'device'): Uint8Array {
  return concat(
    encodeTlv(0x4d, transcript.readerIdentifier),
    encodeTlv(0x86, xOf(transcript.deviceEphemeralKey)),
    encodeTlv(0x87, xOf(transcript.readerEphemeralKey)),
    encodeTlv(0x4c, transcript.transactionIdentifier),
    encodeTlv(0x93, usage[by]),
  )
}

function hkdf(key: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, info, length))
}
