/** Times of certificates: UTCTime and GeneralizedTime with seconds and Z. RFC 5280 §4.1.2.5. No clock in here. */

const dayMs = 86_400_000
/** From this year on a time is a GeneralizedTime. */
const firstGeneralizedYear = 2050

/** Characters of milliseconds since 1970: 13 up to the year 2049, 15 from 2050 on. */
export function formatTime(instantMs: number): string {
  const { year, month, day } = civilFromDays(Math.floor(instantMs / dayMs))
  if (year < 1950 || year > 9999) throw new RangeError(`no certificate time in the year ${year}`)
  return year < firstGeneralizedYear
    ? `${two(year % 100)}${restOf(month, day, instantMs)}`
    : `${year}${restOf(month, day, instantMs)}`
}

/** Milliseconds since 1970, or undefined for what is no time of either form. */
export function parseTime(text: string): number | undefined {
  if (!/^(\d\d)?\d{12}Z$/.test(text)) return undefined
  const at = text.length - 11
  const written = Number(text.slice(0, at))
  const year = text.length === 15 ? written : written + (written < 50 ? 2000 : 1900)
  const numbers = [0, 2, 4, 6, 8].map(offset => Number(text.slice(at + offset, at + offset + 2)))
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers
  if (month < 1 || month > 12 || day < 1) return undefined
  const instant = daysFromCivil(year, month, day) * dayMs + ((hour * 60 + minute) * 60 + second) * 1000
  // 31 April, 24:00 and the like come out as another time than what is written.
  const back = civilFromDays(Math.floor(instant / dayMs))
  return restOf(back.month, back.day, instant) === text.slice(at) ? instant : undefined
}

function restOf(month: number, day: number, instantMs: number): string {
  const seconds = Math.floor((((instantMs % dayMs) + dayMs) % dayMs) / 1000)
  const parts = [month, day, Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return `${parts.map(two).join('')}Z`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** Days since 1970-01-01 in the Gregorian calendar; the year begins in March, so that the leap day is its last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

function civilFromDays(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const leapDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}
