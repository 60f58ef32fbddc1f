import { useProcessZone } from '@edgeward/domain'

/** Two zones with an offset that nobody else has by chance, and that offset in minutes. */
const probes = [
  { zone: 'Etc/GMT+11', minutes: 660 },
  { zone: 'Etc/GMT-13', minutes: -780 },
] as const

/**
 * Makes the site's time zone this process's own, for a process that serves one site: see `useProcessZone`. A platform that
 * does not let itself be told goes on as before, only slower.
 */
export function takeProcessZone(timeZone: string): void {
  const before = process.env.TZ
  const canBeTold = probes.every(({ zone, minutes }) => {
    process.env.TZ = zone
    return new Date(0).getTimezoneOffset() === minutes
  })
  if (canBeTold) process.env.TZ = timeZone
  else if (before === undefined) delete process.env.TZ
  else process.env.TZ = before
  useProcessZone(canBeTold ? timeZone : undefined)
}
