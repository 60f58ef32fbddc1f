/** The main job of Edgeward, typed as a newcomer types it, and what must survive when somebody hurts it. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { captureLoopback } from './support/capture.ts'
import { clone, Plant, until } from './support/plant.ts'

interface Tap {
  readonly decision: 'permit' | 'deny'
  readonly decisionId: string
  readonly record: { readonly reasons: readonly string[]; readonly by?: string; readonly clockQuality: string }
}
interface Event {
  readonly decisionId: string | null
  readonly kind: string
  readonly module: string
  readonly number: number
  readonly event: string | null
  readonly actor: string | null
}
interface Module {
  readonly id: string
  readonly link: string
  readonly bundle: { readonly desired: number; readonly effective: number }
  readonly revocations: { readonly desired: number; readonly effective: number }
  readonly records: { readonly gaps: readonly unknown[]; readonly last: number; readonly acknowledged: number }
}

const plant = new Plant()
/** Where whoever sits at the keyboard keeps files of their own. */
const desk = mkdtempSync(join(tmpdir(), 'edgeward-desk-'))
const modules = [
  'edge-gate',
  'edge-office',
  'edge-lab',
  'edge-hall',
  'edge-reactor-2',
  'edge-tanks',
  'edge-utilities',
  'edge-warehouse',
  'edge-forklift-1',
  'edge-forklift-2',
]

const events = async (): Promise<readonly Event[]> =>
  (await plant.json<{ events: readonly Event[] }>('events --limit 500')).events
const moduleList = async (): Promise<readonly Module[]> =>
  (await plant.json<{ moduleList: readonly Module[] }>('status')).moduleList
const inForceEverywhere = (list: readonly Module[]): boolean =>
  list.every(
    ({ bundle, revocations }) => bundle.effective >= bundle.desired && revocations.effective >= revocations.desired,
  )
const arrives = (decisionId: string): Promise<readonly Event[]> =>
  until(events, seen => seen.some(event => event.decisionId === decisionId && event.kind === 'decision'))
const timesSeen = (seen: readonly Event[], decisionId: string): number =>
  seen.filter(event => event.decisionId === decisionId && event.kind === 'decision').length

beforeAll(() => plant.start())
afterAll(async () => {
  rmSync(desk, { recursive: true, force: true })
  await plant.remove()
})

describe('a newcomer', () => {
  test('reads where the console is, who guards what, three taps to try, how to stop and how to start over', () => {
    expect(plant.shown).toMatch(/http:\/\/127\.0\.0\.1:\d+\/claim#[0-9A-Z-]+/)
    for (const module of modules) expect(plant.shown).toContain(module)
    expect(plant.shown.match(/npx edgeward tap \S+ \S+ \S+/g)?.length).toBeGreaterThanOrEqual(3)
    expect(plant.shown).toContain('Ctrl-C stops the plant')
    expect(plant.shown).toContain('demo reset')
    expect(plant.shown).toContain('Not an HSM')
    console.info(`npm start to the end of its words: ${plant.startSeconds.toFixed(1)} s`)
  })

  test('finds the service and ten modules as processes of their own, and no database that runs as root', () => {
    expect(Object.keys(plant.pids).sort()).toEqual(['service', ...modules].sort())
    const listed = execFileSync('ps', ['-eo', 'pid,user,args'], { encoding: 'utf8' })
    for (const [name, pid] of Object.entries(plant.pids)) {
      const line = listed.split('\n').find(text => text.trim().startsWith(`${pid} `))
      expect(line, name).toContain(name === 'service' ? 'edgeward.js serve' : `edgeward.js module ${name}`)
    }
    expect(new Set(Object.values(plant.pids)).size).toBe(11)
    const databases = listed.split('\n').filter(text => text.includes('bin/postgres') && text.includes(' -D '))
    expect(databases.length).toBeGreaterThan(0)
    for (const line of databases) expect(line.trim().split(/\s+/)[1]).not.toBe('root')
  })

  test('T51: no PIN, code or key stands in the arguments of a process', () => {
    const listed = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    for (const person of ['ada', 'ben', 'rosa'])
      expect(listed).not.toMatch(new RegExp(`\\b${plant.pin(person)}\\b.*edgeward`))
    expect(listed).not.toMatch(/claim#/)
  })

  test('taps, is asked for a PIN, gives it, and sees a cleaner turned away', async () => {
    const permitted = await plant.type('tap ben hall-door open')
    expect(permitted.out).toContain('permitted by operator-5')
    expect(permitted.code).toBe(0)

    const asked = await plant.type('tap ada reactor-2 operate')
    expect(asked.out).toContain('factor-required(pin)')
    expect(asked.out).toContain('npx edgeward tap ada reactor-2 operate --pin')
    expect(asked.code).toBe(2)

    const withPin = await plant.type('tap ada reactor-2 operate --pin', `${plant.pin('ada')}\n`)
    expect(withPin.out).toContain('permitted by operator-12')
    expect(withPin.out).toContain('synchronised (simulated)')

    const wrong = await plant.type('tap ada reactor-1 view --wrong-pin')
    expect(wrong.out).toContain('factor-failed')
    expect(wrong.code).toBe(2)
    const cleaner = await plant.type('tap coco reactor-2 operate')
    expect(cleaner.out).toContain('no-permission')
    expect(cleaner.code).toBe(2)
  })

  test('sees every attempt in the events, and reads why', async () => {
    const tap = await plant.json<Tap>('tap coco reactor-2 operate')
    await arrives(tap.decisionId)
    const told = await plant.type(`explain ${tap.decisionId}`)
    expect(told.out).toContain('Denied')
    expect(told.out).toContain('Coco Lopes')
    expect(told.out).toContain('no-permission')
    expect(told.out).toContain('signed by the module')
  })

  test('lists people and assets, and gets five answers from status', async () => {
    expect((await plant.type('people ada')).out).toContain('Ada')
    expect((await plant.type('assets')).out).toContain('edge-reactor-2')
    const { out } = await plant.type('status')
    for (const question of [
      'Who may do what?',
      'Who is blocked?',
      'Is every block in force everywhere?',
      'What works while the service is away?',
      'Is this an HSM?',
    ]) {
      expect(out).toContain(question)
    }
  })

  test('mistypes, and is told what is meant', async () => {
    const person = await plant.type('tap adda reactor-2 operate')
    expect(person.code).toBe(1)
    expect(person.err).toContain('ada')
    const asset = await plant.type('tap ada reactor-9 operate')
    expect(asset.err).toContain('reactor-2')
    expect(asset.err).not.toContain('    at ')
    expect((await plant.type('explain NOTANID')).code).toBe(1)
  })

  test('is refused a second start in the same folder, in one clear sentence', async () => {
    const second = await plant.type('demo start')
    expect(second.code).toBe(1)
    expect(second.err).toMatch(/A plant already runs in .*Stop it with Ctrl-C/)
    expect(second.err.trim().split('\n')).toHaveLength(1)
  })

  test('finds nothing readable by others in the folder, and no secret in the logs', () => {
    expect(statSync(plant.data).mode & 0o077).toBe(0)
    expect(statSync(join(plant.data, 'demo-pins.txt')).mode & 0o777).toBe(0o600)
    const claim = /claim#([0-9A-Z-]+)/.exec(plant.shown)?.[1] ?? 'no claim code'
    for (const name of readdirSync(join(plant.data, 'logs'))) {
      const log = readFileSync(join(plant.data, 'logs', name), 'utf8')
      expect(log).not.toContain(claim)
      expect(log).not.toContain('PRIVATE KEY')
    }
  })
})

test('T32: what stands on the loopback sockets during taps holds no name, no role, no PIN, no pseudonym', async () => {
  const wallet = JSON.parse(readFileSync(join(plant.data, 'wallets/ada/wallet.json'), 'utf8')) as unknown
  const pseudonyms = JSON.stringify(wallet).match(/"credential":"[0-9a-f]{16}"/g) ?? []
  expect(pseudonyms.length).toBeGreaterThan(0)
  // Eight digits: four could stand in any date or port.
  const pin = '83619472'
  await plant.type('pin set ada', `${pin}\n`)
  const capture = await captureLoopback()
  await plant.type('tap ada reactor-2 operate --pin', `${pin}\n`)
  await plant.type('tap coco reactor-2 operate')
  // The tap is really in it: the reader selects Aliro's application.
  const bytes = await capture.stop(Buffer.from('a000000909acce5501', 'hex'))
  expect(bytes.length).toBeGreaterThan(4_000)
  const canaries = ['Ada Loosli', 'Coco Lopes', 'operator', 'cleaning', 'reactor-licence', 'c-2001', 'c-9101', pin]
  for (const canary of canaries) {
    for (const form of [
      canary,
      Buffer.from(canary).toString('base64url').replace(/.{2}$/, ''),
      Buffer.from(canary).toString('hex'),
    ]) {
      if (form.length >= 6) expect(bytes.includes(Buffer.from(form)), `${canary} as ${form}`).toBe(false)
    }
  }
  // The phone's own exchange with the service names its credential by this pseudonym; in the tap it stands nowhere in the clear.
  for (const pseudonym of pseudonyms) expect(bytes.includes(Buffer.from(pseudonym.slice(-17, -1), 'hex'))).toBe(false)
  await plant.type('pin set ada', `${plant.pin('ada')}\n`)
})

describe('the network is cut', () => {
  test('taps go on, and their records arrive afterwards, each once', async () => {
    await plant.type('sim network cut all')
    const first = await plant.json<Tap>('tap ben hall-door open')
    const second = await plant.json<Tap>('tap coco reactor-2 operate')
    expect([first.decision, second.decision]).toEqual(['permit', 'deny'])
    const meanwhile = await events()
    expect(timesSeen(meanwhile, first.decisionId)).toBe(0)
    await plant.type('sim network restore all')
    await arrives(first.decisionId)
    const after = await arrives(second.decisionId)
    expect(timesSeen(after, first.decisionId)).toBe(1)
    expect(timesSeen(after, second.decisionId)).toBe(1)
    expect((await moduleList()).every(({ records }) => records.gaps.length === 0)).toBe(true)
  })

  test('a person who was revoked before is denied at a module that has lost the service since', async () => {
    await plant.type('revoke finn --reason left')
    await until(moduleList, inForceEverywhere)
    await plant.type('sim network cut all')
    const tap = await plant.json<Tap>('tap finn gate-main open')
    expect(tap.decision).toBe('deny')
    expect(tap.record.reasons).toContain('revoked')
    await plant.type('sim network restore all')
    await arrives(tap.decisionId)
  })

  test('a block that could not travel yet is said to be on its way, and comes into force with the network', async () => {
    await plant.type('sim network cut edge-warehouse')
    const act = await plant.type('revoke otto --reason lost')
    expect(act.out).toMatch(/In force at 9 of 10 modules/)
    expect(act.out).toMatch(/Not yet at edge-warehouse.*certain by/)
    expect((await plant.type('status')).out).toContain('Not yet at edge-warehouse')
    await plant.type('sim network restore edge-warehouse')
    await until(moduleList, inForceEverywhere)
    expect((await plant.json<Tap>('tap otto warehouse-door open')).record.reasons).toContain('revoked')
  })
})

describe('a process is killed with -9', () => {
  test('of the service: taps go on, the service comes back, and the records arrive', async () => {
    const before = plant.pids.service as number
    process.kill(before, 'SIGKILL')
    const tap = await plant.json<Tap>('tap ben hall-door open')
    expect(tap.decision).toBe('permit')
    await until(
      async () => plant.pids.service,
      pid => pid !== before && pid !== undefined,
    )
    await until(
      () => plant.type('status'),
      ({ code }) => code === 0,
    )
    expect(timesSeen(await arrives(tap.decisionId), tap.decisionId)).toBe(1)
  })

  test('of a module: it comes back with what it knew, and its chain has no gap', async () => {
    const before = plant.pids['edge-hall'] as number
    const earlier = await plant.json<Tap>('tap ben hall-door open')
    process.kill(before, 'SIGKILL')
    await until(
      async () => plant.pids['edge-hall'],
      pid => pid !== before && pid !== undefined,
    )
    const later = await until(
      () => plant.type('tap ben hall-door open --json'),
      ({ out }) => out.includes('"permit"'),
    )
    const seen = await arrives((JSON.parse(later.out) as Tap).decisionId)
    expect(timesSeen(seen, earlier.decisionId)).toBe(1)
    const numbers = seen.filter(({ module }) => module === 'edge-hall').map(({ number }) => number)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect((await moduleList()).find(({ id }) => id === 'edge-hall')?.records.gaps).toEqual([])
  })
})

describe('a site file', () => {
  /** From the clone, where commands are typed: its own path has blanks in it. */
  const named = (file: string): string => relative(clone, file)

  test('is exported, checked, compared and applied; modules that it touches get it', async () => {
    const file = join(desk, 'site-under-test.yaml')
    expect((await plant.type(`site export ${named(file)}`)).code).toBe(0)
    expect((await plant.type(`site diff ${named(file)}`)).out).toContain('nothing changes')
    const { writeFileSync } = await import('node:fs')
    const changed = readFileSync(file, 'utf8').replace(/operator-5/, 'operator-five')
    writeFileSync(file, changed)
    const diff = await plant.type(`site diff ${named(file)}`)
    expect(diff.out).toContain('operator-five')
    const applied = await plant.type(`site apply ${named(file)}`)
    expect(applied.out).toContain('is in force at the service')
    await until(moduleList, inForceEverywhere)
    expect((await plant.json<Tap>('tap ben hall-door open')).record.by).toBe('operator-five')

    writeFileSync(file, changed.replace('who: operator', 'who: operater'))
    const refused = await plant.type(`site check ${named(file)}`)
    expect(refused.code).toBe(1)
    expect(refused.out).toMatch(/site-under-test\.yaml:\d+:\d+ error unknown-reference/)
    expect(refused.out).toContain('operator')
  })

  test('a new one is written by init and passes the check', async () => {
    const file = join(desk, 'my-site.yaml')
    expect((await plant.type(`site init ${named(file)}`)).code).toBe(0)
    expect((await plant.type(`site check ${named(file)}`)).out).toContain('can be applied')
    expect((await plant.type(`site init ${named(file)}`)).err).toContain('is there already')
  })
})

describe('the simulated world', () => {
  test('a machine that runs keeps a cleaner out; one that stands lets him in', async () => {
    await plant.type('sim set machine.running=true machine.state=running --asset reactor-1')
    const running = await plant.json<Tap>('tap dario reactor-1 clean')
    expect(running.record.reasons[0]).toMatch(/prohibited|machine-state|context/)
    await plant.type('sim set machine.running=false machine.state=stopped machine.lockedOut=true --asset reactor-1')
    const stopped = await plant.json<Tap>('tap dario reactor-1 clean --pin', `${plant.pin('dario')}\n`)
    expect(stopped.decision).toBe('permit')
  })

  test('an operator who is not at the reactor is asked to come closer', async () => {
    await plant.type('sim position ada none')
    const away = await plant.json<Tap>('tap ada reactor-2 operate --pin', `${plant.pin('ada')}\n`)
    expect(away.record.reasons).toContain('not-in-zone')
    await plant.type('sim position ada reactor-pad')
  })

  test('one door of a lock keeps the other shut', async () => {
    await plant.type('sim door tank-inner open')
    const tap = await plant.json<Tap>('tap rosa tank-outer open')
    expect(tap.record.reasons).toContain('interlock-open')
    await plant.type('sim door tank-inner shut')
  })

  test('the clock goes on when told to, and back only when that is tested', async () => {
    const before = await plant.json<{ now: string }>('sim clock')
    expect((await plant.type('sim clock --forward -1h')).err).toContain('does not go back')
    const after = await plant.json<{ now: string }>('sim clock --forward 10m')
    expect(Date.parse(after.now) - Date.parse(before.now)).toBeGreaterThanOrEqual(600_000)
    expect((await plant.json<Tap>('tap ben hall-door open')).decision).toBe('permit')
  })
})

test('an act at the operator socket is recorded with who it was', async () => {
  await plant.type('pin set emil', '7391\n')
  const seen = await until(events, list => list.some(({ actor }) => actor?.startsWith('local:') ?? false))
  expect(seen.some(({ actor }) => actor === `local:${process.getuid?.()}`)).toBe(true)
})

test('Ctrl-C loses nothing, and the next start goes on where it was', async () => {
  const tap = await plant.json<Tap>('tap ben hall-door open')
  const clock = await plant.json<{ now: string }>('sim clock')
  const pids = Object.values(plant.pids)
  await plant.stop()
  for (const pid of pids) expect(existsSync(`/proc/${pid}`), `process ${pid} is gone`).toBe(false)
  await plant.start()
  console.info(`npm start, again: ${plant.startSeconds.toFixed(1)} s`)
  expect(timesSeen(await arrives(tap.decisionId), tap.decisionId)).toBe(1)
  const after = await plant.json<{ now: string }>('sim clock')
  expect(Date.parse(after.now)).toBeGreaterThanOrEqual(Date.parse(clock.now))
  expect((await plant.json<Tap>('tap finn gate-main open')).record.reasons).toContain('revoked')
})

test('a start that was killed leaves nothing behind that the next one could not end', async () => {
  await plant.kill()
  await plant.start()
  expect((await plant.json<Tap>('tap ben hall-door open')).decision).toBe('permit')
})

test('the conformance suites pass on their vectors as they are typed', async () => {
  for (const [suite, path] of [
    ['site-errors', 'vectors/site-errors'],
    ['schedule', 'vectors/schedule'],
    ['decision', 'vectors/decision'],
    ['crypto', 'vectors/crypto'],
    ['envelope', 'vectors/envelope'],
    ['aliro', 'vectors/aliro --phase standard'],
  ]) {
    const { code, out } = await plant.type(`conformance ${suite} ${path}`)
    expect(out.trim().split('\n').at(-1), suite).toMatch(/^\d+ passed, 0 failed$/)
    expect(code).toBe(0)
  }
})

test('demo reset asks, and starts over', async () => {
  await plant.stop()
  expect((await plant.type('demo reset')).code).toBe(1)
  expect((await plant.type('demo reset --yes')).code).toBe(0)
  expect(existsSync(plant.data)).toBe(false)
  expect(clone.length).toBeGreaterThan(0)
})
