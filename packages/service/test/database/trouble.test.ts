import { expect, test } from 'vitest'
import { databaseTrouble } from '../../src/database/trouble.ts'

const fault = (message: string, more: object = {}): Error => Object.assign(new Error(message), more)

test('T82: errors of a database that is away, full or busy are told from errors of a query', () => {
  const cases: readonly (readonly [Error, string | undefined])[] = [
    [fault('Connection terminated unexpectedly'), 'away'],
    [fault('Client has encountered a connection error and is not queryable'), 'away'],
    [fault('the database system is in recovery mode', { code: '57P03' }), 'away'],
    [fault('terminating connection because of crash of another server process', { code: '57P02' }), 'away'],
    [fault('connect ENOENT /x/.s.PGSQL.5432', { code: 'ENOENT', syscall: 'connect' }), 'away'],
    [fault('connect ECONNREFUSED', { code: 'ECONNREFUSED' }), 'away'],
    [fault('could not write: input/output error', { code: '58030' }), 'away'],
    [fault('could not extend file: No space left on device', { code: '53100' }), 'full'],
    [fault('sorry, too many clients already', { code: '53300' }), 'busy'],
    [fault('canceling statement due to statement timeout', { code: '57014' }), 'busy'],
    [fault('timeout exceeded when trying to connect'), 'busy'],
    [fault('Query read timeout'), 'busy'],
    [fault('wrapped', { cause: fault('Connection terminated') }), 'away'],
    [fault('no such file', { code: 'ENOENT', syscall: 'open' }), undefined],
    [fault('duplicate key value', { code: '23505' }), undefined],
    [fault('Cannot read properties of undefined'), undefined],
  ]
  for (const [error, trouble] of cases) expect(databaseTrouble(error), error.message).toBe(trouble)
  expect(databaseTrouble('Connection terminated')).toBeUndefined()
})
