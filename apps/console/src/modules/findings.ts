/** What is wrong with a module and what to do about it, worst first. Pure. */
import type { Effect, ModuleHealth } from '@edgeward/service/api'
import type { Tone } from '../parts/tone.ts'
import { durationText } from '../site-time.ts'
import { findingWords } from '../words.ts'

export interface Finding {
  readonly tone: Extract<Tone, 'bad' | 'warn'>
  readonly what: string
  /** What to do. */
  readonly advice: string
}

/** The service compares a module's clock at every report; beyond this somebody should look. */
const clockOffsetLimitMs = 5_000
/** Records that still fit before a module would have to stop. */
const roomLimit = 1_000
const certificateNoticeMs = 2 * 86_400_000

interface Context {
  /** Milliseconds since 1970 by the site's clock. */
  readonly now: number
  readonly tell: (instant: string) => string
}

/** Findings of one module; none: all is well. */
export function findingsOf(module: ModuleHealth, context: Context): readonly Finding[] {
  if (module.commissionedAt === null) return [bad(findingWords.notCommissioned)]
  const found = [
    ...alarms(module),
    ...gaps(module),
    ...link(module, context),
    ...effects(module),
    ...clock(module),
    ...refused(module, context),
    ...room(module),
    ...certificate(module, context),
  ]
  return found.toSorted((a, b) => weight(a) - weight(b))
}

interface FindingText {
  readonly what: string
  readonly advice: string
}

const bad = (text: FindingText): Finding => ({ tone: 'bad', ...text })
const warn = (text: FindingText): Finding => ({ tone: 'warn', ...text })
const weight = ({ tone }: Finding): number => (tone === 'bad' ? 0 : 1)

function alarms({ alarms }: ModuleHealth): readonly Finding[] {
  return alarms.map(({ code, detail }) => bad(findingWords.alarm(code, detail)))
}

function gaps({ records }: ModuleHealth): readonly Finding[] {
  return records.gaps.map(({ first, last }) => bad(findingWords.gap(first, last)))
}

function link({ link, lastContact, autonomySeconds }: ModuleHealth, { now, tell }: Context): readonly Finding[] {
  if (link === 'connected') return []
  if (lastContact === null) return [bad(findingWords.neverHeard)]
  const silentMs = now - Date.parse(lastContact)
  const autonomyMs = autonomySeconds * 1000
  if (silentMs > autonomyMs) return [bad(findingWords.autonomyOver(tell(lastContact)))]
  return [warn(findingWords.away(tell(lastContact), durationText(autonomyMs - silentMs)))]
}

function effects({ bundle, revocations, keys }: ModuleHealth): readonly Finding[] {
  const lags = ({ desired, effective }: Effect): boolean => effective < desired
  return [
    ...(lags(revocations) ? [bad(findingWords.revocationsLag(revocations.effective, revocations.desired))] : []),
    ...(lags(bundle) ? [warn(findingWords.bundleLags(bundle.effective, bundle.desired))] : []),
    ...(lags(keys) ? [warn(findingWords.keysLag(keys.effective, keys.desired))] : []),
  ]
}

function clock({ clock }: ModuleHealth): readonly Finding[] {
  if (clock === null) return []
  const offset = Math.abs(clock.offsetMs)
  return [
    ...(clock.quality === 'untrusted' ? [bad(findingWords.clockUntrusted)] : []),
    ...(clock.quality === 'floor-only' || clock.quality === 'drifting' ? [warn(findingWords.clockWeak)] : []),
    ...(offset > clockOffsetLimitMs ? [warn(findingWords.clockOff(durationText(offset)))] : []),
  ]
}

function refused({ refused }: ModuleHealth, { tell }: Context): readonly Finding[] {
  if (refused.total === 0) return []
  const last = refused.lastAt === null ? '' : tell(refused.lastAt)
  return [warn(findingWords.refused(refused.total, Object.keys(refused.reasons), last))]
}

function room({ records: { free } }: ModuleHealth): readonly Finding[] {
  return free !== null && free < roomLimit ? [warn(findingWords.room(free))] : []
}

function certificate({ readerCertificateUntil }: ModuleHealth, { now, tell }: Context): readonly Finding[] {
  if (readerCertificateUntil === null) return []
  const left = Date.parse(readerCertificateUntil) - now
  if (left <= 0) return [bad(findingWords.certificateOver(tell(readerCertificateUntil)))]
  return left < certificateNoticeMs ? [warn(findingWords.certificateEnds(tell(readerCertificateUntil)))] : []
}

export interface Examined {
  readonly module: ModuleHealth
  readonly findings: readonly Finding[]
  readonly tone: Extract<Tone, 'good' | 'bad' | 'warn'>
}

/** All modules with their findings, the worst first, else in the order of the site file. */
export function worstFirst(modules: readonly ModuleHealth[], context: Context): readonly Examined[] {
  const rank = { bad: 0, warn: 1, good: 2 } as const
  return modules
    .map(module => {
      const findings = findingsOf(module, context)
      return { module, findings, tone: findings[0]?.tone ?? 'good' } as const
    })
    .toSorted((a, b) => rank[a.tone] - rank[b.tone])
}
