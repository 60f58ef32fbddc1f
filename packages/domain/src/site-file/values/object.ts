import type { Functions, ObjectRef } from '../../site.ts'
import { builtIn } from '../declared-ids.ts'
import { list, type Reader, readFields, reportConflict, reportMissingKey, writtenKeys } from '../fields.ts'
import type { Node } from '../node.ts'
import type { Scope } from '../scope.ts'
import { reference } from './reference.ts'
import { text } from './scalars.ts'

/** An object: the id of an asset, or a mapping that names an asset, an area, a kind, or area and kind. site.md §1. */
export const object: Reader<ObjectRef> = (node, scope) => {
  if (node.kind === 'map') return namedObject(node, scope)
  const asset = reference('assets')(node, scope)
  return asset === undefined ? undefined : { asset }
}

export const objects: Reader<readonly ObjectRef[]> = list(object)

/** Functions, or `all` of them. Whether an asset has them is checked where the assets are known. */
export const functions: Reader<Functions> = (node, scope) => {
  const names = list(text)(node, scope)
  return names?.includes(builtIn.function) ? 'all' : names
}

const objectShape = { asset: reference('assets'), area: reference('areas'), kind: reference('kinds') }

function namedObject(node: Node, scope: Scope): ObjectRef | undefined {
  const read = readFields(node, scope, objectShape)
  if (read === undefined) return undefined
  const message = 'an asset is one thing; "area" and "kind" only go with each other.'
  const [other = 'area'] = writtenKeys(read, ['area', 'kind'] as const)
  if (reportConflict(read, scope, { keys: ['asset', other], message })) return undefined
  const { asset, area, kind } = read.values
  if (!objectKeys.some(key => read.entry(key) !== undefined)) reportMissingKey(node.at, scope, objectKeys.join('", "'))
  if (objectKeys.some(key => read.entry(key) !== undefined && read.values[key] === undefined)) return undefined
  if (asset !== undefined) return { asset }
  if (area !== undefined) return kind === undefined ? { area } : { area, kind }
  return kind === undefined ? undefined : { kind }
}

const objectKeys = ['asset', 'area', 'kind'] as const
