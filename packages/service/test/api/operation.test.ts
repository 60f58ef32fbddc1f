import { expect, test } from 'vitest'
import { ApiError, answerOf, operations, requestOf } from '../../src/api/index.ts'

test('a request has its parameters in the path, the rest behind it or in the body', () => {
  expect(requestOf(operations.person, { person: 'ada' })).toEqual({
    method: 'GET',
    path: '/api/people/ada',
    body: undefined,
  })
  expect(requestOf(operations.events, { limit: 5, person: 'ada', asset: undefined }).path).toBe(
    '/api/events?limit=5&person=ada',
  )
  expect(requestOf(operations.revoke, { person: 'a/b', reason: 'lost' })).toEqual({
    method: 'POST',
    path: '/api/people/a%2Fb/revoke',
    body: { reason: 'lost' },
  })
  expect(requestOf(operations.logOut, {})).toEqual({ method: 'POST', path: '/api/log-out', body: {} })
})

test('an answer is what the contract says, or an error with a code', () => {
  expect(answerOf(operations.logOut, { status: 200, json: { done: true } })).toEqual({ done: true })
  expect(() => answerOf(operations.logOut, { status: 200, json: { done: 1 } })).toThrow(
    expect.objectContaining({ code: 'bad-answer' }),
  )
  const refusal = { error: { code: 'pin-refused', message: 'too near', details: { rule: 'one-digit' } } }
  expect(() => answerOf(operations.logOut, { status: 422, json: refusal })).toThrow(ApiError)
  expect(() => answerOf(operations.logOut, { status: 422, json: refusal })).toThrow(
    expect.objectContaining({ status: 422, code: 'pin-refused', details: { rule: 'one-digit' } }),
  )
})

test('names in path, query and body of an operation never collide, and every path parameter has a schema', () => {
  for (const operation of Object.values(operations)) {
    const inPath = [...operation.path.matchAll(/:([a-zA-Z]+)/g)].map(match => match[1])
    expect(operation.params === undefined, operation.path).toBe(inPath.length === 0)
  }
})
