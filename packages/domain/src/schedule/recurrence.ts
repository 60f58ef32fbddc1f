import { daysInMonth, weekdays } from './local-date.ts'

/** A parsed RRULE on dates, without its start. RFC 5545 §3.3.10, the subset of site.md §5. */
export interface Recurrence {
  readonly frequency: 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'
  readonly interval: number
  readonly byDay?: readonly WeekdayRule[]
  readonly byMonthDay?: readonly number[]
  readonly byMonth?: readonly number[]
  readonly bySetPosition?: readonly number[]
  readonly count?: number
  /** `YYYY-MM-DD`, inclusive. */
  readonly until?: string
  /** 0 Monday to 6 Sunday. */
  readonly weekStart: number
}

export interface WeekdayRule {
  /** 0 Monday to 6 Sunday. */
  readonly weekday: number
  /** The n-th of its month or year, negative from the end; undefined: each. */
  readonly ordinal?: number
}

export type RecurrenceResult =
  | { readonly ok: true; readonly recurrence: Recurrence }
  | { readonly ok: false; readonly code: 'rrule-invalid' | 'rrule-unsupported'; readonly message: string }

/** Reads an RRULE. `rrule-unsupported`: a part or frequency outside our subset; `rrule-invalid`: anything else wrong. */
export function parseRecurrence(rule: string): RecurrenceResult {
  try {
    return { ok: true, recurrence: recurrenceOf(partsOf(rule)) }
  } catch (error) {
    if (error instanceof RuleFault) return { ok: false, code: error.code, message: error.message }
    throw error
  }
}

class RuleFault extends Error {
  readonly code: 'rrule-invalid' | 'rrule-unsupported'
  constructor(code: 'rrule-invalid' | 'rrule-unsupported', message: string) {
    super(message)
    this.code = code
  }
}

const supportedParts = ['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'BYMONTH', 'BYSETPOS', 'COUNT', 'UNTIL', 'WKST']
const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
const unsupportedFrequencies = ['SECONDLY', 'MINUTELY', 'HOURLY']
const weekdayNames = weekdays.map(day => day.slice(0, 2).toUpperCase())

/** More than any period between 0001 and 9999 has days. */
const maxNumber = 9_999_999
const maxOrdinal = 53
const maxSetPosition = 366
/** Longer than every value of every part together. */
const maxRuleLength = 4096

function partsOf(rule: string): ReadonlyMap<string, string> {
  if (rule.length > maxRuleLength)
    throw new RuleFault('rrule-invalid', `a rule has at most ${maxRuleLength} characters`)
  const parts = new Map<string, string>()
  for (const part of rule.split(';')) {
    const [name, value, ...more] = part.split('=')
    if (name === undefined || value === undefined || more.length > 0 || !/^[A-Z-]+$/.test(name)) {
      throw new RuleFault('rrule-invalid', `write NAME=VALUE parts with ';' between them, not '${part}'`)
    }
    if (!supportedParts.includes(name))
      throw new RuleFault('rrule-unsupported', `${name} is not one of ${supportedParts.join(', ')}`)
    if (parts.has(name)) throw new RuleFault('rrule-invalid', `${name} stands twice`)
    parts.set(name, value)
  }
  return parts
}

function recurrenceOf(parts: ReadonlyMap<string, string>): Recurrence {
  const frequency = frequencyOf(parts.get('FREQ'))
  if (parts.has('COUNT') && parts.has('UNTIL')) throw new RuleFault('rrule-invalid', 'write COUNT or UNTIL, not both')
  const ordinals = frequency === 'MONTHLY' || frequency === 'YEARLY'
  return {
    frequency,
    interval: parts.has('INTERVAL') ? positive('INTERVAL', parts.get('INTERVAL') ?? '') : 1,
    weekStart: parts.has('WKST') ? weekdayOf('WKST', parts.get('WKST') ?? '') : 0,
    ...optional(parts, 'BYDAY', text => ({ byDay: list('BYDAY', text, entry => weekdayRule(entry, ordinals)) })),
    ...optional(parts, 'BYMONTHDAY', text => ({
      byMonthDay: list('BYMONTHDAY', text, e => signed('BYMONTHDAY', e, 31)),
    })),
    ...optional(parts, 'BYMONTH', text => ({ byMonth: list('BYMONTH', text, monthOf) })),
    ...optional(parts, 'BYSETPOS', text => ({
      bySetPosition: list('BYSETPOS', text, e => signed('BYSETPOS', e, maxSetPosition)),
    })),
    ...optional(parts, 'COUNT', text => ({ count: positive('COUNT', text) })),
    ...optional(parts, 'UNTIL', text => ({ until: untilDate(text) })),
  }
}

function optional<T extends object>(
  parts: ReadonlyMap<string, string>,
  name: string,
  read: (text: string) => T,
): T | undefined {
  const text = parts.get(name)
  return text === undefined ? undefined : read(text)
}

function frequencyOf(text: string | undefined): Recurrence['frequency'] {
  const known = frequencies.find(frequency => frequency === text)
  if (known !== undefined) return known
  if (text !== undefined && unsupportedFrequencies.includes(text)) {
    throw new RuleFault('rrule-unsupported', `FREQ=${text} is finer than a day; windows give the hours`)
  }
  throw new RuleFault('rrule-invalid', `FREQ is one of ${frequencies.join(', ')}`)
}

function list<T>(name: string, text: string, read: (entry: string) => T): readonly T[] {
  if (text === '') throw new RuleFault('rrule-invalid', `${name} is empty`)
  return text.split(',').map(read)
}

function weekdayOf(name: string, text: string): number {
  const weekday = weekdayNames.indexOf(text)
  if (weekday < 0) throw new RuleFault('rrule-invalid', `${name} takes ${weekdayNames.join(', ')}, not '${text}'`)
  return weekday
}

function weekdayRule(entry: string, ordinals: boolean): WeekdayRule {
  const weekday = weekdayOf('BYDAY', entry.slice(-2))
  if (entry.length === 2) return { weekday }
  if (!ordinals) throw new RuleFault('rrule-invalid', `'${entry}': ordinals need FREQ=MONTHLY or YEARLY`)
  return { weekday, ordinal: signed('BYDAY', entry.slice(0, -2), maxOrdinal) }
}

function positive(name: string, text: string): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (value < 1 || value > maxNumber)
    throw new RuleFault('rrule-invalid', `${name} takes a whole number from 1, not '${text}'`)
  return value
}

function monthOf(text: string): number {
  const month = positive('BYMONTH', text)
  if (month > 12) throw new RuleFault('rrule-invalid', `BYMONTH takes 1 to 12, not '${text}'`)
  return month
}

/** 1 to `most`, or -1 to -`most`. */
function signed(name: string, text: string, most: number): number {
  const value = /^[+-]?\d{1,3}$/.test(text) ? Number(text) : 0
  if (value === 0 || Math.abs(value) > most) {
    throw new RuleFault('rrule-invalid', `${name} takes 1 to ${most} or -1 to -${most}, not '${text}'`)
  }
  return value
}

function untilDate(text: string): string {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(text)
  const [year, month, day] = (match ?? []).slice(1).map(Number)
  if (year === undefined || month === undefined || day === undefined || !isDate(year, month, day)) {
    throw new RuleFault('rrule-invalid', `UNTIL is a date written YYYYMMDD, not '${text}'`)
  }
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`
}

const isDate = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
