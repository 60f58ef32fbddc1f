/** Records: each exactly once at the service, in order, none altered, none missing. */
import { bytesEqual } from '@edgeward/base'
import type { ModuleNode, SeenRecord } from '../module-node.ts'
import type { MakeInvariant } from './invariant.ts'

export const recordsArriveOnce: MakeInvariant = view => {
  const seen = new Map<ModuleNode, Map<number, SeenRecord>>()
  const epochs = new Map<ModuleNode, number>()
  return {
    name: 'no record is lost, doubled, altered or missing unseen',
    clause: 'log.md §5; T59 to T62; T23',
    recorded(node, record) {
      if (epochs.get(node) !== record.chainEpoch) seen.set(node, new Map())
      epochs.set(node, record.chainEpoch)
      const records = seen.get(node) ?? new Map<number, SeenRecord>()
      seen.set(node, records)
      if (record.number !== records.size + 1) return `record ${record.number} follows ${records.size}`
      records.set(record.number, record)
      return undefined
    },
    stepped(node) {
      if (!node.isOn || !node.isCommissioned) return undefined
      const { acknowledged } = node.status().records
      const { shelf } = view.service.peer(node.id)
      return shelf.chainEpoch === node.chainEpoch && acknowledged > shelf.complete
        ? `the module counts ${acknowledged} records as delivered, the service has ${shelf.complete}`
        : undefined
    },
    ended(node) {
      const chainEpoch = epochs.get(node) ?? 0
      const records = seen.get(node) ?? new Map<number, SeenRecord>()
      const here = view.service.peer(node.id).shelf.records(chainEpoch)
      for (const { number, bytes } of records.values()) {
        const arrived = here.get(number)
        if (arrived === undefined) return `record ${number} of ${records.size} never arrived`
        if (!bytesEqual(arrived.bytes, bytes)) return `record ${number} arrived with other bytes`
      }
      return here.size === records.size ? undefined : `${here.size} records arrived of ${records.size}`
    },
  }
}

export const everyPermitHasOutcome: MakeInvariant = () => {
  const permits = new Map<string, string>()
  const outcomes = new Map<string, string[]>()
  return {
    name: 'every permit has one first outcome, and no outcome is without its permit',
    clause: 'domain.md "Outcome of an attempt"; T23',
    recorded(node, { record, chainEpoch }) {
      const name = `${node.id} ${chainEpoch} ${record.decisionId}`
      if (record.decision === 'permit') {
        if (permits.has(name)) return `two permits are called ${record.decisionId}`
        permits.set(name, record.decisionId ?? '')
      }
      if (record.kind !== 'outcome') return undefined
      if (!permits.has(name)) return `the outcome of ${record.decisionId}, which was never permitted`
      const before = outcomes.get(name) ?? []
      outcomes.set(name, [...before, record.outcome ?? ''])
      const isEnd = record.outcome === 'session-ended' || record.outcome === 'unknown'
      return before.length === 0 || (before.length === 1 && before[0] === 'session-started' && isEnd)
        ? undefined
        : `${record.decisionId} has the outcomes ${before} and ${record.outcome}`
    },
  }
}
