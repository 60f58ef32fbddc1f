import { expect, test } from 'vitest'
import { compareCredentials } from '../../src/site/references.ts'

const pseudonym = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const known = (state: 'active' | 'suspended' | 'revoked') => [{ pseudonym, credential: 'c-1', person: 'ada', state }]
const said = (state: 'active' | 'suspended' | 'revoked', person = 'ada') => [{ credential: 'c-1', person, state }]

test('a credential that the file no longer has is suspended, and comes back with the file', () => {
  expect(compareCredentials(known('active'), []).given).toEqual([{ pseudonym, action: 2 }])
  expect(compareCredentials(known('suspended'), []).given).toEqual([])
  expect(compareCredentials(known('suspended'), said('active')).given).toEqual([{ pseudonym, action: 3 }])
})

test('what was revoked stays revoked, whatever the file says', () => {
  expect(compareCredentials(known('revoked'), said('active'))).toEqual({ fresh: [], given: [], moved: [] })
  expect(compareCredentials(known('active'), said('revoked')).given).toEqual([{ pseudonym, action: 1 }])
})

test('an id that goes to somebody else is a new credential, and the old one is revoked', () => {
  const { fresh, given } = compareCredentials(known('active'), said('active', 'ben'))
  expect(given).toEqual([{ pseudonym, action: 1 }])
  expect(fresh).toEqual([{ credential: 'c-1', person: 'ben', state: 'active' }])
})
