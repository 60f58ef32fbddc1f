/** What was built, by the compiler and as a bundle for deployment, cannot be stopped at a fault point. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
/** What only the fault points that stop a process contain. */
const standsStill = 'Atomics.wait('

test('no built file of the module or of the command line holds a fault point that stops', () => {
  const built = ['packages/module/dist', 'apps/cli/dist', 'dist'].filter(folder => existsSync(join(root, folder)))
  expect(built).toContain('packages/module/dist')
  const files = built.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => /\.[cm]?js$/.test(name))
      .map(name => join(folder, name)),
  )
  expect(files).toContain(join('packages/module/dist', 'fault-point.js'))
  expect(files.filter(path => readFileSync(join(root, path), 'utf8').includes(standsStill))).toEqual([])
})
