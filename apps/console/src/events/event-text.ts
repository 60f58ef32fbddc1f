/** What an event says, in words: the cells of the list, and the sentence that is spoken and stands on the card. */
import type { EventRow } from '@edgeward/service/api'
import { type ReasonText, reasonText, type TellTime } from '../reasons.ts'
import { withSiteTimes } from '../site-time.ts'
import { eventWords, outcomeWords, words } from '../words.ts'

/** `set-recipe` as people read it: "set recipe". */
export const functionName = (id: string): string => id.replaceAll('-', ' ')

/** Who tapped or acted. A holder whom nobody knows, or whose name was erased, is said to be just that. */
export function whoText({ person, actor, kind, credential }: EventRow): string {
  if (kind !== 'decision') return actorText(actor)
  if (person) return person.name
  return credential ?? words.events.unknownHolder
}

/** What was asked, or what happened. */
export function whatText({ kind, function: name, side, event }: EventRow): string {
  if (kind !== 'decision') return eventWords[event ?? ''] ?? functionName(event ?? kind)
  const asked = functionName(name ?? 'open')
  return side === 'out' ? words.events.wayOut(asked) : asked
}

/** Who changed something. `local:<uid>` is whoever works on the machine itself. */
function actorText(actor: string | null): string {
  if (actor === null) return words.events.byItself
  return actor.startsWith('local:') ? words.events.localOperator(actor) : actor
}

/** Where: the asset; of a change whom it concerns; else the module. */
export function whereText({ asset, module, kind, person }: EventRow): string {
  return asset?.name ?? (kind === 'decision' ? module : (person?.name ?? module))
}

/** All reasons of an event as sentences, nearest miss first. A code without words here has those of the service. */
export function reasonTexts({ reasons }: EventRow, tell: TellTime): readonly ReasonText[] {
  return reasons.map(({ code, parameter, text }) => {
    const told = reasonText(parameter === null ? code : `${code}(${parameter})`, tell)
    return told.known ? told : { ...told, sentence: text }
  })
}

/** Why, in one sentence: the rule that permitted, or the nearest miss. */
export function whyText(event: EventRow, tell: TellTime): string {
  if (event.kind !== 'decision') return detailText(event.detail, tell)
  if (event.decision === 'permit') return event.by === null ? permitted(event, tell) : words.events.byRule(event.by)
  return reasonTexts(event, tell)[0]?.sentence ?? ''
}

const permitted = (event: EventRow, tell: TellTime): string => reasonTexts(event, tell)[0]?.sentence ?? ''

const detailText = (detail: Readonly<Record<string, string>>, tell: TellTime): string =>
  Object.entries(detail)
    .map(([name, value]) => `${functionName(name)}: ${withSiteTimes(value, tell)}`)
    .join(', ')

/** What was decided, as one sentence: "Ada Loosli was permitted to operate Reactor 2 by rule operator-12." */
export function decisionSentence(event: EventRow): string {
  const who = whoText(event)
  const what = functionName(event.function ?? 'open')
  const deed = words.events.deed({ what, where: whereText(event), out: event.side === 'out' })
  return event.decision === 'permit'
    ? words.events.permitted({ who, deed, rule: event.by })
    : words.events.denied({ who, deed })
}

/** The whole event: what was decided, and of a denial the nearest miss. */
export function eventSentence(event: EventRow, tell: TellTime): string {
  if (event.kind !== 'decision') {
    return words.events.happened({ who: whoText(event), what: whatText(event), where: whereText(event) })
  }
  const sentence = decisionSentence(event)
  return event.decision === 'deny' ? `${sentence} ${whyText(event, tell)}` : sentence
}

export const outcomeText = (outcome: string): string => outcomeWords[outcome] ?? functionName(outcome)

/** What a screen reader hears about a batch of rows: how many, how many denied, and the latest as a sentence. */
export function batchSentence(batch: readonly EventRow[], tell: TellTime): string {
  const latest = batch[0]
  if (!latest) return ''
  const sentence = eventSentence(latest, tell)
  if (batch.length === 1) return sentence
  return words.events.batch({
    count: batch.length,
    denied: batch.filter(({ decision }) => decision === 'deny').length,
    latest: sentence,
  })
}
