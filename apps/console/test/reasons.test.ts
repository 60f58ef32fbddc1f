import { expect, test } from 'vitest'
import { reasonParts, reasonText } from '../src/reasons.ts'
import { reasonWords } from '../src/words.ts'

const tell = (instant: string): string => `<${instant}>`

/** domain.md, section 6, every code of the table. */
const codes = [
  'permitted permitted-emergency permitted-override factor-required factor-failed factor-locked outside-schedule holiday',
  'not-yet-valid expired not-in-zone too-far relay-suspected wrong-side context-failed machine-state',
  'qualification-missing qualification-expired order-missing organisation-inactive rest-time anti-passback area-full',
  'quota-used escort-required asset-in-use interlock-open revoked suspended epoch-too-old unknown-credential bad-proof',
  'no-permission prohibited not-commissioned clock-untrusted lockdown autonomy-exceeded internal-error',
]
  .join(' ')
  .split(' ')

test('every reason code of the domain has a sentence and, when it denies, a remedy', () => {
  expect(Object.keys(reasonWords).toSorted()).toEqual(codes.toSorted())
  for (const code of codes) {
    const { sentence, remedy, known } = reasonText(`${code}(pin)`, tell)
    expect(known).toBe(true)
    expect(sentence).toMatch(/^[A-Z].*\.$/)
    if (!code.startsWith('permitted')) expect(remedy).toMatch(/^[A-Z].*\.$/)
  }
})

test('an instant in a reason is told in site time', () => {
  expect(reasonText('outside-schedule(2026-11-25T06:00:00Z)', tell).sentence).toContain('<2026-11-25T06:00:00Z>')
})

test('a schedule without a further time says so', () => {
  expect(reasonText('outside-schedule(never)', tell).sentence).toContain('no further time')
})

test('names replace ids where the page has them', () => {
  const { sentence } = reasonText('qualification-expired(reactor-licence)', tell, {
    'reactor-licence': 'Reactor licence',
  })
  expect(sentence).toBe('The proof “Reactor licence” has ended.')
})

test('a code that is newer than the page is shown as it is', () => {
  expect(reasonText('solar-flare(strong)', tell)).toEqual({
    code: 'solar-flare(strong)',
    known: false,
    sentence: 'solar-flare(strong).',
  })
})

test.each([
  ['permitted', { code: 'permitted' }],
  ['factor-required(pin)', { code: 'factor-required', parameter: 'pin' }],
  ['notice(Stay (here))', { code: 'notice', parameter: 'Stay (here)' }],
  ['broken(', { code: 'broken(' }],
])('%s is split into code and parameter', (reason, parts) => {
  expect(reasonParts(reason)).toEqual(parts)
})
