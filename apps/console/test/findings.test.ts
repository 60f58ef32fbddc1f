import type { ModuleHealth } from '@edgeward/service/api'
import { expect, test } from 'vitest'
import { findingsOf, worstFirst } from '../src/modules/findings.ts'

const now = Date.parse('2026-11-24T13:00:00Z')
const context = { now, tell: (instant: string): string => instant }
const day = 86_400
const effect = { desired: 4, effective: 4, effectiveAt: '2026-11-24T12:00:00Z' }

const well: ModuleHealth = {
  id: 'edge-hall',
  name: 'edge-hall',
  guards: [],
  keyGroup: 'main',
  autonomySeconds: 30 * day,
  commissionedAt: '2026-11-20T12:00:00Z',
  fingerprint: null,
  link: 'connected',
  lastContact: '2026-11-24T12:59:50Z',
  bundle: effect,
  revocations: effect,
  keys: effect,
  clock: { quality: 'synchronised', offsetMs: 12, at: '2026-11-24T12:59:50Z' },
  records: { chainEpoch: 1, last: 10, acknowledged: 10, free: 90_000, gaps: [] },
  home: 'software',
  simulated: true,
  refused: { total: 0, reasons: {}, lastAt: null },
  alarms: [],
  waiting: 0,
  readerCertificateUntil: '2026-12-30T00:00:00Z',
}
const tones = (change: Partial<ModuleHealth>): readonly string[] =>
  findingsOf({ ...well, ...change }, context).map(({ tone }) => tone)

test('a module that is well has no finding', () => {
  expect(findingsOf(well, context)).toEqual([])
})

test.each<[string, Partial<ModuleHealth>, 'bad' | 'warn']>([
  ['not commissioned', { commissionedAt: null }, 'bad'],
  ['an alarm', { alarms: [{ code: 'fork', at: '2026-11-24T12:00:00Z', detail: 'Record 4.' }] }, 'bad'],
  [
    'a gap in its records',
    { records: { ...well.records, gaps: [{ chainEpoch: 1, first: 4, last: 4, since: '2026-11-24T12:00:00Z' }] } },
    'bad',
  ],
  ['never in touch', { link: 'away', lastContact: null }, 'bad'],
  ['away within its autonomy', { link: 'away', lastContact: '2026-11-20T00:00:00Z' }, 'warn'],
  ['away beyond its autonomy', { link: 'away', lastContact: '2026-10-20T00:00:00Z' }, 'bad'],
  ['a block that is not in force', { revocations: { ...effect, effective: 3 } }, 'bad'],
  ['an older bundle', { bundle: { ...effect, effective: 3 } }, 'warn'],
  ['an older key package', { keys: { ...effect, effective: 0 } }, 'warn'],
  ['an untrusted clock', { clock: { quality: 'untrusted', offsetMs: 0, at: '2026-11-24T12:00:00Z' } }, 'bad'],
  ['a drifting clock', { clock: { quality: 'drifting', offsetMs: 0, at: '2026-11-24T12:00:00Z' } }, 'warn'],
  [
    'a clock that is slow',
    { clock: { quality: 'synchronised', offsetMs: -9_000, at: '2026-11-24T12:00:00Z' } },
    'warn',
  ],
  ['refused envelopes', { refused: { total: 2, reasons: { replay: 2 }, lastAt: '2026-11-24T12:00:00Z' } }, 'warn'],
  ['little room', { records: { ...well.records, free: 12 } }, 'warn'],
  ['a certificate that ends tomorrow', { readerCertificateUntil: '2026-11-25T12:00:00Z' }, 'warn'],
  ['a certificate that has ended', { readerCertificateUntil: '2026-11-24T12:00:00Z' }, 'bad'],
])('%s is a finding with an advice', (_, change, tone) => {
  const findings = findingsOf({ ...well, ...change }, context)
  expect(findings.map(finding => finding.tone)).toEqual([tone])
  expect(findings[0]?.what).toMatch(/\.$/)
  expect(findings[0]?.advice).toMatch(/\.$/)
})

test('what is bad stands before what only needs a look', () => {
  expect(tones({ bundle: { ...effect, effective: 3 }, revocations: { ...effect, effective: 3 } })).toEqual([
    'bad',
    'warn',
  ])
})

test('the worst module comes first, equals stay in the order of the site file', () => {
  const modules = [
    { ...well, id: 'a' },
    { ...well, id: 'b', bundle: { ...effect, effective: 3 } },
    { ...well, id: 'c', commissionedAt: null },
    { ...well, id: 'd' },
  ]
  expect(worstFirst(modules, context).map(({ module, tone }) => [module.id, tone])).toEqual([
    ['c', 'bad'],
    ['b', 'warn'],
    ['a', 'good'],
    ['d', 'good'],
  ])
})
