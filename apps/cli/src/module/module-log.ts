import type { Log } from '@edgeward/module'

/** Lines for the module's log file, which the supervisor makes of standard error. */
export function stderrLog(now: () => number): Log {
  const write = (
    level: string,
    event: string,
    detail: Readonly<Record<string, string | number | boolean>> = {},
  ): void => {
    const particulars = Object.entries(detail).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    process.stderr.write(`${new Date(now()).toISOString()} ${level} ${event}${particulars.join('')}\n`)
  }
  return {
    info: (event, detail) => write('info', event, detail),
    warn: (event, detail) => write('warn', event, detail),
  }
}
