/** What the records say of the room that there is for them: on the disk, and for such as nobody has acknowledged. */
import type { EventRecorder } from '../belonging-module.ts'
import type { Database } from '../store/database.ts'
import type { DiskGuard } from '../store/disk-guard.ts'
import { counter, setCounter } from '../store/meta.ts'
import { recordCapacity } from '../store/records.ts'

/** threat-model.md §8: alarm at 90 %. */
const alarmAt = 0.9 * recordCapacity
/** Well below it, so that it is not said again and again. */
const calmAt = 0.8 * recordCapacity

/** Records what has changed since it was last said. True: something has. In the queue of decisions. */
export function tellRoom(db: DiskGuard, recordEvent: EventRecorder): boolean {
  const disk = tellDisk(db, recordEvent)
  return tellRecords(db, recordEvent) || disk
}

/** Whether the records say that there is little room for more of them. */
export function hasFewFree(db: Database): boolean {
  return counter(db, 'fewRecordsFree') === 1
}

function tellDisk(db: DiskGuard, recordEvent: EventRecorder): boolean {
  const isFull = db.state === 'full'
  if (isFull === counter(db, 'diskFullAt') > 0) return false
  const at = isFull ? counter(db, 'lastRecord') + 1 : 0
  recordEvent('module', isFull ? 'disk-full' : 'disk-recovered', {}, () => setCounter(db, 'diskFullAt', at))
  return true
}

function tellRecords(db: Database, recordEvent: EventRecorder): boolean {
  const waiting = counter(db, 'lastRecord') - counter(db, 'lastAcknowledged')
  const isFew = waiting >= alarmAt || (hasFewFree(db) && waiting > calmAt)
  if (isFew === hasFewFree(db)) return false
  const event = isFew ? 'few-records-free' : 'records-free-again'
  recordEvent('module', event, { waiting: String(waiting) }, () => setCounter(db, 'fewRecordsFree', isFew ? 1 : 0))
  return true
}
