import { givenNames } from '../../context-language/ast.ts'
import type { ContextDeclaration } from '../../site.ts'
import { defined, fields, type Reader, record } from '../fields.ts'
import { type Entry, quote } from '../node.ts'
import type { Scope } from '../scope.ts'
import { reportReserved } from '../values/id.ts'
import { choice, name } from '../values/scalars.ts'
import { duration } from '../values/time.ts'

/** Names of sensor values: dotted identifiers; those that every expression has cannot be declared. site.md §4. */
function checkName({ key, keyAt }: Entry, scope: Scope): void {
  if (!dottedIdentifier.test(key)) {
    const message = `${quote(key)} is not a name for a value: identifiers joined by dots, such as machine.running.`
    scope.report(keyAt, 'bad-id', message)
  } else if (givenNames.includes(key) || words.includes(key)) reportReserved(keyAt, scope, key)
}

const dottedIdentifier = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/
/** Words of the language itself, which no expression could use as a name. */
const words = ['true', 'false', 'in']

/** The `context` section. */
export const context: Reader<Readonly<Record<string, ContextDeclaration>>> = record(
  fields({ type: choice('bool', 'int', 'double', 'string'), maxAge: duration, unit: name, name }, ({ values }) =>
    defined({ type: values.type, maxAge: values.maxAge, unit: values.unit, name: values.name }),
  ),
  { checkKey: checkName },
)
