/** What only rises: marks, floors, versions, numbers, counters. */
import type { ModuleNode } from '../module-node.ts'
import type { MakeInvariant } from './invariant.ts'

type Marks = ReadonlyMap<string, bigint>

export const marksNeverFall: MakeInvariant = () => {
  const before = new Map<ModuleNode, { readonly chainEpoch: number; readonly marks: Marks }>()
  return {
    name: 'marks, floors, versions, numbers and counters never fall',
    clause: 'envelope.md §5; threat-model R4, R5, R13; T28, T64',
    stepped(node) {
      const { chainEpoch } = node
      const marks = marksOf(node)
      const last = before.get(node)
      before.set(node, { chainEpoch, marks })
      if (last === undefined) return undefined
      if (chainEpoch < last.chainEpoch) return `the chain epoch fell from ${last.chainEpoch} to ${chainEpoch}`
      // A module that left its site has forgotten everything but the count of its chains.
      if (chainEpoch > last.chainEpoch || node.counter('lastRecord') === 0) return undefined
      for (const [name, value] of last.marks) {
        const now = marks.get(name) ?? 0n
        if (now < value) return `${name} fell from ${value} to ${now}`
      }
      return undefined
    },
  }
}

/** Rows of `meta` that say how things stand: they come and go. */
const switches: ReadonlySet<string> = new Set(['wiping', 'diskFullAt', 'fewRecordsFree'])

/** Versions count before numbers: a new one opens new numbers. */
const perVersion = 2n ** 62n

function marksOf(node: ModuleNode): Marks {
  const { store } = node
  const marks = new Map<string, bigint>()
  for (const { name, value } of store.all('SELECT name, value FROM meta'))
    if (!switches.has(String(name))) marks.set(String(name), BigInt(Number(value)))
  for (const row of store.all('SELECT key_id, type, version, sequence FROM marks'))
    marks.set(`mark ${row.key_id}/${row.type}`, BigInt(Number(row.version)) * perVersion + BigInt(Number(row.sequence)))
  for (const row of store.all('SELECT key_id, type, sequence FROM sent'))
    marks.set(`sent ${row.key_id}/${row.type}`, BigInt(Number(row.sequence)))
  for (const row of store.all('SELECT epoch, version FROM bundle')) {
    marks.set('epoch of the bundle', BigInt(Number(row.epoch)))
    marks.set('version of the bundle', BigInt(Number(row.version)))
  }
  const clock = store.get('SELECT json FROM clock')
  if (clock !== undefined) {
    const { floor = 0, signedAt = 0 } = JSON.parse(String(clock.json)) as { floor?: number; signedAt?: number }
    marks.set('floor', BigInt(floor))
    marks.set('signed time', BigInt(signedAt))
  }
  const { lastContact } = node.durableState()
  if (typeof lastContact === 'number') marks.set('last contact', BigInt(lastContact))
  return marks
}
