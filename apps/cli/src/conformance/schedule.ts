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

/** A schedule as in a site file, with the members that are looked at here. */
interface ScheduleJson {
  readonly valid?: { readonly from?: string; readonly to?: string }
  readonly exceptions?: readonly unknown[]
}

interface ScheduleFile {
  readonly format: string
  readonly timeZone: string
  readonly calendars: unknown
  readonly schedules: Readonly<Record<string, ScheduleJson>>
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

/**
 * The schedules of a file, read as those of a site file. A vector may name them as it likes, and may have one that never
 * holds, which a site file forbids (`schedule-never`): so each is read under a number, with a window on one far day and
 * without `valid`, which are set right in the model.
 */
function bookOf({ timeZone, calendars, schedules }: ScheduleFile, file: string): ScheduleBook {
  const entries = Object.entries(schedules)
  const numbered = entries.map(([, { valid: _, ...rest }], index) => [
    `schedule-${index}`,
    { ...rest, exceptions: [...(rest.exceptions ?? []), { date: farDay, windows: [{ from: '00:00', to: '24:00' }] }] },
  ])
  const header = { edgeward: 1, site: { id: 'vectors', timeZone }, calendars }
  const { site, diagnostics } = parseSiteFile(
    JSON.stringify({ ...header, schedules: Object.fromEntries(numbered) }),
    file,
  )
  if (site === undefined)
    throw new Error(`${file}: ${diagnostics.map(({ code, message }) => `${code}: ${message}`).join('; ')}`)
  const book = scheduleBook(site)
  return {
    ...book,
    schedules: Object.fromEntries(entries.map(([id, { valid }], index) => [id, restored(book, index, valid)])),
  }
}

const farDay = '2099-12-31'

function restored(book: ScheduleBook, index: number, valid: ScheduleJson['valid']): ScheduleBook['schedules'][string] {
  const read = book.schedules[`schedule-${index}`]
  if (read === undefined) throw new Error(`schedule ${index} was not read`)
  return { ...read, exceptions: read.exceptions.filter(({ from }) => from !== farDay), ...(valid && { valid }) }
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
