/** Who is out stays out; what is shut stays shut. Held against what the module has acknowledged, by ground truth alone. */
import type { SeenRecord } from '../module-node.ts'
import { wholeWorks } from '../service/works.ts'
import type { MakeInvariant } from './invariant.ts'

const isPermit = ({ record }: SeenRecord): boolean => record.decision === 'permit'
const isEmergency = ({ record }: SeenRecord): boolean => record.reasons?.[0] === 'permitted-emergency'

export const revokedStaysOut: MakeInvariant = view => ({
  name: 'no permit for a credential whose revocation or suspension was acknowledged',
  clause: 'design "when a change is in force"; T13; domain.md revocation',
  recorded(node, seen) {
    if (!isPermit(seen) || isEmergency(seen) || seen.credential === undefined) return undefined
    const known = view.known(node)
    if (known.revoked.has(seen.credential)) return `permit ${seen.record.decisionId} for a revoked credential`
    const until = known.suspended.get(seen.credential)
    if (until !== undefined && seen.record.at < until)
      return `permit ${seen.record.decisionId} for a suspended credential`
    return undefined
  },
})

export const lockdownHolds: MakeInvariant = view => ({
  name: 'no permit in a lockdown that was acknowledged and is neither over nor lifted',
  clause: 'site.md §6.2 step 4; threat-model R10; T29',
  recorded(node, seen) {
    const { record } = seen
    if (!isPermit(seen) || isEmergency(seen) || record.reasons?.[0] === 'permitted-override') return undefined
    const alarm = view
      .known(node)
      .alarms.find(each => each.verb === 'lockdown' && covers(each.on, record.asset ?? '') && record.at < each.notAfter)
    return alarm && `permit ${record.decisionId} at ${record.asset} in the lockdown of ${alarm.on}`
  },
})

export const wayOutOpens: MakeInvariant = view => ({
  name: 'an acknowledged evacuation opens every fail-safe door to everybody',
  clause: 'threat-model R10; site.md §6.2 step 2',
  tapped(node, tap, display, isTorn) {
    const { asset } = tap.place
    if (isTorn || !tap.isHonest || tap.place.function !== 'open') return undefined
    if (wholeWorks().assets[asset]?.failSafe !== true || display.decision === 'permit') return undefined
    const known = view.known(node)
    const latest = view.now() + known.mostLead
    const alarm = known.alarms.find(
      ({ verb, on, notAfter }) => verb === 'evacuation' && covers(on, asset) && latest < notAfter,
    )
    return alarm && `${asset} stayed shut in the evacuation of ${alarm.on}: ${display.text}`
  },
})

function covers(on: string, asset: string): boolean {
  const target: unknown = JSON.parse(on)
  if (target === 'site') return true
  if (typeof target === 'string') return target === asset
  const { asset: one, area } = target as { asset?: string; area?: string }
  return one === asset || (area !== undefined && wholeWorks().assets[asset]?.in === area)
}

export const onlyGenuine: MakeInvariant = () => ({
  name: 'only whoever shows a genuine document of his own, for this key group, gets in',
  clause: 'threat-model R1, R2; T01 to T03, T12',
  recorded(_node, seen, taps) {
    if (!isPermit(seen) || isEmergency(seen)) return undefined
    if (taps.length === 0) return `permit ${seen.record.decisionId}, for which nobody asked`
    return taps.some(({ document, phone }) => document?.isGenuine === true && document.owner === phone)
      ? undefined
      : `permit ${seen.record.decisionId} for a document that is not genuine or not of this phone`
  },
})

export const documentEnds: MakeInvariant = view => ({
  name: 'no permit behind the end of a document, nor before its beginning, by true time less what R5 allows',
  clause: 'threat-model R5; T64, T65',
  recorded(node, seen, taps) {
    if (!isPermit(seen) || isEmergency(seen)) return undefined
    const known = view.known(node)
    const least = Math.max(view.stepStart() - known.mostLag, known.floor)
    const most = view.now() + known.mostLead
    const isGood = taps.some(
      ({ document }) => document !== undefined && document.notAfter > least && document.notBefore <= most,
    )
    if (isGood || taps.length === 0) return undefined
    const ends = taps.map(({ document }) => `${document?.notBefore} to ${document?.notAfter}`)
    return `permit ${seen.record.decisionId} with a document of ${ends}, it is ${view.now()}, believed ${seen.record.at}`
  },
})

export const autonomyEnds: MakeInvariant = view => ({
  name: 'no permit behind the autonomy',
  clause: 'site.md §6.2 step 4, §7 contact; threat-model R6',
  recorded(node, seen) {
    if (!isPermit(seen) || isEmergency(seen)) return undefined
    const known = view.known(node)
    const site = wholeWorks()
    const asset = site.assets[seen.record.asset ?? '']
    if (asset === undefined) return undefined
    const limits = [site.modules[node.id]?.autonomy, asset.autonomy, site.criticality[asset.criticality].autonomy]
    const least = Math.min(...limits.filter(limit => limit !== undefined))
    const since = view.stepStart() - known.mostLag - known.newestContact
    return since > least ? `permit ${seen.record.decisionId} ${since} s after the last contact` : undefined
  },
})

export const clockRules: MakeInvariant = view => ({
  name: "the module's time stays within what R5 allows, and never below the floor",
  clause: 'threat-model R5; T64, T65',
  stepped(node) {
    if (!node.isOn || !node.isCommissioned) return undefined
    const at = Date.parse(node.status().clock.now) / 1_000
    const known = view.known(node)
    if (at < known.floor) return `it believes ${at}, the floor is ${known.floor}`
    const [lag, lead] = [view.now() - at, at - view.now()]
    if (lag > known.mostLag) return `its time lags ${lag} s, at most ${known.mostLag} are allowed`
    return lead > known.mostLead ? `its time leads by ${lead} s, at most ${known.mostLead} are allowed` : undefined
  },
})
