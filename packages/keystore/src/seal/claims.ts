/** What a credential document claims about its holder: claims 1 to 20 of envelope.md §3. */
import { createHash } from 'node:crypto'
import { encodeCbor } from '@edgeward/base'
import { type Validity, validity } from './payloads/parts.ts'
import { decodeStrictly, EnvelopeRefused } from './refusal.ts'
import {
  at,
  bytes,
  dictionary,
  list,
  maybeAt,
  members,
  nullable,
  type PlainMap,
  plainMap,
  row,
  type Shape,
  ShapeError,
  text,
  uint,
} from './shape.ts'

/** A role, with the time in which it is held; both null: as long as the document. */
export interface HeldRole extends Validity {
  readonly role: string
}

/** A right given directly, as by a booking. */
export interface Grant {
  readonly id: string
  /** Asset ids, or maps as in the site file. */
  readonly on: readonly (string | PlainMap)[]
  /** Functions. */
  readonly may: readonly string[]
  /** Seconds since 1970, half-open. */
  readonly from: number
  readonly to: number
  readonly sequence?: number
  /** Seconds. */
  readonly grace?: number
  /** A condition as in the site file. */
  readonly when?: PlainMap
}

/** MAC of a PIN under a version of the group's PIN key (R7). keys.md §6 */
export interface PinVerifier {
  readonly keyVersion: number
  readonly mac: Uint8Array
}

/** Marks of a holder; false is left out on the wire. */
export interface HolderFlags {
  readonly external: boolean
  readonly extendedTime: boolean
  readonly robot: boolean
}

export interface Claims {
  /** Credential id, 8 bytes. */
  readonly credential: Uint8Array
  /** Person reference, 16 bytes. */
  readonly person: Uint8Array
  readonly roles: readonly HeldRole[]
  readonly grants?: readonly Grant[]
  /** Of the document, in seconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** The site's epoch (R6). */
  readonly epoch: number
  /** `transponderThumbprint` of the phone's key, or the card's (R1). */
  readonly transponder: Uint8Array
  /** Party id of the key group that the document is sealed for. */
  readonly keyGroup: Uint8Array
  readonly credentialValidity?: Validity
  readonly personValidity?: Validity
  readonly groups?: readonly string[]
  readonly organisation?: string
  readonly flags?: HolderFlags
  readonly qualifications?: ReadonlyMap<string, Validity>
  readonly pin?: PinVerifier
  readonly duress?: PinVerifier
  /** Asset kind to preferences. */
  readonly preferences?: ReadonlyMap<string, PlainMap>
  readonly biometricTemplate?: { readonly hash: Uint8Array; readonly place: number }
  /** Size and root of the log (R6). */
  readonly checkpoint?: { readonly size: number; readonly root: Uint8Array }
}

/** Thumbprint of a phone's transponder: SHA-256 of its public point (65 bytes). */
export function transponderThumbprint(point: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(point).digest())
}

/** Deterministic CBOR of claims; what is empty or false is left out. */
export function encodeClaims(claims: Claims): Uint8Array {
  return encodeCbor(claimsShape.write(withoutEmpty(claims)))
}

/** The claims of authentic bytes. Refuses with `payload` what is not exactly of this shape. */
export function decodeClaims(encoded: Uint8Array): Claims {
  try {
    return claimsShape.read(decodeStrictly(encoded, {}))
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof EnvelopeRefused)) throw error
    throw new EnvelopeRefused('payload', `the claims: ${error.message}`, { cause: error })
  }
}

const heldValidity = row<HeldRole>({ role: text, from: nullable(uint), to: nullable(uint) })

/** A role without bounds is a text: one form for one meaning. */
const heldRole: Shape<HeldRole> = {
  write: value => (value.from === null && value.to === null ? value.role : heldValidity.write(value)),
  read(value) {
    if (typeof value === 'string') return { role: value, from: null, to: null }
    const held = heldValidity.read(value)
    if (held.from === null && held.to === null) throw new ShapeError('a role without bounds is a text')
    return held
  },
}

const target: Shape<string | PlainMap> = {
  write: value => (typeof value === 'string' ? value : plainMap.write(value)),
  read: value => (typeof value === 'string' ? value : plainMap.read(value)),
}

const grant = members<Grant>({
  id: at(1, text),
  on: at(2, list(target, { least: 1 })),
  may: at(3, list(text, { least: 1 })),
  from: at(4, uint),
  to: at(5, uint),
  sequence: maybeAt(6, uint),
  grace: maybeAt(7, uint),
  when: maybeAt(8, plainMap),
})

const verifier = row<PinVerifier>({ keyVersion: uint, mac: bytes(32) })

const flagBits = { external: 1, extendedTime: 2, robot: 4 } as const
const allFlags = 7
const flags: Shape<HolderFlags> = {
  write: value => {
    const bit = (name: keyof HolderFlags): number => (value[name] ? flagBits[name] : 0)
    return bit('external') | bit('extendedTime') | bit('robot')
  },
  read(value) {
    if (typeof value !== 'number' || value < 1 || value > allFlags)
      throw new ShapeError('flags that are not known here')
    const has = (name: keyof HolderFlags): boolean => (value & flagBits[name]) !== 0
    return { external: has('external'), extendedTime: has('extendedTime'), robot: has('robot') }
  },
}

const claimsShape: Shape<Claims> = members<Claims>({
  credential: at(1, bytes(8)),
  person: at(2, bytes(16)),
  roles: at(3, list(heldRole)),
  grants: maybeAt(4, list(grant, { least: 1 })),
  notBefore: at(5, uint),
  notAfter: at(6, uint),
  epoch: at(7, uint),
  transponder: at(8, bytes(32)),
  keyGroup: at(9, bytes(8)),
  credentialValidity: maybeAt(10, validity),
  personValidity: maybeAt(11, validity),
  groups: maybeAt(12, list(text, { least: 1 })),
  organisation: maybeAt(13, text),
  flags: maybeAt(14, flags),
  qualifications: maybeAt(15, dictionary(validity)),
  pin: maybeAt(16, verifier),
  duress: maybeAt(17, verifier),
  preferences: maybeAt(18, dictionary(plainMap)),
  biometricTemplate: maybeAt(
    19,
    row<{ readonly hash: Uint8Array; readonly place: number }>({ hash: bytes(32), place: uint }),
  ),
  checkpoint: maybeAt(20, row<{ readonly size: number; readonly root: Uint8Array }>({ size: uint, root: bytes(32) })),
})

function withoutEmpty(claims: Claims): Claims {
  const { grants, groups, flags: marks, qualifications, preferences, ...rest } = claims
  return {
    ...rest,
    ...(grants !== undefined && grants.length > 0 && { grants }),
    ...(groups !== undefined && groups.length > 0 && { groups }),
    ...(marks !== undefined && Object.values(marks).includes(true) && { flags: marks }),
    ...(qualifications !== undefined && qualifications.size > 0 && { qualifications }),
    ...(preferences !== undefined && preferences.size > 0 && { preferences }),
  }
}
