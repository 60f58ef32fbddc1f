import type { Reader } from '../fields.ts'
import { text } from './scalars.ts'

/** A text of some lines for people: as a name, but of any length and with line breaks and tabs. */
export const prose: Reader<string> = (node, scope) => {
  const value = text(node, scope)
  if (value === undefined || !hidden.test(value)) return value
  return void scope.report(node.at, 'bad-value', 'this text has an invisible control character; remove it.')
}

const hidden = /[\p{Cs}\u{202A}-\u{202E}\u{2066}-\u{2069}]|(?![\n\t])\p{Cc}/u
