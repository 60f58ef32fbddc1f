/** The hour at which the demo plays. It must not depend on when somebody tries it, so the clock is simulated and only goes on. */
import { existsSync } from 'node:fs'
import { SharedClock, startSharedClock } from '../shared-clock.ts'
import type { DemoPlan } from './demo-plan.ts'

const dayMs = 86_400_000
const minuteMs = 60_000

/** The clock of this plant: begun at the plan's instant, or gone on, to the next working morning when it is past one. */
export function openDemoClock(file: string, plan: DemoPlan['clock'], timeZone: string): SharedClock {
  if (!existsSync(file)) return startSharedClock(file, instantOf(plan.start, timeZone))
  const clock = new SharedClock(file)
  const now = clock.now()
  if (!isWorkingMorning(now, plan, timeZone)) clock.set(nextStart(now, plan, timeZone))
  return clock
}

function isWorkingMorning(instant: number, plan: DemoPlan['clock'], timeZone: string): boolean {
  const { weekday, time } = wall(instant, timeZone)
  return plan.weekdays.includes(weekday) && time >= plan.from && time < plan.to
}

/** The first start time of day after `instant` on one of the plan's weekdays. */
function nextStart(instant: number, plan: DemoPlan['clock'], timeZone: string): number {
  const startTime = plan.start.slice(11)
  for (let days = 0; days <= 7; days++) {
    const { date, weekday } = wall(instant + days * dayMs, timeZone)
    const start = instantOf(`${date}T${startTime}`, timeZone)
    if (start > instant && plan.weekdays.includes(weekday)) return start
  }
  return instant
}

/** The instant at which the wall clock of a zone shows this time. Never asked for times near a clock change. */
function instantOf(wallTime: string, timeZone: string): number {
  const asUtc = Date.parse(`${wallTime}:00Z`)
  const shown = wall(asUtc, timeZone)
  const offset = Date.parse(`${shown.date}T${shown.time}:00Z`) - Math.floor(asUtc / minuteMs) * minuteMs
  return asUtc - offset
}

function wall(instant: number, timeZone: string): { date: string; time: string; weekday: string } {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const parts = Object.fromEntries(format.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]))
  return {
    date: `${parts.year}-${parts.month}-${parts.day}`,
    time: `${parts.hour}:${parts.minute}`,
    weekday: (parts.weekday ?? '').replace('.', ''),
  }
}
