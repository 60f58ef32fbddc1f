import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bundle } from '../faults/support/bundle-child.ts'
import { root, treeFiles } from './tree.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** What only the fault points that stop a process contain. */
const standsStill = 'Atomics.wait('
const condition = '@edgeward/faults'

async function bundled(options: { readonly withoutFaultPoints: boolean }): Promise<string> {
  const into = mkdtempSync(join(tmpdir(), 'edgeward-bundle-'))
  folders.push(into)
  return readFileSync(await bundle({ program: join(root, 'packages/module/src/index.ts'), into, ...options }), 'utf8')
}

test('no build of the module can be stopped: the fault points in it are empty, but for a bundle that asks for others', async () => {
  expect(await bundled({ withoutFaultPoints: false })).toContain(standsStill)
  expect(await bundled({ withoutFaultPoints: true })).not.toContain(standsStill)
})

test('what is compiled holds no fault point that stops', () => {
  const sources = treeFiles().filter(path => /^(packages|apps)\/[^/]+\/(src|bin)\//.test(path))
  expect(sources).toContain('packages/module/src/fault-point.ts')
  expect(sources.filter(path => readFileSync(join(root, path), 'utf8').includes(standsStill))).toEqual([])
  const { imports } = JSON.parse(readFileSync(join(root, 'packages/module/package.json'), 'utf8')) as {
    readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>
  }
  const { [condition]: stopping, ...others } = imports['#fault-points'] ?? {}
  expect(existsSync(join(root, 'packages/module', stopping ?? ''))).toBe(true)
  expect(Object.values(others).every(path => /^\.\/(src|dist)\/fault-point\./.test(path))).toBe(true)
})

test('the condition that makes them stop is set by one file of the tests alone', () => {
  const quoted = new RegExp(`(['"])${condition}\\1`)
  const naming = treeFiles().filter(
    path => /\.(ts|tsx|mts|mjs|cjs|js|json|yml)$/.test(path) && quoted.test(readFileSync(join(root, path), 'utf8')),
  )
  expect(naming.toSorted()).toEqual([
    'packages/module/package.json',
    'test/arch/fault-points.test.ts',
    'test/faults/support/bundle-child.ts',
  ])
})
