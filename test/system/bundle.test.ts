/** Modules as they are deployed, in the place of the ordinary ones: a plant that was started once, then run by hand. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clone, Plant, until } from './support/plant.ts'

interface Tap {
  readonly decision: string
  readonly decisionId: string
}
interface Event {
  readonly decisionId: string | null
  readonly kind: string
}

const plant = new Plant()
/** Away from every node_modules. */
const deployed = join(mkdtempSync(join(tmpdir(), 'edgeward-deployed-')), 'module')
const running: ChildProcess[] = []

/** Starts a program and waits until it says something. */
async function start(args: readonly string[], says: RegExp): Promise<RegExpExecArray> {
  const child = spawn(process.execPath, args, {
    cwd: tmpdir(),
    env: { ...process.env, EDGEWARD_DATA: plant.data, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.push(child)
  let said = ''
  return new Promise((ready, failed) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
      const match = says.exec(said)
      if (match !== null) ready(match)
    })
    child.once('exit', code => failed(new Error(`${args.join(' ')} ended with ${code}:\n${said}`)))
  })
}

beforeAll(async () => {
  execFileSync(process.execPath, [join(clone, 'scripts/bundle.mjs'), deployed], { stdio: 'ignore' })
  await plant.start()
  await plant.stop()
})
afterAll(async () => {
  for (const child of running.reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  await plant.remove()
  rmSync(resolve(deployed, '..'), { recursive: true, force: true })
})

test('the bundle needs no node_modules, permits, and delivers its records', async () => {
  const mqttPort = 20_000 + (process.pid % 20_000)
  const edgeward = join(clone, 'apps/cli/bin/edgeward.js')
  await start([edgeward, 'serve', '--simulation', '--port', '0', '--mqtt-port', String(mqttPort)], /ready/)
  const broker = `mqtt://127.0.0.1:${mqttPort}`
  const module = join(deployed, 'edgeward-module.js')
  // Who taps asks every module what it guards.
  const modules = readdirSync(join(plant.data, 'modules'))
  await Promise.all(
    modules.map(id => start([module, id, '--data', plant.data, '--broker', broker, '--simulation'], /ready/)),
  )

  const tap = await plant.json<Tap>('tap ben hall-door open')
  const { decisionId } = tap
  expect(tap).toMatchObject({ decision: 'permit' })
  const events = async (): Promise<readonly Event[]> =>
    (await plant.json<{ events: readonly Event[] }>('events --limit 200')).events
  const seen = await until(events, list =>
    list.some(event => event.decisionId === decisionId && event.kind === 'outcome'),
  )
  expect(
    seen
      .filter(event => event.decisionId === decisionId)
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual(['decision', 'outcome'])
})

test('what is shipped holds no fault point that stops', () => {
  const texts = readdirSync(deployed)
    .filter(name => name.endsWith('.js'))
    .map(name => readFileSync(join(deployed, name), 'utf8'))
  expect(texts.some(text => text.includes('edgeward-module ID'))).toBe(true)
  expect(texts.filter(text => /SIGSTOP|stopping-fault-point|stopAt\(/.test(text))).toEqual([])
})
