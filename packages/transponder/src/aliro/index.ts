/** The public door of Aliro: both roles of the expedited standard phase, and how our documents lie in the mailbox. */
export type { DeviceCredential, DeviceGroup, DeviceReport, DeviceSetup, DeviceTools } from './device-setup.ts'
export type { DeviceFault, ReaderFault } from './faults.ts'
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
export type {
  Authenticated,
  CredentialClaims,
  ProvenSession,
  ReaderResult,
  ReaderSetup,
  ReaderTools,
} from './reader-setup.ts'
export { isAccepted, type ReaderStatus, readerStatus } from './reader-status.ts'
export { runDevice } from './run-device.ts'
export { runReaderTransaction } from './run-reader.ts'
