// When the tree was last built, and when its sources last changed.
import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Written at the end of each build; its time is the build's. */
export const builtStamp = join(root, 'node_modules/.cache/edgeward-built')

/** When a source or a configuration of the build was last written, in milliseconds since 1970. */
export function newestSourceMs() {
  const settings = ['package-lock.json', 'tsconfig.base.json'].map(file => join(root, file))
  const sources = ['packages', 'apps'].flatMap(folder => files(join(root, folder)))
  return Math.max(...[...settings, ...sources].map(path => statSync(path).mtimeMs))
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (['node_modules', 'dist', 'test', '.vite'].includes(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? files(path) : entry.isFile() ? [path] : []
  })
}
