/** Starts over: everything of a demo plant goes, its database included. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { CliError } from '../cli-error.ts'
import { dataFolderOf } from '../data-folder.ts'
import { lockFolder } from '../folder-lock.ts'
import { say } from '../output.ts'
import { Supervisor } from './supervisor.ts'

export async function resetDemo(options: { readonly data?: string; readonly yes?: boolean }): Promise<void> {
  const folder = dataFolderOf(options.data)
  if (!existsSync(folder.clock))
    throw new CliError('no-plant', `There is no demo plant in ${folder.root}: nothing to reset.`)
  if (!options.yes) await confirm(folder.root)
  const unlock = lockFolder(folder)
  await new Supervisor(folder, () => undefined).endLeftovers()
  const elsewhere = readPointer(join(folder.root, 'database.location'))
  if (elsewhere !== undefined) rmSync(elsewhere, { recursive: true, force: true })
  unlock()
  rmSync(folder.root, { recursive: true, force: true })
  say('The demo plant is gone. The next `npm start` begins afresh.')
}

async function confirm(root: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CliError('usage', 'demo reset asks before it removes anything; without a terminal, say --yes.')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await lines.question(`Remove everything in ${root}: people, records, keys? [y/N] `)
  lines.close()
  if (answer.trim().toLowerCase() !== 'y') throw new CliError('interrupted', 'Nothing was removed.')
}

/** Where the database lives when it cannot live in the data folder; only a path that the service itself would choose is believed. */
function readPointer(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  const path = readFileSync(file, 'utf8').trim()
  return path.startsWith('/var/lib/edgeward/') && !path.includes('..') ? path : undefined
}
