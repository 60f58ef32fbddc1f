import { maxFileBytes } from '../limits.ts'
import type { Fault } from './fault.ts'

export type DecodedText = { readonly text: string; readonly fault?: Fault }

/**
 * The text of a file: at most 16 MiB of valid UTF-8, without the control characters that no YAML text has.
 * With a fault, `text` is what can be shown of it, so that the fault has a line and a column.
 */
export function decodeText(input: string | Uint8Array): DecodedText {
  const size = typeof input === 'string' ? utf8Length(input) : input.length
  if (size > maxFileBytes) {
    const message = `the file has ${size} bytes, the most is ${maxFileBytes}; split the site or shorten the file`
    return { text: '', fault: { code: 'out-of-range', at: 0, message } }
  }
  const text = typeof input === 'string' ? input : new TextDecoder('utf-8', { ignoreBOM: true }).decode(input)
  const withoutMark = text.startsWith(byteOrderMark) ? text.slice(byteOrderMark.length) : text
  if (typeof input !== 'string' && !isUtf8(input)) {
    const at = Math.max(0, withoutMark.indexOf('\u{FFFD}'))
    return {
      text: withoutMark,
      fault: { code: 'yaml-syntax', at, message: 'the file is not valid UTF-8; save it as UTF-8' },
    }
  }
  const control = notPrintable.exec(withoutMark)
  if (control === null) return { text: withoutMark }
  const message = `a control character (U+${hex(control[0])}) cannot be in a file; remove it or write it as an escape`
  return { text: withoutMark, fault: { code: 'yaml-syntax', at: control.index, message } }
}

const byteOrderMark = '\u{FEFF}'

/**
 * Controls that no YAML text has, YAML 1.2 §5.1, and halves of surrogate pairs, which have no UTF-8. Those above U+007F
 * are for the quotes of JSON, which may have them.
 */
const notPrintable = /(?![\t\n\r\u{7F}-\u{9F}])[\p{Cc}\p{Cs}]/u

const hex = (character: string): string => (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

/** Without encoding it; a lone surrogate counts as its replacement. */
function utf8Length(text: string): number {
  if (text.length > maxFileBytes) return text.length
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) length += 1
    else if (unit < 0x800) length += 2
    else if (unit >= 0xd800 && unit <= 0xdfff) length += 2
    else length += 3
  }
  return length
}
