// Runs before `npm start` and `npm test`, with nothing but Node: a fresh clone installs and builds itself.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Edgeward needs Node 20.19 or newer (24 is recommended); this is ${process.versions.node}.`)
  process.exit(1)
}

const run = (command, args) => {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (error) console.error(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

if (!existsSync(join(root, 'node_modules/.package-lock.json'))) {
  console.error('First start in this clone: installing and building (about a minute) …')
  run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'])
} else if (!existsSync(join(root, 'apps/cli/dist/main.js'))) {
  run(process.execPath, [join(root, 'scripts/build.mjs')])
}
