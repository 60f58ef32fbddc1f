/** Records of what is no tap: configuration, clock, the module itself. One stable word and its particulars. */
import type { AuditRecord, RecordKind } from '@edgeward/domain'
import type { ClockReading } from '../clock/module-clock.ts'

export interface EventOptions {
  readonly kind: Extract<RecordKind, 'configuration' | 'clock' | 'module'>
  readonly now: Pick<ClockReading, 'at' | 'quality'>
  readonly simulated: boolean
  readonly event: string
  readonly detail?: Readonly<Record<string, string>>
}

export function eventRecord({ kind, now, simulated, event, detail }: EventOptions): AuditRecord {
  return {
    kind,
    at: now.at,
    clockQuality: now.quality,
    simulated,
    event,
    ...(detail === undefined ? {} : { detail }),
  }
}
