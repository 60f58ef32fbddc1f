/**
 * The public door of `@edgeward/domain`: the model of a site, schedules, the decision, the audit record. Without the
 * parser of site files, which has a door of its own (`@edgeward/domain/site-file`): a module never loads it.
 */
export {
  type AuditRecord,
  type ClockQuality,
  clockQualities,
  decodeRecord,
  encodeRecord,
  maxRecordBytes,
  type RecordKind,
  recordKinds,
  type TraceEntry,
} from './audit-record/audit-record.ts'
export { decisionIdBytes, decisionIdOf } from './audit-record/decision-id.ts'
export { RecordError, type RecordFault } from './audit-record/record-error.ts'
export { BundleError, type BundleFault } from './bundle/bundle-error.ts'
export { type BundleReferences, compileBundle } from './bundle/compile-bundle.ts'
export { bundleVersion, openBundle } from './bundle/open-bundle.ts'
export type { BinaryOperator, Comparison, Expression, TextFunction } from './context-language/ast.ts'
export { givenNames } from './context-language/ast.ts'
export { type ExpressionResult, parseExpression } from './context-language/parse.ts'
export {
  type Claims,
  claimsFromSite,
  type DirectGrant,
  type HeldRole,
  type Holder,
  personOfCredential,
} from './decision/claims.ts'
export type { Decision } from './decision/decide.ts'
export type { Event, OutcomeName, Position, ShownFactors, TapEvent } from './decision/events.ts'
export { formatEnd, formatInstant } from './decision/instant-text.ts'
export { formatObligation, type Obligation } from './decision/obligation.ts'
export { chargePinTry } from './decision/pin.ts'
export { formatReason, type PlainReasonCode, type Reason, type ReasonCode, weightOf } from './decision/reason.ts'
export {
  type CommandTarget,
  type ContactState,
  type ContextValue,
  contextPlace,
  type DatedValue,
  initialState,
  type State,
  withSurroundings,
} from './decision/state.ts'
export { type Step, step } from './decision/step.ts'
export type { World } from './decision/world.ts'
export {
  closedBecause,
  holds,
  holdsUntil,
  nextOpening,
  type ScheduleBook,
  scheduleBook,
} from './schedule/holds.ts'
export { parseRecurrence, type Recurrence, type RecurrenceResult } from './schedule/recurrence.ts'
export { type DayWindow, scheduleHasWindow, windowsOn } from './schedule/windows.ts'
export { instantToWall, isTimeZone, useProcessZone, type WallTime, wallToInstant } from './schedule/zone.ts'
export type * from './site.ts'
