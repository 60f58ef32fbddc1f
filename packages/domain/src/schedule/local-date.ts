import type { LocalDate, Weekday } from '../site.ts'

/** A date as the number of days since 1970-01-01 in the proleptic Gregorian calendar: dates without a zone. */
export type Day = number

/** A date taken apart; month and day from 1. */
export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** Weekdays in the order of `weekdayIndex`. */
export const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** Seconds of a day without a clock change. */
export const secondsPerDay = 86_400

/** The day of a `YYYY-MM-DD` that the parser has accepted. */
export function dayOf(date: LocalDate): Day {
  const [year, month, day] = date.split('-')
  return dayOfCivil({ year: Number(year), month: Number(month), day: Number(day) })
}

/** `YYYY-MM-DD` of a day. */
export function dateOf(day: Day): LocalDate {
  const { year, month, day: dayOfMonth } = civilOf(day)
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(dayOfMonth, 2)}`
}

/** Days since 1970-01-01; the usual arithmetic with years that begin in March, so that the leap day comes last. */
export function dayOfCivil({ year, month, day }: CivilDate): Day {
  const marchYear = month <= 2 ? year - 1 : year
  const century = Math.floor(marchYear / 400)
  const yearOfCycle = marchYear - century * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfCycle = yearOfCycle * 365 + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100) + dayOfYear
  return century * daysPerCycle + dayOfCycle - daysToEpoch
}

/** The inverse of `dayOfCivil`. */
export function civilOf(day: Day): CivilDate {
  const shifted = day + daysToEpoch
  const cycle = Math.floor(shifted / daysPerCycle)
  const dayOfCycle = shifted - cycle * daysPerCycle
  const yearOfCycle = Math.floor(
    (dayOfCycle - Math.floor(dayOfCycle / 1460) + Math.floor(dayOfCycle / 36_524) - Math.floor(dayOfCycle / 146_096)) /
      365,
  )
  const dayOfYear = dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  const year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
  return { year, month, day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1 }
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayIndex(day: Day): number {
  return (((day + thursday) % 7) + 7) % 7
}

export function daysInMonth(year: number, month: number): number {
  const next = month === 12 ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 }
  return dayOfCivil(next) - dayOfCivil({ year, month, day: 1 })
}

/** Days of the 400 years after which the Gregorian calendar repeats. */
const daysPerCycle = 146_097
/** From 0000-03-01 to 1970-01-01. */
const daysToEpoch = 719_468
/** 1970-01-01 was a Thursday. */
const thursday = 3

const digits = (value: number, width: number): string => String(value).padStart(width, '0')
