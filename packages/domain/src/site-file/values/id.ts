import type { Reader } from '../fields.ts'
import type { Entry } from '../node.ts'
import { quote } from '../node.ts'
import type { Scope } from '../scope.ts'
import { text } from './scalars.ts'

const idPattern = /^[a-z0-9][a-z0-9-]{0,62}$/

/** Whether a text has the form of an id. site.md §1. */
export const isId = (value: string): boolean => idPattern.test(value)

/** An id as a value. */
export const id: Reader<string> = (node, scope) => {
  const value = text(node, scope)
  if (value === undefined) return undefined
  if (isId(value)) return value
  return void reportBadId(node.at, scope, value)
}

/** A check of the ids that a section declares as its keys; `reserved` is built in and cannot be declared. */
export const declares =
  (reserved?: string) =>
  ({ key, keyAt }: Entry, scope: Scope): void => {
    if (!isId(key)) reportBadId(keyAt, scope, key)
    else if (key === reserved) reportReserved(keyAt, scope, key)
  }

export function reportReserved(at: number, scope: Scope, value: string): void {
  scope.report(at, 'reserved-id', `${quote(value)} is built in and cannot be declared; choose another id.`)
}

function reportBadId(at: number, scope: Scope, value: string): void {
  const form = 'small letters, digits and hyphens, at most 63, not beginning with a hyphen'
  scope.report(at, 'bad-id', `${quote(value)} is not an id: ${form}. What people read goes into "name".`)
}
