/** The public door of `@edgeward/module`. What a module needs of the world stands in `@edgeward/module/ports`. */
export { type ClockReading, ModuleClock, type ModuleClockOptions } from './clock/module-clock.ts'
export type { CommissioningRequest } from './commissioning/commissioning.ts'
export { type ControlServer, openControlSocket } from './control/control-server.ts'
export { productionVerbs } from './control/production-verbs.ts'
export {
  type ControlHandler,
  type ControlReply,
  type ControlRequest,
  ControlVerbs,
  oneOf,
  optionalTextOf,
  textOf,
} from './control/verbs.ts'
export { ModuleError, type ModuleFault } from './errors.ts'
export type { Log } from './log.ts'
export { createModule, type ModuleOptions, type SecurityModule } from './module.ts'
export type { ReaderPlace } from './policy/readers.ts'
export { type ModuleStatus, shownQuality } from './status.ts'
export { copyStore } from './store/copy-store.ts'
export type { Database, Row, SqlValue } from './store/database.ts'
export { openLibsql } from './store/libsql.ts'
export { makeRoomToStart, type Reserve } from './store/reserve.ts'
export { MqttLink } from './sync/mqtt-link.ts'
export type { TapCarrier, TapResult } from './tap/tap-desk.ts'
export type { Timers } from './timers.ts'
