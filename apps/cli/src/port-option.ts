import { CliError } from './cli-error.ts'

/** A port out of an option. Throws a CliError `usage`. */
export function port(text: string, option: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new CliError('usage', `${option} takes a port from 0 (any free one) to 65535.`)
  return number
}
