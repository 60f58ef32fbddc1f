/** R12: what was simulated is never production, and what is production is never simulated; each refusal says what to do. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SystemClock } from '@edgeward/base'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DataFolder } from '../src/data-folder.ts'
import { runModule } from '../src/module/run-module.ts'
import { checkMode } from '../src/production.ts'

let folder: DataFolder

beforeEach(() => {
  folder = new DataFolder(mkdtempSync(join(tmpdir(), 'edgeward-mode-')))
})
afterEach(() => rmSync(folder.root, { recursive: true, force: true }))

const put = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '{"offsetMs":0}')
}
const refusalOf = (mode: Parameters<typeof checkMode>[1]): { readonly code: string; readonly message: string } => {
  try {
    checkMode(folder, mode)
  } catch (error) {
    return error as never
  }
  throw new Error('it was not refused')
}
const run = (mode: { readonly simulation: boolean; readonly production: boolean }) =>
  runModule({
    dataFolder: folder.module('edge-hall'),
    moduleId: 'edge-hall',
    controlSocketPath: folder.controlSocket('edge-hall'),
    clock: new SystemClock(),
    ...mode,
  })

const production = { simulation: false, production: true }
const simulation = { simulation: true, production: false }

test('a new folder may become either', () => {
  expect(() => checkMode(folder, production)).not.toThrow()
  expect(() => checkMode(folder, simulation)).not.toThrow()
})

test('T58: the folder of a demo is refused for production, by its clock and by its PINs', () => {
  put(folder.clock)
  expect(refusalOf(production)).toMatchObject({ code: 'demo-in-production' })
  expect(refusalOf(production).message).toMatch(/simulated clock.*--data NEW-FOLDER.*docs\/production\.md/)
  rmSync(folder.clock)
  put(folder.pins)
  expect(refusalOf(production).message).toContain('PINs that are written down')
})

test('a plant that is no demo is not simulated: its keys would be of a simulation for ever', () => {
  put(join(folder.service, 'keys', 'keys.sealed'))
  expect(refusalOf(simulation)).toMatchObject({ code: 'not-a-demo' })
  expect(() => checkMode(folder, production)).not.toThrow()
  put(folder.clock)
  expect(() => checkMode(folder, simulation)).not.toThrow()
})

test('both at once are refused', () => {
  expect(refusalOf({ simulation: true, production: true })).toMatchObject({ code: 'simulation-in-production' })
})

test('T58: a module whose keys served a simulation is refused for production, whatever else its folder says', async () => {
  const demo = await run(simulation)
  await demo.stop()
  await expect(run(production)).rejects.toMatchObject({
    code: 'demo-keys',
    message: expect.stringContaining('docs/production.md'),
  })
  // Nothing is left open by the refusal.
  const again = await run(simulation)
  await again.stop()
})

test('T58: a module that was never simulated runs for production', async () => {
  const real = await run(production)
  await real.stop()
  const again = await run(production)
  await again.stop()
})
