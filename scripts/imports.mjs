// node scripts/imports.mjs [FOLDER]: checks who imports whom in this tree (or in FOLDER, laid out like it) by
// `.dependency-cruiser.cjs`. Prints `RULE: FROM -> TO` for each broken rule and the number of modules that were seen.
// A checker that saw nothing is green too: every source file must be among them, or the run fails.
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cruise } from 'dependency-cruiser'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const baseDir = resolve(process.argv[2] ?? root)
const folders = ['packages', 'apps', 'test'].filter(folder => existsSync(join(baseDir, folder)))
const sourceFile = /\.(ts|tsx|mts|mjs|js)$/

const { forbidden, options } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs'))
const { output } = await cruise(folders, { ...options, baseDir, validate: true, ruleSet: { forbidden } })

const seen = new Set(output.modules.map(({ source }) => source).filter(path => folders.includes(path.split('/')[0])))
const unseen = folders.flatMap(listed).filter(path => sourceFile.test(path) && !seen.has(path))
const violations = output.summary.violations

for (const { rule, from, to, via = [] } of violations) {
  const steps = via.map(step => step.name ?? step).join(', ')
  console.error(`${rule.name}: ${from} -> ${to}${steps ? ` (by ${steps})` : ''}`)
}
for (const path of unseen) console.error(`not-checked: ${path}`)
console.log(`${seen.size} modules, ${violations.length} broken rules, ${unseen.length} files not checked`)
process.exitCode = seen.size === 0 || violations.length > 0 || unseen.length > 0 ? 1 : 0

/** Every file below a folder, but for what is installed or built. */
function listed(folder) {
  return readdirSync(join(baseDir, folder), { withFileTypes: true }).flatMap(entry => {
    if (['node_modules', 'dist', 'coverage'].includes(entry.name)) return []
    return entry.isDirectory() ? listed(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]
  })
}
