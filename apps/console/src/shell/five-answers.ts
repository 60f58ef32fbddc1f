/**
 * The five questions that a status must answer first, each with the answer of this moment. The strip on every page
 * and the cards of the overview say the same.
 */
import type { Status } from '@edgeward/service/api'
import type { Tone } from '../parts/tone.ts'
import { durationText } from '../site-time.ts'
import { answerWords } from '../words.ts'

export type AnswerId = 'rights' | 'blocked' | 'in-force' | 'without-service' | 'hsm'

export interface Answer {
  readonly id: AnswerId
  readonly question: string
  /** A few words, for the strip. */
  readonly short: string
  /** A sentence or two. */
  readonly long: string
  readonly tone: Tone
}

/** The answers in their fixed order. */
export function fiveAnswers(status: Status): readonly Answer[] {
  return [rights(status), blocked(status), inForce(status), withoutService(status), hsm(status)]
}

function rights({ counts, siteVersion }: Status): Answer {
  const w = answerWords.rights
  if (siteVersion === null) return { id: 'rights', question: w.question, short: w.none, long: w.noneLong, tone: 'warn' }
  return {
    id: 'rights',
    question: w.question,
    short: w.short(counts.rules),
    long: w.long({
      people: counts.people,
      robots: counts.robots,
      assets: counts.assets,
      rules: counts.rules,
      version: siteVersion,
    }),
    tone: 'neutral',
  }
}

function blocked({ blocks }: Status): Answer {
  const w = answerWords.blocked
  const { revoked, suspended } = blocks
  const nobody = revoked + suspended === 0
  return {
    id: 'blocked',
    question: w.question,
    short: nobody ? w.nobody : w.short(revoked + suspended),
    long: nobody ? w.nobodyLong : w.long({ revoked, suspended }),
    tone: 'neutral',
  }
}

function inForce({ blocks, modules }: Status): Answer {
  const w = answerWords.inForce
  const base = { id: 'in-force', question: w.question } as const
  if (blocks.inForceEverywhere) return { ...base, short: w.yes, long: w.yesLong(modules.total), tone: 'good' }
  return {
    ...base,
    short: w.no(blocks.waiting.length),
    long: w.noLong({ waiting: blocks.waiting, total: modules.total }),
    tone: 'bad',
  }
}

function withoutService({ withoutService: { leastAutonomySeconds, sentence } }: Status): Answer {
  const w = answerWords.withoutService
  return {
    id: 'without-service',
    question: w.question,
    short: leastAutonomySeconds === null ? w.noModules : w.short(durationText(leastAutonomySeconds * 1000)),
    long: sentence,
    tone: leastAutonomySeconds === null ? 'warn' : 'good',
  }
}

function hsm({ keys }: Status): Answer {
  const w = answerWords.hsm
  return {
    id: 'hsm',
    question: w.question,
    short: keys.isHsm ? w.yes : w.no,
    long: keys.sentence,
    tone: keys.isHsm ? 'good' : 'warn',
  }
}
