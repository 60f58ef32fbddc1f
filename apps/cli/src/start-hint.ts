import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { commandFor, type DataFolder, dataFolderOf } from './data-folder.ts'

/** How the plant of a folder is started: what to type, for a sentence that says that it does not run. */
export function startHint(folder: DataFolder): string {
  const edgeward = commandFor(folder)
  const isReal = !existsSync(folder.clock) && existsSync(join(folder.service, 'keys', 'keys.sealed'))
  if (isReal) return `\`${edgeward} serve\`, and \`${edgeward} module ID\` for each module`
  return dataFolderOf(undefined).root === folder.root ? '`npm start`' : `\`${edgeward} demo start\``
}
