/** `@edgeward/service/api`: the public contract of the service. Schemas, types and pure functions; runs in a browser. */
export { ErrorAnswer, type ErrorCode, errorCodes } from './error-answer.ts'
export {
  DecisionCard,
  type EventKind,
  EventRow,
  Events,
  type EventsQuery,
  eventKinds,
  type LaterChange,
  maxPageRows,
  type Reason,
  type RuleThen,
} from './events.ts'
export type {
  Challenge,
  ChallengeRequest,
  Commissioned,
  CommissioningOrder,
  CommissionRequest,
  Documents,
  DocumentsRequest,
  Enrolled,
  EnrolRequest,
  Invitation,
  PinRequest,
  PinSet,
  WalletDocument,
} from './issuing.ts'
export type { Mark, Matrix, MatrixCell, MatrixColumn, MatrixRole, MatrixRule } from './matrix.ts'
export type { Effect, Gap, ModuleHealth, Modules } from './modules.ts'
export {
  type AnyOperation,
  ApiError,
  type ApiFault,
  answerOf,
  type HttpRequest,
  type InputOf,
  type Operation,
  type OutputOf,
  type Principal,
  requestOf,
} from './operation.ts'
export { type None, type Operations, operations } from './operations.ts'
export type {
  AssetRow,
  Assets,
  CredentialInfo,
  CredentialState,
  Credentials,
  People,
  PersonDetail,
  PersonRow,
  RuleFor,
} from './people.ts'
export type { BlockAtModule, Revocation, RevokeRequest } from './revocations.ts'
export {
  backgroundHeader,
  type ClaimRequest,
  csrfHeader,
  type LogInLink,
  type LogInRequest,
  type SessionState,
  type SignedIn,
  type SignedOut,
} from './session.ts'
export type {
  Applied,
  ApplyRequest,
  Diagnostic,
  ModuleVersion,
  SiteChange,
  SiteCheck,
  SiteDiff,
  SiteExport,
  SiteText,
  SiteVersion,
  SiteVersions,
} from './site.ts'
export { maxSiteFileBytes } from './site.ts'
export type { Status } from './status.ts'
export { type Done, maxNameCharacters, type Named } from './values.ts'
