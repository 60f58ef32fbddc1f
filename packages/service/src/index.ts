/** The public door of `@edgeward/service`: starts the trusted service. */
export type { LogStream } from './log.ts'
export { type Service, type ServiceOptions, startService } from './service.ts'
export { ServiceError, type ServiceFault } from './service-error.ts'
export type { Timers } from './timers.ts'
