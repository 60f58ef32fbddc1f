/** Cases of the kinds `certificate` and `key-schedule`: what was computed wrongly, in words. */
import { bytesEqual, concat, toHex } from '@edgeward/base'
import {
  CertificateError,
  compressCertificate,
  expandCertificate,
  verifyCertificate,
} from '@edgeward/keystore/certificates'
import {
  agree,
  ephemeralKey,
  isSignedBy,
  keyFromAgreement,
  keyInfo,
  keySalt,
  openChannel,
  persistentKey,
  sessionKeys,
  signatureInput,
  type Transcript,
  unseal,
} from '@edgeward/transponder/aliro'
import { decodeCommand, decodeTlvs } from '@edgeward/transponder/apdu'
import { VectorError, type VectorObject } from './vector-object.ts'

/** Expands, verifies and compresses again. */
export function certificateCase(vector: VectorObject): readonly string[] {
  vector.ignore('id', 'kind')
  const issuerPublicKey = vector.hex('issuerPublicKey')
  const compressed = vector.hex('compressed')
  const expect = vector.object('expect')
  const x509 = expandCertificate(compressed, issuerPublicKey)
  const faults = [
    ...differs('x509', expect.hex('x509'), x509),
    ...differs('compressed', compressed, compressCertificate(x509)),
    ...differs('signatureValid', expect.flag('signatureValid'), isValid(compressed, issuerPublicKey)),
  ]
  expect.end()
  vector.end()
  return faults
}

function isValid(compressed: Uint8Array, issuerPublicKey: Uint8Array): boolean {
  try {
    verifyCertificate(compressed, { issuerPublicKey })
    return true
  } catch (error) {
    if (error instanceof CertificateError) return false
    throw error
  }
}

/** Computes everything under `expect` from `given`. */
export function keyScheduleCase(vector: VectorObject): readonly string[] {
  vector.ignore('id', 'kind')
  const given = vector.object('given')
  const readerKey = ephemeralKey(given.hex('readerEphemeralPrivateKey'))
  const deviceKey = ephemeralKey(given.hex('deviceEphemeralPrivateKey'))
  const transcript: Transcript = {
    groupPublicKey: given.hex('readerPublicKey'),
    readerIdentifier: concat(given.hex('groupIdentifier'), given.hex('subIdentifier')),
    interfaceByte: byte(given, 'interface'),
    version: given.hex('version'),
    readerEphemeralKey: readerKey.publicKey,
    deviceEphemeralKey: deviceKey.publicKey,
    transactionIdentifier: given.hex('transactionIdentifier'),
    parameters: byte(given, 'parameters'),
    policy: byte(given, 'policy'),
    proprietaryTlv: given.hex('proprietaryTlv'),
  }
  const z = agree(readerKey, deviceKey.publicKey)
  const kdh = keyFromAgreement(z, transcript.transactionIdentifier)
  const keys = sessionKeys(kdh, transcript)
  const answer = unseal(
    openChannel('reader', keys.expeditedReader, keys.expeditedDevice),
    given.hex('auth1Response').slice(0, -2),
  )
  if (!answer) return ['the AUTH1 answer does not open']
  const readerInput = signatureInput(transcript, 'reader')
  const deviceInput = signatureInput(transcript, 'device')
  const publicKey = element(answer[1], 0x5a)
  const computed: Readonly<Record<string, Uint8Array | boolean>> = {
    z,
    kdh,
    readerSignatureInput: readerInput,
    deviceSignatureInput: deviceInput,
    readerSignatureValid: isSignedBy(
      transcript.groupPublicKey,
      readerInput,
      element(decodeCommand(given.hex('auth1Command')).data, 0x9e),
    ),
    deviceSignatureValid: isSignedBy(publicKey, deviceInput, element(answer[1], 0x9e)),
    saltVolatile: keySalt(transcript, 'Volatile****'),
    saltPersistent: keySalt(transcript, 'Persistent**', publicKey.slice(1, 33)),
    info: keyInfo(transcript),
    expeditedSkReader: keys.expeditedReader,
    expeditedSkDevice: keys.expeditedDevice,
    stepUpSk: keys.stepUp,
    bleSk: keys.ble,
    ursk: keys.ursk,
    kpersistent: persistentKey(kdh, transcript, publicKey),
    auth1Plaintext: answer[1],
    credentialPublicKey: publicKey,
  }
  given.ignore('selectCommand', 'selectResponse', 'auth0Command', 'auth0Response')
  given.end()
  const expect = vector.object('expect')
  vector.end()
  return expect.names().flatMap(name => {
    const value = computed[name]
    if (value === undefined) throw new VectorError(`expect: unknown field ${name}`)
    return differs(name, typeof value === 'boolean' ? expect.flag(name) : expect.hex(name), value)
  })
}

function byte(object: VectorObject, name: string): number {
  const [value, ...more] = object.hex(name)
  if (value === undefined || more.length > 0) throw new VectorError(`${name}: not one byte`)
  return value
}

function element(bytes: Uint8Array, tag: number): Uint8Array {
  return decodeTlvs(bytes).find(tlv => tlv.tag === tag)?.value ?? new Uint8Array(0)
}

/** One line when two values are not the same. */
export function differs(
  name: string,
  expected: Uint8Array | string | number | boolean | null | undefined,
  got: Uint8Array | string | number | boolean | null | undefined,
): readonly string[] {
  const same =
    expected instanceof Uint8Array && got instanceof Uint8Array ? bytesEqual(expected, got) : expected === got
  return same ? [] : [`${name}: expected ${shown(expected)}, got ${shown(got)}`]
}

function shown(value: Uint8Array | string | number | boolean | null | undefined): string {
  return value instanceof Uint8Array ? toHex(value) : String(value)
}
