/**
 * What a reason code says to a person: one sentence, and what would help. The codes and their parameters are the
 * domain's and stable; a code that this page does not know yet is shown as it is, never left out.
 */
import { reasonWords } from './words.ts'

/** A code as records write it, `outside-schedule(2026-11-24T06:00:00Z)`, in its two parts. */
export interface ReasonParts {
  readonly code: string
  readonly parameter?: string
}

export interface ReasonText {
  /** As the record has it, with its parameter. */
  readonly code: string
  /** Whether this page has words for the code. */
  readonly known: boolean
  /** A whole sentence with a full stop. */
  readonly sentence: string
  /** What puts it right, or nothing where nothing needs to be done. */
  readonly remedy?: string
}

/** Splits `code(parameter)`. A text without brackets is a code alone. */
export function reasonParts(reason: string): ReasonParts {
  const opening = reason.indexOf('(')
  if (opening < 0 || !reason.endsWith(')')) return { code: reason }
  return { code: reason.slice(0, opening), parameter: reason.slice(opening + 1, -1) }
}

/** Writes an instant for a person; handed in, for only the page knows the site's zone. */
export type TellTime = (instant: string) => string

/** The sentence for a reason. `names` turns ids of the site file into names where the page has them. */
export function reasonText(
  reason: string,
  tellTime: TellTime,
  names: Readonly<Record<string, string>> = {},
): ReasonText {
  const { code, parameter = '' } = reasonParts(reason)
  const known = reasonWords[code]
  if (!known) return { code: reason, known: false, sentence: `${reason}.` }
  const value = isInstant(parameter) ? tellTime(parameter) : (names[parameter] ?? parameter)
  const { sentence, remedy } = known(value)
  return { code: reason, known: true, sentence, ...(remedy === undefined ? {} : { remedy }) }
}

const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d/
const isInstant = (text: string): boolean => instantForm.test(text)
