import { dateOf, secondsPerDay } from '../schedule/local-date.ts'
import type { Instant } from '../site.ts'

/** An instant as every program prints it: UTC with seconds, fractions cut. site.md §1. */
export function formatInstant(instant: Instant): string {
  const second = Math.floor(instant)
  const day = Math.floor(second / secondsPerDay)
  const rest = second - day * secondsPerDay
  const digits = (value: number): string => String(value).padStart(2, '0')
  return `${dateOf(day)}T${digits(Math.floor(rest / 3600))}:${digits(Math.floor(rest / 60) % 60)}:${digits(rest % 60)}Z`
}

/** As `formatInstant`, or `never`. */
export function formatEnd(end: Instant | 'never'): string {
  return end === 'never' ? end : formatInstant(end)
}
