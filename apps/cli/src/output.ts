/** How the command line shows things: words for people on standard output, `--json` for machines, progress on standard error. */
import { stripVTControlCharacters } from 'node:util'

const coloured = Boolean(process.stdout.isTTY) && process.env.NO_COLOR === undefined

const paint =
  (open: number, close: number) =>
  (text: string): string =>
    coloured ? `\x1b[${open}m${text}\x1b[${close}m` : text

export const bold: (text: string) => string = paint(1, 22)
export const dim: (text: string) => string = paint(2, 22)
export const green: (text: string) => string = paint(32, 39)
export const red: (text: string) => string = paint(31, 39)
export const yellow: (text: string) => string = paint(33, 39)

// A reader that has seen enough (`edgeward events | head`) closes the pipe: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

export function say(text = ''): void {
  process.stdout.write(`${text}\n`)
}

export function sayJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Columns as wide as their widest cell; the last one runs free. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string {
  const width = (text: string): number => Array.from(stripVTControlCharacters(text)).length
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell))
  return rows
    .map(
      row =>
        indent +
        row
          .map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - width(cell))))
          .join('  '),
    )
    .join('\n')
}

/** An instant in the site's wall time, with its zone: "Tue 24 Nov 2026, 09:31:07 Europe/Zurich". */
export function siteTime(instant: string | number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(instant))
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find(p => p.type === type)?.value ?? ''
  return `${part('weekday')} ${part('day')} ${part('month')} ${part('year')}, ${part('hour')}:${part('minute')}:${part('second')} ${timeZone}`
}

/** Lines of progress: one that is rewritten at a terminal, one each elsewhere. */
export class Progress {
  readonly #live = Boolean(process.stderr.isTTY)
  #open = false
  #last = ''

  step(text: string): void {
    if (text === this.#last) return
    this.#last = text
    if (this.#live) process.stderr.write(`\r\x1b[2K  ${text} …`)
    else process.stderr.write(`  ${text} …\n`)
    this.#open = true
  }

  done(text: string): void {
    if (this.#live && this.#open) process.stderr.write('\r\x1b[2K')
    process.stderr.write(`  ${green('✓')} ${text}\n`)
    this.#open = false
  }

  end(): void {
    if (this.#live && this.#open) process.stderr.write('\r\x1b[2K')
    this.#open = false
  }
}
