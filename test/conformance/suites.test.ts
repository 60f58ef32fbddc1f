/** Every suite passes on all of its vectors; and every suite can fail: one altered expectation is found. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { aliro } from '../../apps/cli/src/conformance/aliro.ts'
import { crypto } from '../../apps/cli/src/conformance/crypto.ts'
import { decision } from '../../apps/cli/src/conformance/decision.ts'
import { envelope } from '../../apps/cli/src/conformance/envelope.ts'
import { schedule } from '../../apps/cli/src/conformance/schedule.ts'
import { siteErrors } from '../../apps/cli/src/conformance/site-errors.ts'
import type { Suite, SuiteOptions } from '../../apps/cli/src/conformance/suite.ts'

const vectors = resolve(import.meta.dirname, '../../vectors')
const altered = mkdtempSync(join(tmpdir(), 'edgeward-altered-'))
afterAll(() => rmSync(altered, { recursive: true, force: true }))

interface Plan {
  readonly suite: Suite
  readonly folder: string
  readonly options?: SuiteOptions
  /** A file, what stands in it once, and what to put there instead: one expectation altered. */
  readonly alter: { readonly file: string; readonly from: RegExp; readonly to: string }
}

const plans: readonly Plan[] = [
  {
    suite: siteErrors,
    folder: 'site-errors',
    alter: { file: 'ids.expect.json', from: /"line": ?(\d+)/, to: '"line": 9$1' },
  },
  {
    suite: schedule,
    folder: 'schedule',
    alter: { file: 'zurich-basics.json', from: /"holds": ?true/, to: '"holds": false' },
  },
  {
    suite: decision,
    folder: 'decision',
    alter: { file: 'matching.json', from: /"decision": ?"permit"/, to: '"decision":"deny"' },
  },
  {
    suite: crypto,
    folder: 'crypto',
    alter: { file: 'rfc-nist.json', from: /"tag": ?"bb1d/, to: '"tag": "bb1e' },
  },
  {
    suite: envelope,
    folder: 'envelope',
    alter: { file: 'envelope.json', from: /"reason": ?"tag"/, to: '"reason": "size"' },
  },
  {
    suite: aliro,
    folder: 'aliro',
    options: { phase: 'standard' },
    alter: { file: 'standard.json', from: /"sw": ?"9000"/, to: '"sw": "9001"' },
  },
]

const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(vectors, folder))
    .filter(name => /\.(json|yaml)$/.test(name))
    .map(name => join(vectors, folder, name))

describe.each(plans)('suite $folder', ({ suite, folder, options = {}, alter }) => {
  test('passes on all of its vectors', async () => {
    let passed = 0
    for (const file of filesOf(folder)) {
      const { verdicts } = await suite(file, options)
      for (const { name, ok, detail } of verdicts) expect(ok, `${file}: ${name}: ${detail}`).toBe(true)
      passed += verdicts.length
    }
    expect(passed).toBeGreaterThan(20)
  })

  test('finds one altered expectation', async () => {
    const text = readFileSync(join(vectors, folder, alter.file), 'utf8')
    const changed = text.replace(alter.from, alter.to)
    expect(changed).not.toBe(text)
    const copy = join(altered, alter.file)
    writeFileSync(copy, changed)
    const pair = alter.file.replace('.expect.json', '.yaml')
    if (pair !== alter.file) writeFileSync(join(altered, pair), readFileSync(join(vectors, folder, pair)))
    const { verdicts } = await suite(pair === alter.file ? copy : join(altered, pair), options)
    expect(verdicts.some(({ ok }) => !ok)).toBe(true)
  })
})
