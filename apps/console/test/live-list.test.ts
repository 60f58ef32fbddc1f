import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrived, emptyList, loaded, matches, maxRows, released, withOlder } from '../src/events/live-list.ts'
import { outcomeOf, row } from './rows.ts'

const cursors = (rows: readonly { readonly cursor: string }[]): readonly string[] => rows.map(({ cursor }) => cursor)

test('new events stand on top, the newest first', () => {
  const list = arrived(loaded([row(2), row(1)], null), [row(3), row(4)], false)
  expect(cursors(list.rows)).toEqual(['4', '3', '2', '1'])
})

test('an event that comes twice stands once', () => {
  const list = arrived(loaded([row(2), row(1)], null), [row(2), row(3)], false)
  expect(cursors(list.rows)).toEqual(['3', '2', '1'])
})

test('an outcome is no row: it joins the row of its decision', () => {
  const list = arrived(loaded([row(1)], null), [row(2), outcomeOf(2, 3), outcomeOf(1, 4, 'not-entered')], false)
  expect(list.rows.map(({ cursor, outcome }) => [cursor, outcome])).toEqual([
    ['2', 'entered'],
    ['1', 'not-entered'],
  ])
})

test('during a pause events wait and are counted, but the outcome of a row on the screen is told at once', () => {
  const list = arrived(loaded([row(1)], null), [outcomeOf(1, 2), row(3), row(4)], true)
  expect(list.rows).toEqual([{ ...row(1), outcome: 'entered' }])
  expect(cursors(list.waiting)).toEqual(['4', '3'])
  expect(list.waitingCount).toBe(2)
  expect(cursors(released(list).rows)).toEqual(['4', '3', '1'])
  expect(released(list).waitingCount).toBe(0)
})

test('an outcome that comes during the pause joins the decision that waits', () => {
  const list = arrived(arrived(emptyList, [row(1)], true), [outcomeOf(1, 2)], true)
  expect(list.waitingCount).toBe(1)
  expect(released(list).rows[0]?.outcome).toBe('entered')
})

test('older pages go below, and the end of the record is known', () => {
  const list = withOlder(loaded([row(4), row(3)], '3'), [row(2), row(1)], null)
  expect(cursors(list.rows)).toEqual(['4', '3', '2', '1'])
  expect(list.oldest).toBeNull()
})

test('rows are bounded, and what was cut is read again from the last row that is left', () => {
  const many = Array.from({ length: maxRows + 50 }, (_, index) => row(index + 1))
  const list = arrived(emptyList, many, false)
  expect(list.rows.length).toBe(maxRows)
  expect(list.oldest).toBe(list.rows.at(-1)?.cursor)
})

test('a pause in which more arrives than is kept leaves no hole: older rows are read again', () => {
  const many = Array.from({ length: maxRows + 50 }, (_, index) => row(index + 2))
  const list = released(arrived(loaded([row(1)], null), many, true))
  expect(list.rows.length).toBe(maxRows)
  expect(cursors(list.rows)).not.toContain('1')
  expect(list.oldest).toBe(list.rows.at(-1)?.cursor)
})

test('whatever is paused and released, the list is the stream', () => {
  const step = fc.oneof(fc.constant('release' as const), fc.record({ count: fc.nat(5), held: fc.boolean() }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30, size: 'max' }), steps => {
      let list = emptyList
      let number = 0
      for (const one of steps) {
        if (one === 'release') {
          list = released(list)
          continue
        }
        const batch = Array.from({ length: one.count }, (_, index) => row(number + index + 1))
        number += one.count
        // A page that is not held has let the waiting ones in before.
        list = arrived(one.held ? list : released(list), batch, one.held)
      }
      const all = Array.from({ length: number }, (_, index) => String(number - index))
      expect(cursors(released(list).rows)).toEqual(all)
    }),
  )
})

test('a filter keeps what fits all of it', () => {
  expect(matches(row(1), {})).toBe(true)
  expect(matches(row(1), { person: 'ada', asset: 'reactor-1', module: 'edge-hall', decision: 'permit' })).toBe(true)
  expect(matches(row(1), { person: 'ben' })).toBe(false)
  expect(matches(row(1, { person: null }), { person: 'ada' })).toBe(false)
  expect(matches(row(1), { decision: 'deny' })).toBe(false)
  expect(matches(row(1, { kind: 'configuration' }), { kind: 'decision' })).toBe(false)
})
