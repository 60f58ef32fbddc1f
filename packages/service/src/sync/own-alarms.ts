/** What a module itself says is wrong with it: it stands in its records, which it has signed. */
import { decodeRecord } from '@edgeward/domain'
import type { AuditBatch } from '@edgeward/keystore/seal'

/** Events of a module that somebody has to do something about, and what they mean. threat-model.md §8: alarm at 90 %. */
const meanings: Readonly<Record<string, string>> = {
  'disk-full': 'its disk is full, it permits nothing until there is room',
  'few-records-free': 'nine tenths of its room for records are taken',
}

/** The alarms in a batch that was taken in. */
export function ownAlarms({ records }: Pick<AuditBatch, 'records'>): readonly { code: string; detail: string }[] {
  return records.filter(mayAlarm).flatMap(bytes => {
    const { kind, event = '', at } = decodeRecord(bytes)
    const meaning = Object.hasOwn(meanings, event) ? meanings[event] : undefined
    if (kind !== 'module' || meaning === undefined) return []
    return [{ code: event, detail: `${meaning} (${new Date(at * 1_000).toISOString()})` }]
  })
}

/** Most records need not be read for this. */
function mayAlarm(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Object.keys(meanings).some(event => text.includes(event))
}
