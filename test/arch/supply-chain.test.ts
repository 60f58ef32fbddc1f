import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, treeFiles } from './tree.ts'

interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}
interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly private?: boolean
  readonly scripts?: Record<string, string>
  readonly allowScripts?: Record<string, boolean>
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
}

const read = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T
const lock = read<{ packages: Record<string, Locked> }>('package-lock.json').packages
const installed = Object.entries(lock).filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
const manifests = treeFiles()
  .filter(path => /(^|\/)package\.json$/.test(path))
  .map(path => [path, read<Manifest>(path)] as const)

const unlocked = (packages: typeof installed): string[] =>
  packages.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? '')).map(([path]) => path)
const scripted = (packages: typeof installed): string[] =>
  packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path.replace(/^.*node_modules\//, ''))

test('T88: every locked package has its hash', () => {
  expect(installed.length).toBeGreaterThan(100)
  expect(unlocked(installed)).toEqual([])
  expect(unlocked([['node_modules/x', { version: '1.0.0' }]])).toEqual(['node_modules/x'])
})

test('T88: the lockfile names no place to download from', () => {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8')
  expect(installed.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  expect(/"resolved": "(https?|git|file)[^"]*"/.exec(text)).toBeNull()
})

test('T88: the packages with install scripts are those of the allow list', () => {
  const { allowScripts = {} } = read<Manifest>('package.json')
  const allowed = Object.keys(allowScripts).filter(name => allowScripts[name])
  expect([...new Set(scripted(installed))].sort()).toEqual(allowed.sort())
  expect(scripted([['node_modules/worm', { hasInstallScript: true }]])).toEqual(['worm'])
})

test('T88: every version is exact', () => {
  expect(manifests.length).toBeGreaterThan(9)
  const loose = manifests.flatMap(([path, { dependencies, devDependencies, optionalDependencies }]) =>
    Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
      .filter(([, version]) => !/^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${path}: ${name} ${version}`),
  )
  expect(loose).toEqual([])
})

test('T88: installing runs no script of ours but the build', () => {
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']
  const found = manifests.flatMap(([path, { scripts = {} }]) =>
    hooks.filter(hook => scripts[hook] !== undefined).map(hook => `${path}: ${hook}: ${scripts[hook]}`),
  )
  expect(found).toEqual(['package.json: prepare: node scripts/build.mjs'])
})

test('base, domain and keystore are nearly without dependencies', () => {
  const outside = (name: string): string[] =>
    Object.keys(read<Manifest>(`packages/${name}/package.json`).dependencies ?? {}).filter(
      dependency => !dependency.startsWith('@edgeward/'),
    )
  expect({ base: outside('base'), domain: outside('domain'), keystore: outside('keystore') }).toEqual({
    base: [],
    domain: ['yaml'],
    keystore: [],
  })
})
