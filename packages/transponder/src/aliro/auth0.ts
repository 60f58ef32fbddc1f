/** AUTH0: both sides' ephemeral keys. aliro.md §4. */
import { concat, WireError } from '@edgeward/base'
import { decodeTable, encodeTlv } from '../apdu/tlv.ts'

const commandTable = {
  parameters: { tag: 0x41, length: 1 },
  policy: { tag: 0x42, length: 1 },
  version: { tag: 0x5c, length: 2 },
  readerEphemeralKey: { tag: 0x87, length: 65 },
  transactionIdentifier: { tag: 0x4c, length: 16 },
  readerIdentifier: { tag: 0x4d, length: 32 },
  vendor: { tag: 0xb1, length: [0, 127], optional: true },
} as const
const answerTable = {
  deviceEphemeralKey: { tag: 0x86, length: 65 },
  cryptogram: { tag: 0x9d, length: 64, optional: true },
  vendor: { tag: 0xb2, length: [0, 127], optional: true },
} as const

/** Bit of the parameters that asks for the fast phase. */
export const fastRequested = 0x01
/** As the user set it, user device setting for a secure action, force user authentication. */
const policies: readonly number[] = [1, 2, 3]

export interface Auth0Command {
  readonly parameters: number
  readonly policy: number
  readonly version: Uint8Array
  readonly readerEphemeralKey: Uint8Array
  readonly transactionIdentifier: Uint8Array
  readonly readerIdentifier: Uint8Array
  /** The whole B1 element. */
  readonly vendorTlv?: Uint8Array
}

export interface Auth0Answer {
  readonly deviceEphemeralKey: Uint8Array
  readonly cryptogram?: Uint8Array
  /** The whole B2 element. */
  readonly vendorTlv?: Uint8Array
}

export function encodeAuth0(command: Auth0Command): Uint8Array {
  return concat(
    encodeTlv(0x41, Uint8Array.of(command.parameters)),
    encodeTlv(0x42, Uint8Array.of(command.policy)),
    encodeTlv(0x5c, command.version),
    encodeTlv(0x87, command.readerEphemeralKey),
    encodeTlv(0x4c, command.transactionIdentifier),
    encodeTlv(0x4d, command.readerIdentifier),
    command.vendorTlv ?? new Uint8Array(0),
  )
}

/** Throws a WireError, for a policy that is not known too. Does not look at the point. */
export function decodeAuth0(bytes: Uint8Array): Auth0Command {
  const fields = decodeTable(bytes, commandTable)
  const policy = fields.policy.value[0] as number
  if (!policies.includes(policy)) throw new WireError(`policy ${policy}`)
  return {
    parameters: fields.parameters.value[0] as number,
    policy,
    version: fields.version.value,
    readerEphemeralKey: fields.readerEphemeralKey.value,
    transactionIdentifier: fields.transactionIdentifier.value,
    readerIdentifier: fields.readerIdentifier.value,
    ...(fields.vendor ? { vendorTlv: fields.vendor.raw } : {}),
  }
}

export function encodeAuth0Answer({ deviceEphemeralKey, cryptogram, vendorTlv }: Auth0Answer): Uint8Array {
  const none = new Uint8Array(0)
  return concat(encodeTlv(0x86, deviceEphemeralKey), cryptogram ? encodeTlv(0x9d, cryptogram) : none, vendorTlv ?? none)
}

/** Throws a WireError. Does not look at the point. */
export function decodeAuth0Answer(bytes: Uint8Array): Auth0Answer {
  const { deviceEphemeralKey, cryptogram, vendor } = decodeTable(bytes, answerTable)
  return {
    deviceEphemeralKey: deviceEphemeralKey.value,
    ...(cryptogram ? { cryptogram: cryptogram.value } : {}),
    ...(vendor ? { vendorTlv: vendor.raw } : {}),
  }
}
