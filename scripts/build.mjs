// Builds everything: the TypeScript projects in the order of their references, then the console's pages.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const run = (args, cwd = root) => {
  const { status, error } = spawnSync(process.execPath, args, { cwd, stdio: 'inherit' })
  if (error) console.error(error.message)
  if (status !== 0) process.exit(status ?? 1)
}

run([join(root, 'node_modules/typescript7/bin/tsc'), '-b', 'apps/cli', 'apps/console'])
run([join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], join(root, 'apps/console'))
