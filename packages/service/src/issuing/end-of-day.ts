import { instantToWall, wallToInstant } from '@edgeward/domain'

const dayMinutes = 1_440

/** The end of the day on which an instant falls, by the site's clock on the wall; both in milliseconds since 1970. */
export function endOfDay(now: number, timeZone: string): number {
  const { date } = instantToWall(timeZone, Math.floor(now / 1000))
  return wallToInstant(timeZone, { date, minute: dayMinutes }, 'to') * 1000
}
