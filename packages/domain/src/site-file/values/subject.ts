import type { Subject } from '../../site.ts'
import { builtIn, type SubjectKind } from '../declared-ids.ts'
import { list, type Reader, readFields, reportConflict, reportMissingKey, writtenKeys } from '../fields.ts'
import type { Node } from '../node.ts'
import type { Scope } from '../scope.ts'
import { reference, reportUnknown } from './reference.ts'
import { text } from './scalars.ts'

/** A subject: a bare id of the shared namespace, `everyone`, or a mapping that says what the id is. site.md §1. */
export const subject: Reader<Subject> = (node, scope) =>
  node.kind === 'map' ? namedSubject(node, scope) : bareSubject(node, scope)

export const subjects: Reader<readonly Subject[]> = list(subject)

/** The id of a role, group, person or robot, without saying which. */
export const member: Reader<string> = (node, scope) => {
  const value = text(node, scope)
  if (value === undefined) return undefined
  const { subjects: known, hasUnreadableSubjects } = scope.ids
  if (known.has(value) || hasUnreadableSubjects) return value
  return void reportUnknown(node.at, scope, { value, known: known.keys(), where: shared })
}

/** The id of one kind of the shared namespace. */
export const subjectOf =
  (kind: SubjectKind): Reader<string> =>
  (node, scope) => {
    const value = text(node, scope)
    if (value === undefined) return undefined
    const { subjectsOf, hasUnreadableSubjects } = scope.ids
    const known = subjectsOf[kind]
    if (known.has(value) || hasUnreadableSubjects) return value
    return void reportUnknown(node.at, scope, { value, known, where: `the section "${sectionOf[kind]}"` })
  }

function bareSubject(node: Node, scope: Scope): Subject | undefined {
  const value = text(node, scope)
  if (value === undefined) return undefined
  if (value === builtIn.subject) return { everyone: true }
  switch (scope.ids.subjects.get(value)) {
    case 'role':
      return { role: value }
    case 'group':
      return { group: value }
    case 'person':
      return { person: value }
    case 'robot':
      return { robot: value }
    case undefined:
      break
  }
  if (scope.ids.hasUnreadableSubjects) return undefined
  const known = [builtIn.subject, ...scope.ids.subjects.keys()]
  return void reportUnknown(node.at, scope, { value, known, where: shared })
}

const shared = 'roles, groups, people or robots'
const sectionOf = { role: 'roles', group: 'groups', person: 'people', robot: 'robots' } as const

const subjectShape = {
  role: subjectOf('role'),
  group: subjectOf('group'),
  person: subjectOf('person'),
  robot: subjectOf('robot'),
  organisation: reference('organisations'),
}

function namedSubject(node: Node, scope: Scope): Subject | undefined {
  const read = readFields(node, scope, subjectShape)
  if (read === undefined) return undefined
  const [first] = writtenKeys(read, subjectKeys)
  if (first === undefined) return void reportMissingKey(node.at, scope, subjectKeys.join('", "'))
  const message = `a subject is one of ${subjectKeys.join(', ')}; write two subjects as a list.`
  if (reportConflict(read, scope, { keys: subjectKeys, message })) return undefined
  const value = read.values[first]
  return value === undefined ? undefined : subjectFrom(first, value)
}

const subjectKeys = ['role', 'group', 'person', 'robot', 'organisation'] as const

function subjectFrom(key: (typeof subjectKeys)[number], value: string): Subject {
  switch (key) {
    case 'role':
      return { role: value }
    case 'group':
      return { group: value }
    case 'person':
      return { person: value }
    case 'robot':
      return { robot: value }
    case 'organisation':
      return { organisation: value }
  }
}
