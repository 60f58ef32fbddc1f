import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cloneFolder } from './data-folder.ts'

/** Version of this program, as its package says. */
export const programVersion: string = readVersion()

function readVersion(): string {
  const { version }: { version?: unknown } = Object(
    JSON.parse(readFileSync(join(cloneFolder, 'apps/cli/package.json'), 'utf8')),
  )
  return typeof version === 'string' ? version : 'unknown'
}
