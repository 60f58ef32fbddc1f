/** What the card lists below its sentence: names and values, and nothing for what is not known. */
import type { DecisionCard, EventRow } from '@edgeward/service/api'
import { functionName } from '../events/event-text.ts'
import type { Fact } from '../parts/facts.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import type { TimeForm } from '../site-time.ts'
import { clockQualityWords, factorNames, factorStates, words } from '../words.ts'
import styles from './decision-card.module.css'

/** Leaves out what has no value. */
const known = (facts: readonly (readonly [name: string, value: React.ReactNode | null])[]): readonly Fact[] =>
  facts.filter(([, value]) => value !== null && value !== '')

export function presentedFacts({ event, withPerson, position }: DecisionCard): readonly Fact[] {
  const w = words.card
  return known([
    [w.credential, event.credential === null ? null : <code key="credential">{event.credential}</code>],
    ...Object.entries(event.factors).map(
      ([factor, state]) =>
        [
          factorNames[factor] ?? functionName(factor),
          <StateMark key={factor} tone={state === 'ok' ? 'good' : state === 'wrong' ? 'bad' : 'neutral'} plain>
            {factorStates[state] ?? state}
          </StateMark>,
        ] as const,
    ),
    [w.secondPerson, withPerson?.name ?? null],
    [w.side, event.side === null || event.function !== 'open' ? null : w.sides[event.side]],
    [w.position, position],
  ])
}

export function versionFacts({ versions }: DecisionCard): readonly Fact[] {
  const w = words.card
  const number = (value: number | null): string | null => (value === null ? null : String(value))
  return known([
    [w.site, number(versions.site)],
    [w.siteDigest, versions.siteDigest === null ? null : <Hex key="digest" value={versions.siteDigest} />],
    [w.bundle, number(versions.bundle)],
    [w.revocations, number(versions.revocations)],
    [w.epoch, number(versions.epoch)],
    [w.documentEpoch, number(versions.documentEpoch)],
  ])
}

export function chainFacts(
  { event, record }: DecisionCard,
  tell: (instant: string, form?: TimeForm) => string,
): readonly Fact[] {
  const w = words.card
  return known([
    [w.module, record.module.name],
    [w.clock, clockText(event)],
    [w.received, tell(event.receivedAt)],
    [w.record, w.recordNumber({ number: record.number, epoch: record.chainEpoch })],
    [
      w.signature,
      <StateMark key="signature" tone={record.signedByModule ? 'good' : 'warn'} plain>
        {record.signedByModule ? w.signed : w.unsigned}
      </StateMark>,
    ],
    [w.digest, <Hex key="digest" value={record.digest} />],
    [w.head, <Hex key="head" value={record.head} />],
  ])
}

function clockText({ clockQuality, simulated }: EventRow): React.ReactNode {
  const quality = clockQualityWords[clockQuality] ?? clockQuality
  const tone = clockQuality === 'synchronised' ? 'good' : clockQuality === 'untrusted' ? 'bad' : 'warn'
  return (
    <StateMark tone={tone} plain>
      {simulated ? words.simulatedQuality(quality) : quality}
    </StateMark>
  )
}

/** Bytes in groups, so that two people can compare them aloud. */
function Hex({ value }: { readonly value: string }) {
  return <code className={styles.hex}>{value.replaceAll(/(.{8})/g, '$1 ').trim()}</code>
}
