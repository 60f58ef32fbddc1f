/** The X.509 v3 certificate that a compressed one stands for. aliro.md §5, RFC 5280. */
import { createHash } from 'node:crypto'
import { bytesEqual, fromHex, fromUtf8, Reader, utf8, WireError } from '@edgeward/base'
import { subjectPublicKeyInfo } from '../spki.ts'
import { type Certificate, type CertificateFields, decodeCertificate, encodeCertificate } from './compressed.ts'
import { der, expectDer, positiveInteger, readDer, soleDer } from './der.ts'
import { CertificateError } from './errors.ts'

const version3 = fromHex('a003020102')
const ecdsaWithSha256 = fromHex('300a06082a8648ce3d040302')
const commonName = fromHex('0603550403')
const authorityKeyIdentifier = fromHex('0603551d23')
/** basicConstraints critical and empty, keyUsage critical digitalSignature. */
const fixedExtensions = fromHex('300c0603551d130101ff04023000300e0603551d0f0101ff040403020780')

/** The DER of the certificate under the issuer with this `pub65`. Throws a CertificateError `undecodable`. */
export function expandCertificate(compressed: Uint8Array, issuerPublicKey: Uint8Array): Uint8Array {
  const certificate = decodeCertificate(compressed)
  return signedCertificate(tbsCertificate(certificate, keyIdentifier(issuerPublicKey)), certificate.signature)
}

/** The compressed form of the DER of a certificate of this profile. Throws a CertificateError `undecodable`. */
export function compressCertificate(x509: Uint8Array): Uint8Array {
  try {
    const { certificate, authorityKey } = fieldsOf(x509)
    const compressed = encodeCertificate(certificate)
    // Whatever else the DER says does not come back out of the fields, and is noticed here.
    const again = signedCertificate(tbsCertificate(certificate, authorityKey), certificate.signature)
    if (!bytesEqual(again, x509)) throw new WireError('more than the profile has room for')
    return compressed
  } catch (error) {
    if (error instanceof WireError || error instanceof TypeError) {
      throw new CertificateError('undecodable', `not a certificate of profile 0000: ${error.message}`, { cause: error })
    }
    throw error
  }
}

/** What the issuer signs: the TBSCertificate. */
export function tbsCertificate(fields: CertificateFields, authorityKey: Uint8Array): Uint8Array {
  return der(
    0x30,
    version3,
    der(0x02, positiveInteger(fields.serial)),
    ecdsaWithSha256,
    name(fields.issuer),
    der(0x30, time(fields.notBefore), time(fields.notAfter)),
    name(fields.subject),
    subjectPublicKeyInfo(fields.subjectPublicKey),
    der(
      0xa3,
      der(0x30, der(0x30, authorityKeyIdentifier, der(0x04, der(0x30, der(0x80, authorityKey)))), fixedExtensions),
    ),
  )
}

/** SHA-1 of the issuer's `pub65`. RFC 5280 §4.2.1.2, method 1. */
export function keyIdentifier(issuerPublicKey: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha1').update(issuerPublicKey).digest())
}

/** The DER of a signed certificate. */
export function signedCertificate(tbs: Uint8Array, signature: Uint8Array): Uint8Array {
  return der(0x30, tbs, ecdsaWithSha256, der(0x03, Uint8Array.of(0), signature))
}

/** What is signed in the DER of a certificate, and the signature (DER). Throws a WireError. */
export function signedParts(x509: Uint8Array): { readonly tbs: Uint8Array; readonly signature: Uint8Array } {
  const whole = new Reader(soleDer(x509, 0x30))
  const tbs = der(0x30, expectDer(whole, 0x30))
  expectDer(whole, 0x30)
  return { tbs, signature: expectDer(whole, 0x03).subarray(1) }
}

function name(text: string): Uint8Array {
  return der(0x30, der(0x31, der(0x30, commonName, der(0x0c, utf8(text)))))
}

function time(text: string): Uint8Array {
  return der(text.length === 13 ? 0x17 : 0x18, utf8(text))
}

function fieldsOf(x509: Uint8Array): { certificate: Certificate; authorityKey: Uint8Array } {
  const whole = new Reader(soleDer(x509, 0x30))
  const tbs = new Reader(expectDer(whole, 0x30))
  expectDer(whole, 0x30)
  const signature = expectDer(whole, 0x03)
  whole.end()

  expectDer(tbs, 0xa0)
  const serial = expectDer(tbs, 0x02)
  expectDer(tbs, 0x30)
  const issuer = nameOf(expectDer(tbs, 0x30))
  const validity = new Reader(expectDer(tbs, 0x30))
  const notBefore = fromUtf8(readDer(validity).content)
  const notAfter = fromUtf8(readDer(validity).content)
  const subject = nameOf(expectDer(tbs, 0x30))
  const key = new Reader(expectDer(tbs, 0x30))
  expectDer(key, 0x30)
  const subjectPublicKey = expectDer(key, 0x03)
  const extensions = new Reader(soleDer(expectDer(tbs, 0xa3), 0x30))
  const authority = new Reader(expectDer(extensions, 0x30))
  expectDer(authority, 0x06)
  const authorityKey = soleDer(soleDer(expectDer(authority, 0x04), 0x30), 0x80)
  return {
    certificate: {
      serial: serial[0] === 0 ? serial.slice(1) : serial.slice(),
      issuer,
      notBefore,
      notAfter,
      subject,
      subjectPublicKey: subjectPublicKey.slice(1),
      signature: signature.slice(1),
    },
    authorityKey,
  }
}

function nameOf(content: Uint8Array): string {
  const attribute = new Reader(soleDer(soleDer(content, 0x31), 0x30))
  expectDer(attribute, 0x06)
  return fromUtf8(expectDer(attribute, 0x0c))
}
