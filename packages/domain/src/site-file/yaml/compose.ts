import { Composer, type Document, Lexer, Parser } from 'yaml'
import { FatalFault, type Fault } from './fault.ts'
import { type Feature, Guard, syntaxFault } from './guard.ts'

/** The one document of a file as the YAML library has it, and what of YAML it uses that a site file may not. */
export interface Composed {
  /** Undefined for an empty file. */
  readonly document: Document.Parsed | undefined
  readonly features: readonly Feature[]
  /** Whether a merge key is to be looked for. */
  readonly hasMergeMark: boolean
}

/**
 * Composes the first document of a text; nothing is resolved or expanded. A guard sees every token before the parser
 * does, so that neither depth nor number of values costs more than a look. Throws a `FatalFault` for the first fault of
 * the syntax and for what is beyond the limits.
 */
export function compose(text: string): Composed {
  const guard = new Guard()
  const parser = new Parser()
  const composer = firstFaultComposer()
  const documents: Document.Parsed[] = []
  const take = (tokens: ReturnType<Parser['next']>): void => {
    for (const token of tokens) {
      if (token.type === 'error') throw syntaxFault(token.offset, token.message)
      for (const document of composer.next(token)) documents.push(document)
    }
  }
  // YAML 1.2 §5.4 knows a lone CR as a line break, the library does not. The length stays, and so does every place.
  const source = text.replace(/\r(?!\n)/g, '\n')
  for (const lexeme of new Lexer().lex(source)) {
    guard.see(lexeme)
    if (guard.isSecondDocument) break
    take(parser.next(lexeme))
  }
  const open = guard.isSecondDocument ? undefined : guard.openBracket
  if (open !== undefined)
    throw syntaxFault(open, 'nothing closes this bracket; close it where its list or mapping ends')
  take(parser.end())
  for (const document of composer.end()) documents.push(document)
  const document = documents[0]
  const error = document?.errors[0] ?? composer.streamInfo().errors[0]
  if (error !== undefined) throw syntaxFault(error.pos[0], error.message)
  return { document, features: guard.features, hasMergeMark: guard.hasMergeMark }
}

/**
 * A composer that stops at the first fault. By itself it collects them, and a file of 16 MiB of commas has 16 million.
 * The member is not part of the library's types; the version is pinned and a test sees whether it still works.
 */
function firstFaultComposer(): Composer {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    // Ours: it costs no square of the number of keys, and is a code of its own.
    uniqueKeys: false,
    merge: false,
    resolveKnownTags: false,
    logLevel: 'silent',
  })
  let first: Fault | undefined
  Object.defineProperty(composer, 'onError', {
    value: (source: ErrorSource, code: string, message: string, isWarning = false): void => {
      // Tags are features, which the guard has noted.
      if (isWarning || code === 'TAG_RESOLVE_FAILED') return
      first ??= { code: 'yaml-syntax', at: offsetOf(source), message }
      throw new FatalFault(first)
    },
  })
  return composer
}

type ErrorSource = number | readonly [number, ...number[]] | { readonly offset: number }

function offsetOf(source: ErrorSource): number {
  if (typeof source === 'number') return source
  return 'offset' in source ? source.offset : source[0]
}
