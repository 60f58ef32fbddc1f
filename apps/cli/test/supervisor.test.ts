import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DataFolder } from '../src/data-folder.ts'
import { readRun, Supervisor } from '../src/demo/supervisor.ts'

let folder: DataFolder
beforeEach(() => {
  folder = new DataFolder(mkdtempSync(join(tmpdir(), 'edgeward-run-')))
})
afterEach(() => rmSync(folder.root, { recursive: true, force: true }))

test.each(['', '{"console":"http://127', '[]', '{"children":3}', '{"children":[{"pid":"x"},null]}'])(
  'a start goes on behind a list of processes that was cut short: %s',
  async text => {
    writeFileSync(folder.run, text)
    expect(await new Supervisor(folder, () => undefined).endLeftovers()).toBe(0)
    expect(existsSync(folder.run)).toBe(false)
  },
)

test('what runs is written whole, for its owner alone', () => {
  new Supervisor(folder, () => undefined).writeRun({ console: 'http://127.0.0.1:1' })
  expect(readRun(folder)).toMatchObject({ console: 'http://127.0.0.1:1', children: [] })
  expect(statSync(folder.run).mode & 0o777).toBe(0o600)
})
