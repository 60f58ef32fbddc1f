/** What somebody does who does not know Edgeward yet: asks the doctor, backs up and restores, mistypes, leaves the demo. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clone, Plant, until } from './support/plant.ts'

interface Finding {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'problem'
  readonly found: string
  readonly todo?: string
}
interface Doctor {
  readonly problems: number
  readonly findings: readonly Finding[]
}
interface Tap {
  readonly decision: string
  readonly decisionId: string
}

const desk = mkdtempSync(join(tmpdir(), 'edgeward-newcomer-'))
const plant = new Plant(join(desk, 'plant'))
const restored = new Plant(join(desk, 'restored'))
const real = new Plant(join(desk, 'real'))
const backup = join(desk, 'plant.backup')
const processes: ChildProcess[] = []

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)
const finding = ({ findings }: Doctor, check: string): Finding | undefined =>
  findings.find(each => each.check === check)

/** Types a command that goes on, and waits for what it says. */
const run = async (data: string, args: string, says: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [join(clone, 'apps/cli/bin/edgeward.js'), ...args.split(' ')], {
    cwd: clone,
    env: { ...process.env, EDGEWARD_DATA: data, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  processes.push(child)
  let shown = ''
  await new Promise<void>((ready, failed) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      shown += chunk.toString('utf8')
      if (shown.includes(says)) ready()
    })
    child.once('exit', code => failed(new Error(`edgeward ${args} ended with ${code}:\n${shown}`)))
  })
  return child
}
const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

beforeAll(() => plant.start())
afterAll(async () => {
  for (const child of processes.reverse()) await end(child)
  for (const each of [restored, real, plant]) await each.remove()
  rmSync(desk, { recursive: true, force: true })
})

test('the doctor finds nothing wrong with a plant that runs, says that it is no HSM, and no secret', async () => {
  const doctor = await plant.json<Doctor>('doctor')
  expect(doctor.findings.filter(({ state }) => state === 'problem')).toEqual([])
  for (const check of [
    'node',
    'database programs',
    'data folder',
    'disk',
    'fsync',
    'processes',
    'database',
    'broker',
    'modules',
  ])
    expect(finding(doctor, check), check).toMatchObject({ state: 'ok' })
  expect(finding(doctor, 'key stores')).toMatchObject({ state: 'warning', found: expect.stringContaining('no HSM') })
  expect(finding(doctor, 'simulation')?.state).toBe('warning')
  for (const { state, todo } of doctor.findings) expect(todo === undefined).toBe(state === 'ok')
  const typed = await plant.type('doctor')
  expect(typed.code).toBe(0)
  expect(typed.out).toMatch(/No problem; \d+ warnings, \d+ fine\./)
  expect(typed.out).not.toContain(plant.pin('ada'))
})

test('the doctor needs no plant, and changes nothing where there is none', async () => {
  const nothing = new Plant(join(desk, 'nothing'))
  const doctor = await nothing.json<Doctor>('doctor')
  expect(doctor.problems).toBe(0)
  expect(existsSync(nothing.data)).toBe(false)
})

test('a backup is made while people tap, and is for its owner alone', async () => {
  const before = await plant.json<Tap>('tap ben hall-door open')
  await until(
    () => plant.type('events --limit 100 --json'),
    ({ out }) => out.includes(before.decisionId),
  )
  const [made, ...taps] = await Promise.all([
    plant.type(`backup ${backup}`),
    plant.json<Tap>('tap ben hall-door open'),
    plant.json<Tap>('tap coco reactor-2 operate'),
  ])
  expect(made).toMatchObject({ code: 0 })
  expect(made.out).toContain('Guard it like a master key')
  expect(taps.map(({ decision }) => decision)).toEqual(['permit', 'deny'])
  expect(statSync(backup).mode & 0o777).toBe(0o600)
  expect(readdirSync(desk).filter(name => name.includes('.part-'))).toEqual([])
  const again = await plant.type(`backup ${backup}`)
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('is there already') })
})

test('a restore that is killed leaves nothing half restored, wherever it was', async () => {
  const halves = (): readonly string[] => readdirSync(desk).filter(name => name.startsWith('restored.restoring-'))
  for (const wanted of ['service', 'modules', 'database']) {
    const child = spawn(process.execPath, [join(clone, 'apps/cli/bin/edgeward.js'), 'restore', backup], {
      cwd: clone,
      env: { ...process.env, EDGEWARD_DATA: restored.data },
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    await until(
      async () => halves().some(half => existsSync(join(desk, half, wanted))) || child.exitCode !== null,
      seen => seen,
    )
    child.kill('SIGKILL')
    await ended
    expect(existsSync(restored.data), wanted).toBe(false)
  }
})

test('R18: the restored plant runs beside the original, both take taps, and it says that it was restored', async () => {
  const pids = Object.values(plant.pids)
  const done = await restored.type(`restore ${backup}`)
  expect(done).toMatchObject({ code: 0 })
  expect(readdirSync(desk).filter(name => name.includes('.restoring-'))).toEqual([])
  await restored.start()
  expect(restored.shown).not.toContain('PINs of the demo, shown once')
  const there = await restored.json<Tap>('tap ben hall-door open')
  const here = await plant.json<Tap>('tap ben hall-door open')
  expect([there.decision, here.decision]).toEqual(['permit', 'permit'])
  expect(pids.every(isAlive)).toBe(true)
  const status = await restored.json<{
    readonly restore: { readonly takenAt: string; readonly unheard: readonly string[] } | null
    readonly records: { readonly gaps: number }
    readonly modules: { readonly total: number; readonly current: number }
  }>('status')
  expect(status.restore?.unheard).toEqual([])
  expect(status.modules.current).toBe(status.modules.total)
  expect(status.records.gaps).toBe(0)
  const { out } = await until(
    () => restored.type('events --limit 300 --json'),
    ({ out: seen }) => seen.includes(there.decisionId),
  )
  expect(out).toContain('"restored"')
  expect((await restored.json<Doctor>('doctor')).problems).toBe(0)
  await restored.stop()
})

test('a copy of the folder of a running plant does not end the original', async () => {
  const pids = Object.values(plant.pids)
  const copy = new Plant(join(desk, 'copy'))
  execFileSync('cp', ['-a', plant.data, copy.data])
  const elsewhere = existsSync(join(copy.data, 'database.location'))
  if (elsewhere) {
    // Its database was not copied with it; nothing of the other's is touched.
    const started = await copy.type('demo start --port 0')
    expect(started).toMatchObject({ code: 1, err: expect.stringContaining('edgeward restore') })
  } else {
    cpSync(plant.data, copy.data, { recursive: true, filter: source => !statSync(source).isSocket() })
    await copy.start()
    await copy.stop()
  }
  expect(pids.every(isAlive)).toBe(true)
  expect((await plant.json<Tap>('tap ben hall-door open')).decision).toBe('permit')
  const reset = await copy.type('demo reset --yes')
  expect(reset.code).toBe(0)
  expect(pids.every(isAlive)).toBe(true)
  expect((await plant.json<Tap>('tap ben hall-door open')).decision).toBe('permit')
})

test('a port that is taken is said with the process that has it', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const fresh = new Plant(join(desk, 'fresh'))
  const started = await fresh.type(`demo start --port ${port}`)
  expect(started.code).toBe(1)
  expect(started.err).toMatch(new RegExp(`Port ${port} of 127.0.0.1 is taken by \\S+ \\(process ${process.pid}\\)`))
  expect(started.err).toContain('--port')
  const mqtt = await real.type(`serve --production --port 0 --mqtt-port ${port}`)
  expect(mqtt.code).toBe(1)
  expect(mqtt.err).toContain('--mqtt-port')
  other.close()
  await fresh.remove()
})

test('what is mistyped is JSON too when JSON was asked for, and no stack is shown', async () => {
  for (const [args, code] of [
    ['frobnicate', 'usage'],
    ['tap', 'usage'],
    ['revoke ben', 'usage'],
    ['tap ben hall-dor', 'unknown-asset'],
    ['explain W316348VS6', 'not-found'],
    ['site init /nowhere/x.yaml', 'ENOENT'],
  ] as const) {
    const answer = await plant.json<{ readonly error: { readonly code: string; readonly message: string } }>(args)
    expect(answer.error.code, args).toBe(code)
    const typed = await plant.type(args)
    expect(typed.code, args).toBe(1)
    expect(typed.err, args).not.toMatch(/\n\s+at /)
  }
})

test('T58: production refuses the folder of a demo and its modules, with a sentence that says what to do', async () => {
  const served = await plant.type('serve --production --port 0')
  expect(served).toMatchObject({ code: 1, err: expect.stringContaining('docs/production.md') })
  const module = await plant.type('module edge-hall --production')
  expect(module).toMatchObject({ code: 1, err: expect.stringContaining('docs/production.md') })
  // Whoever removes the signs still has the keys.
  const bare = join(desk, 'bare')
  cpSync(join(plant.data, 'modules', 'edge-hall', 'keys'), join(bare, 'modules', 'edge-hall', 'keys'), {
    recursive: true,
  })
  rmSync(join(bare, 'modules', 'edge-hall', 'keys', 'lock'), { force: true })
  const keys = await new Plant(bare).type('module edge-hall --production')
  expect(keys).toMatchObject({ code: 1, err: expect.stringContaining('refuses them') })
})

test('T20: a plant for production is made by hand; its module listens to nothing but the socket of its owner', async () => {
  await run(real.data, 'serve --production --port 0 --mqtt-port 0', 'ready at')
  const file = join(desk, 'works.yaml')
  expect((await real.type(`site init ${file} --name Works --time-zone Europe/Zurich`)).code).toBe(0)
  expect((await real.type(`site apply ${file}`)).code).toBe(0)
  const module = await run(real.data, 'module module-1 --production', 'ready')
  const commissioned = await real.type('commission module-1')
  expect(commissioned).toMatchObject({ code: 0, out: expect.stringContaining('belongs to the site') })
  await until(
    () =>
      real.json<{
        readonly moduleList: readonly { readonly link: string; readonly bundle: { readonly effective: number } }[]
      }>('status'),
    ({ moduleList }) => moduleList.every(({ link, bundle }) => link === 'connected' && bundle.effective > 0),
  )
  const sockets = socketsOf(module.pid ?? 0)
  expect(sockets.listening).toEqual([])
  // The broker of the service, and nobody else.
  expect(sockets.connectedTo).toEqual(['127.0.0.1'])
  expect(sockets.unix).toEqual([expect.stringMatching(/control\.sock$/)])
  expect(statSync(sockets.unix[0] ?? '').mode & 0o777).toBe(0o600)
  // APDU over TCP is of the simulation: there is no virtual reader to be had.
  const tapped = await real.json<{ readonly error: { readonly code: string } }>('tap ada press operate')
  expect(tapped.error.code).not.toBeUndefined()
  const simulated = await real.json<{ readonly error: { readonly code: string } }>('sim door gate open')
  expect(simulated.error.code).toBe('simulation-only')
  const started = await real.json<{ readonly error: { readonly code: string } }>('demo start --port 0')
  expect(started.error.code).toBe('not-a-demo')
  expect((await real.json<Doctor>('doctor')).problems).toBe(0)
})

test('the doctor finds what a killed plant has left, and what others could read', async () => {
  await plant.kill()
  await until(
    () => plant.json<Doctor>('doctor'),
    doctor => finding(doctor, 'leftovers')?.state === 'warning' && finding(doctor, 'processes')?.state === 'ok',
  )
  execFileSync('chmod', ['755', plant.data])
  writeFileSync(join(plant.data, 'modules', 'edge-hall', 'keys', 'keys.sealed'), 'cut short')
  const typed = await plant.type('doctor')
  expect(typed.code).toBe(1)
  expect(typed.out).toContain(`chmod 700 ${plant.data}`)
  expect(typed.out).toMatch(/✗ +keys of module edge-hall/)
  execFileSync('chmod', ['700', plant.data])
})

/** TCP and Unix sockets of a process. */
function socketsOf(pid: number): {
  readonly listening: readonly string[]
  readonly connectedTo: readonly string[]
  readonly unix: readonly string[]
} {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap(fd => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? []),
  )
  const rows = (table: string): readonly (readonly string[])[] =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map(line => line.trim().split(/\s+/))
  const tcp = ['tcp', 'tcp6'].flatMap(rows).filter(fields => inodes.has(fields[9] ?? ''))
  const listening = [...tcp, ...['udp', 'udp6'].flatMap(rows).filter(fields => inodes.has(fields[9] ?? ''))]
  return {
    listening: listening.filter(fields => fields[3] !== '01').map(fields => fields[1] ?? ''),
    connectedTo: tcp.filter(fields => fields[3] === '01').map(fields => addressOf(fields[2] ?? '')),
    unix: rows('unix')
      .filter(fields => inodes.has(fields[6] ?? '') && fields[7] !== undefined)
      .map(fields => fields[7] ?? ''),
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** "0100007F:20E5" is 127.0.0.1. */
function addressOf(hex: string): string {
  const [bytes = ''] = hex.split(':')
  return Buffer.from(bytes, 'hex').reverse().join('.')
}
