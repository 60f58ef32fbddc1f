import { expect, test } from 'vitest'
import { batchSentence, eventSentence, reasonTexts, whoText, whyText } from '../src/events/event-text.ts'
import { row } from './rows.ts'

const tell = (instant: string): string => instant
const denied = row(2, {
  decision: 'deny',
  by: null,
  person: { id: 'ben', name: 'Ben Okoro' },
  reasons: [
    { code: 'factor-required', parameter: 'pin', text: 'PIN needed' },
    { code: 'solar-flare', parameter: null, text: 'The sun is too bright.' },
  ],
})

test('a permit is one sentence with its rule', () => {
  expect(eventSentence(row(1), tell)).toBe('Ada Loosli was permitted to operate Reactor 1 by rule operator-12.')
})

test('a denial is one sentence with its nearest miss', () => {
  expect(eventSentence(denied, tell)).toBe(
    'Ben Okoro was not permitted to operate Reactor 1. The PIN was not presented.',
  )
})

test('a door on the way out, and a function without an object, read as English', () => {
  const gate = { id: 'gate-main', name: 'Main gate' }
  expect(eventSentence(row(1, { function: 'open', side: 'out', asset: gate, by: null }), tell)).toBe(
    'Ada Loosli was permitted to open Main gate on the way out.',
  )
  const erp = { id: 'erp', name: 'Finance system' }
  expect(eventSentence(row(1, { function: 'log-in', asset: erp }), tell)).toContain('to log in at Finance system by')
})

test('a reason that the page does not know has the words of the service', () => {
  expect(reasonTexts(denied, tell).map(({ sentence }) => sentence)).toEqual([
    'The PIN was not presented.',
    'The sun is too bright.',
  ])
})

test('a holder without a name is named by the credential, else as unknown', () => {
  expect(whoText(row(1, { person: null }))).toBe('c-2001')
  expect(whoText(row(1, { person: null, credential: null }))).toBe('Unknown holder')
})

test('a change of the site tells who made it and what', () => {
  const change = row(3, {
    kind: 'configuration',
    event: 'site-applied',
    actor: 'local:0',
    decision: null,
    asset: null,
    module: 'service',
    person: null,
    detail: { version: '3' },
  })
  expect(eventSentence(change, tell)).toBe('Site file applied (service), by Operator (local:0).')
  expect(whyText(change, tell)).toBe('version: 3')
})

test('a batch is spoken in one sentence', () => {
  expect(batchSentence([denied, row(1)], tell)).toBe(
    '2 new events, 1 denied. Latest: Ben Okoro was not permitted to operate Reactor 1. The PIN was not presented.',
  )
  expect(batchSentence([row(1)], tell)).toBe(eventSentence(row(1), tell))
  expect(batchSentence([], tell)).toBe('')
})
