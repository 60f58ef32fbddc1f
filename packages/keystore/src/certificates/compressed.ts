/**
 * The compressed certificate, profile 0000, of Aliro readers. aliro.md §5:
 *
 *     30 { 04 0000 ; 30 { [80 serial] [81 issuer] [82 notBefore] [83 notAfter] [84 subject] 85 00||pub65 86 00||signature } }
 *
 * One form only: a field that equals its default is left out, lengths are the shortest, nothing else may be there.
 */
import { bytesEqual, fromUtf8, Reader, utf8, WireError } from '@edgeward/base'
import { parseTime } from './certificate-time.ts'
import { der, expectDer, readDer, soleDer } from './der.ts'
import { CertificateError } from './errors.ts'

/** What a reader certificate says. */
export interface CertificateFields {
  /** A positive number without leading zeros, 1 to 20 bytes; a sign byte is added in X.509 alone. */
  readonly serial: Uint8Array
  /** Common names, 1 to 32 bytes of UTF-8. */
  readonly issuer: string
  readonly subject: string
  /** UTCTime (13 characters) or GeneralizedTime (15). */
  readonly notBefore: string
  readonly notAfter: string
  /** The certified key, `pub65`; not yet checked to be on the curve. */
  readonly subjectPublicKey: Uint8Array
}

export interface Certificate extends CertificateFields {
  /** ECDSA-Sig-Value in DER, over the TBSCertificate of the expanded certificate. */
  readonly signature: Uint8Array
}

/** Bounds of aliro.md §5, and a generous one for the whole. */
export const certificateLimits = { serialBytes: 20, nameBytes: 32, compressedBytes: 512 } as const

const profile = Uint8Array.of(0, 0)
const defaults = {
  serial: Uint8Array.of(1),
  issuer: 'issuer',
  notBefore: '200101000000Z',
  notAfter: '490101000000Z',
  subject: 'subject',
} as const
const tags = { serial: 0x80, issuer: 0x81, notBefore: 0x82, notAfter: 0x83, subject: 0x84, key: 0x85, signature: 0x86 }

/** The compressed bytes. Throws `undecodable` for fields out of bounds. */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  checkFields(certificate)
  const { serial, issuer, notBefore, notAfter, subject, subjectPublicKey, signature } = certificate
  const optional: readonly (readonly [number, Uint8Array, Uint8Array])[] = [
    [tags.serial, serial, defaults.serial],
    [tags.issuer, utf8(issuer), utf8(defaults.issuer)],
    [tags.notBefore, utf8(notBefore), utf8(defaults.notBefore)],
    [tags.notAfter, utf8(notAfter), utf8(defaults.notAfter)],
    [tags.subject, utf8(subject), utf8(defaults.subject)],
  ]
  const present = optional.filter(([, value, byDefault]) => !bytesEqual(value, byDefault))
  const fields = [
    ...present.map(([tag, value]) => der(tag, value)),
    der(tags.key, Uint8Array.of(0), subjectPublicKey),
    der(tags.signature, Uint8Array.of(0), signature),
  ]
  return der(0x30, der(0x04, profile), der(0x30, ...fields))
}

/** The fields of compressed bytes. Throws a CertificateError `undecodable`. Verifies nothing. */
export function decodeCertificate(compressed: Uint8Array): Certificate {
  try {
    if (compressed.length > certificateLimits.compressedBytes) throw new WireError(`${compressed.length} bytes`)
    const outer = new Reader(soleDer(compressed, 0x30))
    if (!bytesEqual(expectDer(outer, 0x04), profile)) throw new WireError('not profile 0000')
    const inner = expectDer(outer, 0x30)
    outer.end()
    return fieldsOf(new Reader(inner))
  } catch (error) {
    if (error instanceof WireError || error instanceof TypeError) {
      throw new CertificateError('undecodable', `not a certificate of profile 0000: ${error.message}`, { cause: error })
    }
    throw error
  }
}

function fieldsOf(reader: Reader): Certificate {
  const found = new Map<number, Uint8Array>()
  let previous = 0
  while (reader.remaining > 0) {
    const { tag, content } = readDer(reader)
    if (tag <= previous || tag < tags.serial || tag > tags.signature)
      throw new WireError(`tag ${tag} does not belong here`)
    previous = tag
    found.set(tag, content.slice())
  }
  const text = (tag: number, byDefault: string): string => {
    const value = found.get(tag)
    const decoded = value ? fromUtf8(value) : byDefault
    if (value && decoded === byDefault) throw new WireError('a default is written out')
    return decoded
  }
  const serial = found.get(tags.serial)
  if (serial && bytesEqual(serial, defaults.serial)) throw new WireError('a default is written out')
  const certificate = {
    serial: serial ?? defaults.serial,
    issuer: text(tags.issuer, defaults.issuer),
    notBefore: text(tags.notBefore, defaults.notBefore),
    notAfter: text(tags.notAfter, defaults.notAfter),
    subject: text(tags.subject, defaults.subject),
    subjectPublicKey: bitString(found.get(tags.key)),
    signature: bitString(found.get(tags.signature)),
  }
  checkFields(certificate)
  return certificate
}

/** Content of a BIT STRING without unused bits. */
function bitString(content: Uint8Array | undefined): Uint8Array {
  if (content?.[0] !== 0) throw new WireError('a key or signature is missing or has unused bits')
  return content.slice(1)
}

function checkFields({ serial, issuer, subject, notBefore, notAfter, subjectPublicKey, signature }: Certificate): void {
  const { serialBytes, nameBytes } = certificateLimits
  const refuse = (what: string): never => {
    throw new CertificateError('undecodable', `${what} out of bounds`)
  }
  if (serial.length < 1 || serial.length > serialBytes || serial[0] === 0) refuse('serial')
  for (const name of [issuer, subject].map(utf8)) if (name.length < 1 || name.length > nameBytes) refuse('a name')
  for (const time of [notBefore, notAfter]) if (parseTime(time) === undefined) refuse('a time')
  if (subjectPublicKey.length !== 65) refuse('the key')
  if (signature.length < 8 || signature.length > 72) refuse('the signature')
}
