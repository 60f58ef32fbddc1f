/** T07 in full: a million frames at the port of a reader that has a whole module behind it, in a process of its own. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { floodPort } from '../../packages/transponder/test/flood.ts'
import { bundle } from './support/bundle-child.ts'
import type { FloodAnswer, FloodQuestion } from './support/flooded-child.ts'

const frames = 1_000_000
const framesOfPeer = 2_000
/** Frames after which whatever is made once has been made. */
const warmUp = 50_000
const memoryGrowth = 20 * 1_024 * 1_024

let folder: string
let child: ChildProcess
let port = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-faults-'))
  const program = join(import.meta.dirname, 'support/flooded-child.ts')
  const file = await bundle({ program, into: folder, withoutFaultPoints: true })
  child = fork(file, { execArgv: ['--expose-gc'], env: { ...process.env, TMPDIR: folder } })
  port = (await answer()).port ?? 0
})
afterAll(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

async function answer(): Promise<FloodAnswer> {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the module has ended: ${code ?? signal}`)
  })
  const [told]: FloodAnswer[] = await Promise.race([once(child, 'message'), ended])
  return told ?? {}
}

async function ask(question: FloodQuestion): Promise<FloodAnswer> {
  child.send(question)
  return await answer()
}

test('T07: after a million frames the module lives, keeps nothing of them, moved nothing, and takes the next honest tap', async () => {
  expect((await ask('tap')).tap).toMatchObject({ decision: 'permit', orders: 1 })
  await floodPort({ port, frames: warmUp, framesOfPeer, peersAtOnce: 8, seed: 1 })
  const { memory: before = 0 } = await ask('memory')
  await floodPort({ port, frames, framesOfPeer, peersAtOnce: 8, seed: 2 })
  const { memory: after = Number.POSITIVE_INFINITY } = await ask('memory')
  expect(after - before).toBeLessThan(memoryGrowth)
  const { tap } = await ask('tap')
  expect(tap).toMatchObject({ decision: 'permit', orders: 2 })
  expect(tap?.taps).toBeGreaterThan(frames / framesOfPeer / 2)
})
