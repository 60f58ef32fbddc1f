/** The public door of Aliro: both roles of the expedited standard phase, and how our documents lie in the mailbox. */
export {
  type DeviceEffect,
  type DeviceEvent,
  type DeviceState,
  deviceEntropyBytes,
  idleDevice,
  stepDevice,
} from './device.ts'
export type { DeviceCredential, DeviceGroup, DeviceReport, DeviceSetup, DeviceTools } from './device-setup.ts'
export { agree, type EphemeralKey, ephemeralKey, isPoint, isSignedBy, keySlot } from './elliptic.ts'
export {
  decodeExchange,
  decodeExchangeAnswer,
  type ExchangeRequest,
  encodeExchange,
  encodeExchangeAnswer,
  type MailboxOperation,
  type MailboxRequest,
} from './exchange.ts'
export type { DeviceFault, ReaderFault } from './faults.ts'
export {
  interfaceByte,
  keyFromAgreement,
  keyInfo,
  keySalt,
  persistentKey,
  type SessionKeys,
  sessionKeys,
  signatureInput,
  type Transcript,
} from './key-schedule.ts'
export {
  type DirectoryEntry,
  directoryBytes,
  type EntryKind,
  firstReadBytes,
  layOutMailbox,
  type MailboxContent,
  maxMailboxBytes,
  readDirectory,
  readEntries,
} from './mailbox-layout.ts'
export {
  idleReader,
  type ReaderEffect,
  type ReaderEvent,
  type ReaderState,
  readerEntropyBytes,
  stepReader,
} from './reader.ts'
export type {
  Authenticated,
  CredentialClaims,
  ProvenSession,
  ReaderResult,
  ReaderSetup,
  ReaderTools,
  TapLimits,
} from './reader-setup.ts'
export { isAccepted, type ReaderStatus, readerStatus } from './reader-status.ts'
export { runDevice } from './run-device.ts'
export { runReaderTransaction, tapLimits } from './run-reader.ts'
export { openChannel, unseal } from './secure-channel.ts'
export { signaling } from './signaling.ts'
