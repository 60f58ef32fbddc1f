/** Tag 97 of EXCHANGE: what the reader tells the device at the end. First byte 00 refused, 01 accepted. aliro.md §9. */
export const readerStatus = {
  publicKeyNotFound: 0x0001,
  expired: 0x0002,
  notTrusted: 0x0003,
  invalidSignature: 0x0004,
  invalidFormat: 0x0006,
  invalidContent: 0x0007,
  statusWordError: 0x0020,
  noKeySlot: 0x0021,
  noPublicKey: 0x0022,
  noSignature: 0x0023,
  invalidAccessRights: 0x0025,
  hardware: 0x0026,
  secured: 0x0100,
  unsecured: 0x0101,
  jammed: 0x0102,
  startedToSecure: 0x0180,
  startedToUnsecure: 0x0181,
  good: 0x0182,
} as const

/** The two bytes of tag 97 as a number. */
export type ReaderStatus = number

/** Whether a status says that the holder was let in. */
export function isAccepted(status: ReaderStatus): boolean {
  return status >> 8 === 0x01
}
