/** Starts over: everything of a demo plant goes, its database included, and nothing else that lies in its folder. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { processRef } from '@edgeward/base/folder-lock'
import { CliError } from '../cli-error.ts'
import { type DataFolder, dataFolderOf } from '../data-folder.ts'
import { lockFolder } from '../folder-lock.ts'
import { say } from '../output.ts'
import { endProcess } from '../processes.ts'
import { settleFolder } from '../settle-folder.ts'
import { hasSharedClock } from '../shared-clock.ts'
import { Supervisor } from './supervisor.ts'

/** What a plant keeps in its folder, and what a write that was cut short may leave there. The lock goes last. */
const parts =
  /^(service|database|database\.location|modules|wallets|logs|operator\.sock|restored\.json|(folder\.json|run\.json|demo-pins\.txt|clock\.json)(\.\d+)?|lock\.(stale\.)?\d+)$/

export async function resetDemo(options: { readonly data?: string; readonly yes?: boolean }): Promise<void> {
  const folder = dataFolderOf(options.data)
  if (!hasSharedClock(folder.clock))
    throw new CliError('no-plant', `There is no demo plant in ${folder.root}: nothing to reset.`)
  if (!options.yes) await confirm(folder.root)
  settleFolder(folder)
  const unlock = lockFolder(folder)
  try {
    await new Supervisor(folder, () => undefined).endLeftovers()
    const elsewhere = databaseElsewhere(folder)
    for (const home of [join(folder.root, 'database'), ...elsewhere]) await endDatabase(home)
    for (const home of elsewhere) rmSync(home, { recursive: true, force: true })
    for (const name of readdirSync(folder.root).filter(part => parts.test(part)))
      rmSync(join(folder.root, name), { recursive: true, force: true })
  } finally {
    unlock()
  }
  removeIfEmpty(folder.root)
  say('The demo plant is gone. The next `npm start` begins afresh.')
}

async function confirm(root: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CliError('usage', 'demo reset asks before it removes anything; without a terminal, say --yes.')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await lines.question(`Remove the plant in ${root}: people, records, keys? [y/N] `)
  lines.close()
  if (answer.trim().toLowerCase() !== 'y') throw new CliError('interrupted', 'Nothing was removed.')
}

/**
 * Where the database lives when it cannot live in the data folder; none or one. Only the place that the service chooses
 * for this very folder is believed: a copy of a folder still names the database of the one that it was copied from.
 */
function databaseElsewhere({ root }: DataFolder): readonly string[] {
  const pointer = join(root, 'database.location')
  if (!existsSync(pointer)) return []
  const place = readFileSync(pointer, 'utf8').trim()
  const own = createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 12)
  if (place === `/var/lib/edgeward/${own}`) return [place]
  say(`The database in ${place} was not made for this folder and stays. Remove it if no plant uses it.`)
  return []
}

/** Ends a PostgreSQL that outlived a service that was killed. Its command line names the folder: a pid alone comes again. */
async function endDatabase(home: string): Promise<void> {
  const data = join(home, 'data')
  const pidFile = join(data, 'postmaster.pid')
  if (!existsSync(pidFile)) return
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
  const commandLine = `/proc/${pid}/cmdline`
  if (!Number.isSafeInteger(pid) || pid <= 1 || !existsSync(commandLine)) return
  const named = readFileSync(commandLine, 'utf8').split('\0')
  if (named.some(part => part === data || part === realpathSync(data))) await endProcess(processRef(pid))
}

function removeIfEmpty(root: string): void {
  const left = readdirSync(root)
  if (left.length === 0) rmdirSync(root)
  else say(`${left.join(', ')} in ${root} is not of the plant and stays.`)
}
