// node scripts/deep-clone.mjs [NAME]: clones the last commit to where an installation is most likely to break and
// prints the folder: below the private home (mode 0700: no other user, so no database, can reach in) and so deep that
// no Unix socket inside fits into its 107 bytes. Removing it is up to the caller.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const longestSocketPath = 107
const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const outer = mkdtempSync(join(homedir(), 'edgeward-deep-'))
chmodSync(outer, 0o700)
let parent = outer
while (parent.length <= longestSocketPath) parent = join(parent, 'a folder whose name is long')
mkdirSync(parent, { recursive: true, mode: 0o700 })

const clone = join(parent, process.argv[2] ?? 'edgeward')
const { status, error } = spawnSync('git', ['clone', '--quiet', '--no-hardlinks', root, clone], {
  stdio: ['ignore', 'inherit', 'inherit'],
})
if (error) console.error(`git: ${error.message}`)
if (status !== 0) process.exit(status ?? 1)
console.log(clone)
