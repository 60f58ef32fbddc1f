/** What a newcomer reads when something is wrong: what it is, and what to do next. By command, without any plant. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CliError } from '../src/cli-error.ts'
import { backup } from '../src/commands/backup.ts'
import { commission } from '../src/commands/commission.ts'
import { conformance } from '../src/commands/conformance.ts'
import { events } from '../src/commands/events.ts'
import { explain } from '../src/commands/explain.ts'
import { assets, people } from '../src/commands/lists.ts'
import { login } from '../src/commands/login.ts'
import { module } from '../src/commands/module.ts'
import { restore } from '../src/commands/restore.ts'
import { revoke } from '../src/commands/revoke.ts'
import { serve } from '../src/commands/serve.ts'
import { moveClock, setDoor, setNetwork, setPosition, setValues } from '../src/commands/sim.ts'
import { check, exportSite, init } from '../src/commands/site.ts'
import { status } from '../src/commands/status.ts'
import { tap } from '../src/commands/tap.ts'
import { resetDemo } from '../src/demo/reset.ts'
import { startDemo } from '../src/demo/start.ts'
import { describeFailure } from '../src/describe-failure.ts'

const desk = mkdtempSync(join(tmpdir(), 'edgeward-errors-'))
/** No plant was ever here. */
const data = join(desk, 'none')
/** A demo that stands still, with a clock that somebody changed. */
const broken = join(desk, 'broken')
/** A plant that is no demo and stands still. */
const real = join(desk, 'real')
const start = /Start (it|the plant) with `[^`]*demo start`/

beforeAll(() => {
  mkdirSync(join(broken, 'modules', 'edge-hall'), { recursive: true })
  writeFileSync(join(broken, 'clock.json'), '{ not json')
  mkdirSync(join(real, 'service', 'keys'), { recursive: true })
  writeFileSync(join(real, 'service', 'keys', 'keys.sealed'), 'x')
  writeFileSync(join(desk, 'site.yaml'), 'edgeward: 1\n')
  writeFileSync(join(desk, 'other.gz'), 'nothing of ours')
})
afterAll(() => rmSync(desk, { recursive: true, force: true }))

type Row = readonly [typed: string, run: () => unknown, code: string, says: RegExp]

const rows: readonly Row[] = [
  // Nothing runs
  ['people', () => people({ data }), 'service-away', start],
  ['assets', () => assets({ data }), 'service-away', start],
  ['status', () => status({ data }), 'service-away', start],
  ['login', () => login({ data }), 'service-away', start],
  ['events', () => events({ data, limit: '20' }), 'service-away', start],
  ['explain W316348VS6', () => explain({ data, id: 'W316348VS6' }), 'service-away', start],
  ['revoke ben', () => revoke({ data, name: 'ben', reason: 'lost' }), 'service-away', start],
  ['site check', () => check({ data, file: join(desk, 'site.yaml') }), 'service-away', start],
  ['commission a', () => commission({ data, id: 'a' }), 'service-away', start],
  ['status of a real plant', () => status({ data: real }), 'service-away', /`[^`]* serve`, and `[^`]* module ID`/],
  ['tap ben hall-door', () => tap({ data, name: 'ben', asset: 'hall-door', side: 'in' }), 'no-plant', start],
  ['tap, module away', () => tap({ data: broken, name: 'ben', asset: 'x', side: 'in' }), 'module-away', /edge-hall/],
  ['sim set a=b', () => setValues({ data, values: ['a=b'] }), 'no-plant', start],
  ['sim position', () => setPosition({ data, name: 'ben', zone: 'hall' }), 'unknown-person', /no phones in/],
  ['sim door', () => setDoor({ data, door: 'hall-door', state: 'open' }), 'no-plant', start],
  ['sim network cut all', () => setNetwork({ data, state: 'cut', module: 'all' }), 'no-plant', start],
  ['sim clock', () => moveClock({ data }), 'no-clock', /`npm start`/],
  ['demo reset', () => resetDemo({ data, yes: true }), 'no-plant', /nothing to reset/],
  ['backup', () => backup({ data, file: join(desk, 'b') }), 'no-plant', /--data/],
  // Mistyped
  ['explain x', () => explain({ data, id: 'x' }), 'usage', /`edgeward events` shows them/],
  ['events --limit 0', () => events({ data, limit: '0' }), 'usage', /1 to 500/],
  ['tap --side up', () => tap({ data, name: 'b', asset: 'a', side: 'up' }), 'usage', /in and out/],
  [
    'tap --pin --wrong-pin',
    () => tap({ data, name: 'b', asset: 'a', side: 'in', pin: true, wrongPin: true }),
    'usage',
    /not both/,
  ],
  ['sim set x', () => setValues({ data, values: ['x'] }), 'usage', /Example: edgeward sim set/],
  ['sim door ajar', () => setDoor({ data, door: 'd', state: 'ajar' }), 'usage', /open, shut or unknown/],
  ['sim network explode', () => setNetwork({ data, state: 'explode', module: 'all' }), 'usage', /cut or restored/],
  [
    'sim network cut x',
    () => setNetwork({ data: broken, state: 'cut', module: 'x' }),
    'unknown-module',
    /Modules: edge-hall/,
  ],
  ['demo start --port abc', () => startDemo({ data, port: 'abc' }), 'usage', /from 0 \(any free one\) to 65535/],
  ['serve --port 99999', () => serve({ data, port: '99999' }), 'usage', /65535/],
  ['serve --mqtt-port -1', () => serve({ data, port: '0', mqttPort: '-1' }), 'usage', /--mqtt-port/],
  ['module ../x', () => module({ data, id: '../x' }), 'usage', /such as edge-hall/],
  ['site export --version x', () => exportSite({ data, file: '-', version: 'x' }), 'usage', /such as 3/],
  [
    'site init --time-zone',
    () => init({ data, file: join(desk, 'n.yaml'), timeZone: 'Mars/X' }),
    'usage',
    /Europe\/Zurich/,
  ],
  ['conformance x', () => conformance('x', ['y'], {}), 'unknown-suite', /Suites:/],
  // Files
  ['site init over a file', () => init({ data, file: join(desk, 'site.yaml') }), 'file-exists', /another name/],
  [
    'site init in no folder',
    () => init({ data, file: join(desk, 'no', 'x.yaml') }),
    'ENOENT',
    /the folder in which it should lie/,
  ],
  ['site check of nothing', () => check({ data, file: join(desk, 'no.yaml') }), 'no-such-file', /no\.yaml/],
  ['backup over a file', () => backup({ data: broken, file: join(desk, 'other.gz') }), 'file-exists', /another name/],
  ['backup into the plant', () => backup({ data: broken, file: join(broken, 'b') }), 'usage', /elsewhere/],
  [
    'backup into no folder',
    () => backup({ data: broken, file: join(desk, 'no', 'b') }),
    'no-such-folder',
    /Make it first/,
  ],
  [
    'backup without a database',
    () => backup({ data: broken, file: join(desk, 'b') }),
    'data-folder',
    /there is no database|There is no database/,
  ],
  ['restore of nothing', () => restore({ data, file: join(desk, 'no') }), 'no-such-file', /There is no file/],
  ['restore of a folder', () => restore({ data, file: desk }), 'not-a-backup', /no regular file/],
  [
    'restore of something else',
    () => restore({ data, file: join(desk, 'other.gz') }),
    'not-a-backup',
    /`edgeward backup FILE`/,
  ],
  ['restore over a plant', () => restore({ data: broken, file: join(desk, 'other.gz') }), 'not-empty', /--data/],
  ['a clock that was changed', () => moveClock({ data: broken }), 'bad-clock', /`edgeward demo reset`/],
  // Modes
  [
    'both modes',
    () => serve({ data, port: '0', simulation: true, production: true }),
    'simulation-in-production',
    /leave one/,
  ],
  [
    'a demo for production',
    () => serve({ data: broken, port: '0', production: true }),
    'demo-in-production',
    /NEW-FOLDER/,
  ],
  ['a real plant as a demo', () => startDemo({ data: real }), 'not-a-demo', /docs\/production\.md/],
]

describe('every failure says what happened and what to do', () => {
  test.each(rows)('%s', async (_typed, run, code, says) => {
    let error: unknown
    try {
      await run()
    } catch (thrown) {
      error = thrown
    }
    const told = describeFailure(error)
    expect(told.code).toBe(code)
    expect(told.message).toMatch(says)
    expect(told.shown).not.toMatch(/\n\s+at /)
    expect(told.message).toMatch(/^[^a-z]|^\S*[/.]/)
    expect(told.message).toMatch(/[.!?:`]$/)
  })

  test('what nobody expected is one sentence with a hint, and its place only for a log', () => {
    const error = new TypeError('x is not a function')
    const told = describeFailure(error, false)
    expect(told).toMatchObject({ code: 'internal-error' })
    expect(told.shown).toContain('X is not a function. `edgeward doctor`')
    expect(told.shown).not.toContain('    at ')
    expect(describeFailure(error, true).shown).toContain('    at ')
    expect(describeFailure('a word', false).shown).toContain('A word.')
    expect(describeFailure(undefined, false).code).toBe('internal-error')
  })

  test('what the system says is said in words', () => {
    const failure = (code: string): NodeJS.ErrnoException =>
      Object.assign(new Error(`${code}: broken, open '/x/y'`), { code, path: '/x/y' })
    for (const code of [
      'EACCES',
      'EPERM',
      'ENOSPC',
      'EROFS',
      'EIO',
      'EISDIR',
      'ENOTDIR',
      'ENAMETOOLONG',
      'EDQUOT',
      'ELOOP',
    ])
      expect(describeFailure(failure(code), true).shown, code).toMatch(/\/x\/y.*\.$/)
    expect(describeFailure(new CliError('c', 'Said already.'))).toEqual({
      code: 'c',
      message: 'Said already.',
      shown: 'Said already.',
    })
  })
})
