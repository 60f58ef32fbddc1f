/** Orders to actuators: recorded before, given once. */
import type { MakeInvariant } from './invariant.ts'

export const noOutputWithoutRecord: MakeInvariant = () => ({
  name: 'no output without its durable record',
  clause: 'T23; threat-model R4; design "decide, record, move"',
  acted: (node, { decisionId, asset }) =>
    node.hasRecordOf(decisionId) ? undefined : `${asset} moved for ${decisionId}, of which the disk knows no permit`,
  tapped: (node, _tap, { decision, decisionId }) =>
    decision === 'permit' && !node.hasRecordOf(decisionId)
      ? `the display says permit ${decisionId}, the disk knows of none`
      : undefined,
})

export const actsOnce: MakeInvariant = () => {
  const orders = new Set<string>()
  const commands = new Set<string>()
  return {
    name: 'no order and no command acts twice',
    clause: 'T23, T28; envelope.md §5 "acts once"',
    acted(node, { decisionId }) {
      const name = `${node.id} ${decisionId}`
      if (orders.has(name)) return `${decisionId} was given to the actuator a second time`
      orders.add(name)
      return undefined
    },
    recorded(node, { record, chainEpoch }) {
      if (record.event !== 'command-done' || record.detail?.id === undefined) return undefined
      const name = `${node.id} ${chainEpoch} ${record.detail.id}`
      if (commands.has(name)) return `command ${record.detail.id} took effect a second time`
      commands.add(name)
      return undefined
    },
  }
}
