// Builds everything: the TypeScript projects in the order of their references, then the console's pages.
import { spawnSync } from 'node:child_process'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtStamp } from './built.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const started = new Date()

build('sources', [join(root, 'node_modules/typescript7/bin/tsc'), '-b', 'apps/cli', 'apps/console'], root)
build(
  'console',
  [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
  join(root, 'apps/console'),
)
mkdirSync(dirname(builtStamp), { recursive: true })
writeFileSync(builtStamp, '')
// What was written while the build ran may not be in it.
utimesSync(builtStamp, started, started)

function build(what, args, cwd) {
  const start = Date.now()
  const { status, error } = spawnSync(process.execPath, args, { cwd, stdio: 'inherit' })
  if (error) console.error(error.message)
  if (status !== 0) {
    console.error(`building the ${what} failed`)
    process.exit(status ?? 1)
  }
  console.error(`built the ${what} in ${((Date.now() - start) / 1000).toFixed(1)} s`)
}
