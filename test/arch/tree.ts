import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The root of the repository. */
export const root = join(import.meta.dirname, '../..')

const notOurs = new Set(['.git', '.edgeward', 'node_modules', 'dist', 'coverage'])

/** Every file of the tree, but for what is installed, built or left by a running plant. Paths from the root. */
export function treeFiles(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    if (notOurs.has(entry.name)) return []
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    return entry.isDirectory() ? treeFiles(path) : [path]
  })
}
