// Runs before `npm start` (with the word `built`) and `npm test`, with nothing but Node: a fresh clone installs and
// builds itself, and one whose lockfile or sources have changed since does so again.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtStamp, newestSourceMs } from './built.mjs'

const oldestNode = [20, 19]
const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  console.error(
    `Edgeward needs Node ${oldestNode.join('.')} or newer (24 is recommended); this is ${process.versions.node}.`,
  )
  process.exit(1)
}

if (!isInstalled()) {
  console.error('Installing and building this clone (about a minute) …')
  run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'])
} else if (process.argv.includes('built') && !isBuilt()) {
  run(process.execPath, [join(root, 'scripts/build.mjs')])
}

/** Whether node_modules holds what the lockfile asks for. npm leaves its own list of what it has put there. */
function isInstalled() {
  const present = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(present)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const found = JSON.parse(readFileSync(present, 'utf8')).packages
  return Object.entries(wanted).every(([path, { optional, integrity, link }]) => {
    if (!path.startsWith('node_modules/') || link) return true
    return found[path] === undefined ? optional === true : found[path].integrity === integrity
  })
}

function isBuilt() {
  return existsSync(builtStamp) && statSync(builtStamp).mtimeMs >= newestSourceMs()
}

function run(command, args) {
  const shell = process.platform === 'win32'
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell })
  if (error) console.error(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
