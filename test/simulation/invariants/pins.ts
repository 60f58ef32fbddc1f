/** PINs: none is free, none is wrong and right. */

import type { ModuleNode } from '../module-node.ts'
import { asksForPin, wholeWorks } from '../service/works.ts'
import type { MakeInvariant } from './invariant.ts'

interface PinCount {
  readonly wrong: number
  readonly lockedUntil?: number
}

function pinsOf(node: ModuleNode): Readonly<Record<string, PinCount>> {
  const { pins = {} } = node.durableState() as { readonly pins?: Readonly<Record<string, PinCount>> }
  return pins
}

export const wrongPinDenies: MakeInvariant = () => ({
  name: 'no permit with a wrong PIN, or without one where one is asked for',
  clause: 'threat-model R7; site.md §6.5',
  recorded(_node, { record }, taps) {
    const isAsked = asksForPin.has(`${record.asset}/${record.function}`)
    if (record.decision !== 'permit' || !isAsked || taps.length === 0) return undefined
    if (taps.some(({ pin }) => pin === 'ok' || pin === 'duress')) return undefined
    return `permit ${record.decisionId} at ${record.asset} with the PIN ${taps.map(({ pin }) => pin ?? 'none')}`
  },
})

export const tryIsCharged: MakeInvariant = () => ({
  name: 'a try is on the disk before a PIN is compared',
  clause: 'threat-model R7; T23 "never a free PIN try"',
  comparing(node, taps) {
    const pins = pinsOf(node)
    const candidates = taps.filter(({ pin, credential }) => pin !== undefined && credential !== undefined)
    const isCharged = candidates.some(({ credential = '' }) => {
      const count = pins[credential]
      return count !== undefined && (count.wrong > 0 || count.lockedUntil !== undefined)
    })
    return isCharged ? undefined : 'a PIN is compared, and no try was charged'
  },
})

export const triesAreBounded: MakeInvariant = () => {
  const lockOf = (node: ModuleNode, credential: string): number => pinsOf(node)[credential]?.lockedUntil ?? 0
  const { pinTries, pinLock } = wholeWorks().site
  const counts = new Map<string, { wrong: number; lockedUntil: number }>()
  return {
    name: 'after so many wrong PINs nothing is told of the next one until the lock is over',
    clause: 'threat-model R7, §8; site.md §6.2 step 9',
    recorded(node, { record, credential, chainEpoch }) {
      const { factors, reasons = [], at } = record
      if (factors?.pin === undefined || credential === undefined) return undefined
      const name = `${node.id} ${chainEpoch} ${credential}`
      const count = counts.get(name) ?? { wrong: 0, lockedUntil: 0 }
      counts.set(name, count)
      const isLocked = reasons.some(reason => reason.startsWith('factor-locked'))
      const tells = record.decision === 'permit' || reasons.includes('factor-failed')
      if (at < count.lockedUntil) {
        return tells
          ? `${record.decisionId} tells of a PIN ${count.lockedUntil - at} s before the lock ends`
          : undefined
      }
      // A try that was charged and cut has no record: the module may have locked before.
      if (isLocked || lockOf(node, credential) > at) {
        count.wrong = 0
        return undefined
      }
      count.wrong = factors.pin === 'wrong' ? count.wrong + 1 : 0
      if (count.wrong >= pinTries) Object.assign(count, { wrong: 0, lockedUntil: at + pinLock })
      return undefined
    },
  }
}
