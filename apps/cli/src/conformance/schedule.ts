import { readFile } from 'node:fs/promises'
import {
  closedBecause,
  formatEnd,
  holds,
  holdsUntil,
  nextOpening,
  type ScheduleBook,
  scheduleBook,
} from '@edgeward/domain'
import { parseSiteFile } from '@edgeward/domain/site-file'
import type { Suite, Verdict } from './suite.ts'

interface ScheduleCase {
  readonly name: string
  readonly schedule: string | readonly string[]
  readonly at: string
  readonly expect: Readonly<Record<string, unknown>>
}

interface ScheduleFile {
  readonly format: string
  readonly timeZone: string
  readonly calendars: unknown
  readonly schedules: unknown
  readonly cases: readonly ScheduleCase[]
}

/** Suite `schedule`: format `edgeward-schedule-1`, see vectors/schedule/README.md. */
export const schedule: Suite = async file => {
  const vectors = JSON.parse(await readFile(file, 'utf8')) as ScheduleFile
  const unknown = [
    ...unknownMembers(vectors, fileMembers),
    ...vectors.cases.flatMap(item => unknownMembers(item, caseMembers)),
  ]
  if (vectors.format !== 'edgeward-schedule-1')
    return { verdicts: [{ name: file, ok: false, detail: `unknown format ${vectors.format}` }], leftOut: 0 }
  if (unknown.length > 0)
    return { verdicts: [{ name: file, ok: false, detail: `unknown members: ${unknown.join(', ')}` }], leftOut: 0 }
  const book = bookOf(vectors, file)
  return { verdicts: vectors.cases.map(item => judge(book, item)), leftOut: 0 }
}

const fileMembers = ['format', 'about', 'timeZone', 'calendars', 'schedules', 'cases']
const caseMembers = ['name', 'schedule', 'at', 'expect']

const unknownMembers = (value: object, known: readonly string[]): readonly string[] =>
  Object.keys(value).filter(key => !known.includes(key))

/** The schedules of a file, read as those of a site file. */
function bookOf({ timeZone, calendars, schedules }: ScheduleFile, file: string): ScheduleBook {
  const text = JSON.stringify({ edgeward: 1, site: { id: 'vectors', timeZone }, calendars, schedules })
  const { site, diagnostics } = parseSiteFile(text, file)
  if (site === undefined)
    throw new Error(`${file}: ${diagnostics.map(({ code, message }) => `${code}: ${message}`).join('; ')}`)
  return scheduleBook(site)
}

function judge(book: ScheduleBook, { name, schedule: named, at, expect }: ScheduleCase): Verdict {
  const came = answer(book, typeof named === 'string' ? [named] : named, Date.parse(at) / 1000)
  const members = new Set([...Object.keys(expect), ...Object.keys(came)])
  const different = [...members].filter(member => expect[member] !== came[member])
  if (different.length === 0) return { name, ok: true }
  return {
    name,
    ok: false,
    detail: different
      .map(member => `${member}: expected ${String(expect[member])}, came ${String(came[member])}`)
      .join('; '),
  }
}

function answer(book: ScheduleBook, ids: readonly string[], at: number): Readonly<Record<string, unknown>> {
  if (holds(book, ids, at)) return { holds: true, until: formatEnd(holdsUntil(book, ids, at)) }
  return { holds: false, reason: closedBecause(book, ids, at), next: formatEnd(nextOpening(book, ids, at)) }
}
