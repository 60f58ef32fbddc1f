/**
 * What a standard tap cannot do without on the reader's side, each by itself on node:crypto as it is used best: from
 * aliro.md §4, 6, 7, 8 and 20, envelope.md §3 and 4, log.md §5 and keys.md §6, not from what the code calls. Nothing is
 * counted twice: what our code does once more than needed is its own affair.
 */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'

/** One thing that has to be done, once a tap. */
export interface Primitive {
  readonly name: string
  /** Only a tap with a PIN needs it. */
  readonly pinOnly: boolean
  readonly run: () => void
}

/** Bytes of what is worked on, as a tap has them. */
export interface TapSizes {
  /** What is durable before the order: record, openings, state, order. */
  readonly decision: number
  /** The same with a PIN. */
  readonly decisionWithPin: number
  /** What is durable before a PIN is compared. */
  readonly pinTry: number
  readonly document: number
  readonly record: number
}

/** aliro.md §6: 126 bytes are signed in each direction; its answer is 5A, 9E and 5E under a tag of 16 bytes. */
const signedBytes = 126
const auth1AnswerBytes = 67 + 66 + 4
/** aliro.md §20: one read of the mailbox; the request around it. */
const mailboxReadBytes = 1_088
const mailboxRequestBytes = 16
/** The claims of a document inside its envelope, as the issuer signed them. */
const claimsBytes = 420
const hkdfSaltBytes = 160
const sessionKeysBytes = 160

/** The list, ready to be run; `close` ends the file. */
export function tapPrimitives(
  path: string,
  sizes: TapSizes,
): { readonly primitives: readonly Primitive[]; readonly close: () => void } {
  const file = openSync(path, 'w', 0o600)
  const [reader, issuer, phone] = [p256(), p256(), p256()]
  const phonePoint = pointOf(phone.publicKey)
  const peer = createECDH('prime256v1')
  const peerPoint = peer.generateKeys()
  const message = randomBytes(signedBytes)
  const proof = signed(phone.privateKey, message)
  const claims = randomBytes(claimsBytes)
  const issued = signed(issuer.privateKey, claims)
  const [key, iv, salt] = [randomBytes(32), randomBytes(12), randomBytes(hkdfSaltBytes)]
  const auth1Answer = gcmSealed(key, iv, auth1AnswerBytes)
  const mailboxAnswer = gcmSealed(key, iv, mailboxReadBytes)
  const document = gcmSealed(key, iv, sizes.document)
  const record = randomBytes(sizes.record)
  const pinMessage = randomBytes(30)
  const commitment = randomBytes(60)
  let ephemeral = createECDH('prime256v1')

  const primitives: readonly Primitive[] = [
    always('randomness: entropy, decision id, two salts', () => {
      for (const bytes of [48, 16, 16, 16]) randomBytes(bytes)
    }),
    always('P-256 key pair, ephemeral (AUTH0)', () => {
      ephemeral = createECDH('prime256v1')
      ephemeral.generateKeys()
    }),
    always('ECDSA P-256 sign (AUTH1)', () => void signed(reader.privateKey, message)),
    always('ECDH P-256 with the phone, point checked', () => void ephemeral.computeSecret(peerPoint)),
    always('SHA-256 of the agreement (Kdh)', () => void sha256(message.subarray(0, 52))),
    always(
      'HKDF-SHA-256, session keys',
      () => void hkdfSync('sha256', key, salt, salt.subarray(0, 32), sessionKeysBytes),
    ),
    always('AES-256-GCM open (AUTH1)', () => gcmOpened(key, iv, auth1Answer)),
    always('ECDSA P-256 verify, the phone; its point read', () => {
      mustHold(verified(pointToKey(phonePoint), message, proof))
    }),
    always('AES-256-GCM seal (EXCHANGE)', () => void gcmSealed(key, iv, mailboxRequestBytes)),
    always('AES-256-GCM open (EXCHANGE)', () => gcmOpened(key, iv, mailboxAnswer)),
    always('SHA-256 thumbprint of the phone', () => void sha256(phonePoint)),
    always('AES-256-GCM open (document)', () => gcmOpened(key, iv, document)),
    always('ECDSA P-256 verify, the issuer', () => mustHold(verified(issuer.publicKey, claims, issued))),
    always('SHA-256 of two commitments', () => {
      sha256(commitment)
      sha256(commitment)
    }),
    always('SHA-256 of the record (chain)', () => void sha256(record)),
    withPin('HMAC-SHA-256, PIN and duress PIN', () => {
      createHmac('sha256', key).update(pinMessage).digest()
      createHmac('sha256', key).update(pinMessage).digest()
    }),
    withPin('write and fdatasync, the try', writing(file, sizes.pinTry)),
    { name: 'write and fdatasync, the decision', pinOnly: false, run: writing(file, sizes.decision) },
  ]
  return { primitives, close: () => closeSync(file) }
}

const always = (name: string, run: () => void): Primitive => ({ name, pinOnly: false, run })
const withPin = (name: string, run: () => void): Primitive => ({ name, pinOnly: true, run })

/** An append of so many bytes, on the disk when it returns. */
function writing(file: number, bytes: number): () => void {
  const contents = randomBytes(bytes)
  return () => {
    writeSync(file, contents)
    fdatasyncSync(file)
  }
}

function p256(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function pointOf(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
}

/** The quickest way that Node has from a point to a key; OpenSSL checks that it is on the curve. */
function pointToKey(point: Buffer): KeyObject {
  const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33, 65)]
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
}

const signed = (key: KeyObject, data: Uint8Array): Buffer => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })
const verified = (key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean =>
  verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)
const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest()

function gcmSealed(key: Uint8Array, iv: Uint8Array, bytes: number): { readonly text: Buffer; readonly tag: Buffer } {
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const text = Buffer.concat([cipher.update(Buffer.alloc(bytes)), cipher.final()])
  return { text, tag: cipher.getAuthTag() }
}

function gcmOpened(key: Uint8Array, iv: Uint8Array, sealed: { readonly text: Buffer; readonly tag: Buffer }): void {
  const decipher = createDecipheriv('aes-256-gcm', key, iv)
  decipher.setAuthTag(sealed.tag)
  decipher.update(sealed.text)
  decipher.final()
}

function mustHold(holds: boolean): void {
  if (!holds) throw new Error('a signature of the base does not hold')
}
