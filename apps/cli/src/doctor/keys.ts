/** The key stores: whether they open, who can read them, and what they are worth. Nothing is written, no lock is taken. */
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Disk, openSoftwareKeyStore } from '@edgeward/keystore/software'
import type { DataFolder } from '../data-folder.ts'
import { type Finding, problem, warning } from './finding.ts'
import { reasonOf } from './patient.ts'

const files = ['keys.sealed', 'machine.secret']

export async function keyFindings(folder: DataFolder): Promise<readonly Finding[]> {
  const homes = [
    ['service', join(folder.service, 'keys')],
    ...folder.modules().map(id => [`module ${id}`, join(folder.module(id), 'keys')] as const),
    ...folder.wallets().map(id => [`wallet ${id}`, join(folder.wallet(id), 'keys')] as const),
  ].filter(([, path]) => existsSync(path ?? '')) as readonly (readonly [string, string])[]
  if (homes.length === 0) return []
  const faults: Finding[] = []
  let [opened, keys] = [0, 0]
  for (const [whose, path] of homes) {
    faults.push(...modeFindings(whose, path))
    try {
      keys += await countKeys(path)
      opened += 1
    } catch (error) {
      faults.push(
        problem(
          `keys of ${whose}`,
          reasonOf(error),
          'Restore a backup into a new folder (`edgeward restore`). A module can be commissioned anew instead.',
        ),
      )
    }
  }
  return [
    ...faults,
    warning(
      'key stores',
      `${opened} of ${homes.length} open, with ${keys} keys, in sealed files (software): this is no HSM`,
      'Good for a trial. Whoever copies the folder has the keys: guard it and its backups like a master key.',
    ),
  ]
}

function modeFindings(whose: string, path: string): readonly Finding[] {
  return [path, ...files.map(name => join(path, name))].flatMap(place => {
    if (!existsSync(place)) return []
    const { mode } = lstatSync(place)
    if ((mode & 0o077) === 0) return []
    return [
      problem(
        `keys of ${whose}`,
        `${place} can be read by others (mode 0${(mode & 0o777).toString(8)})`,
        `Close it: chmod go= ${place}. If others have an account here, take the keys for known to them.`,
      ),
    ]
  })
}

async function countKeys(path: string): Promise<number> {
  if (!existsSync(join(path, 'keys.sealed'))) return 0
  const store = await openSoftwareKeyStore({ folder: path, disk: onlyReading(path) })
  try {
    return (await store.list()).length
  } finally {
    await store.close()
  }
}

/** Files that are replaced as a whole can be read while their process runs. */
function onlyReading(folder: string): Disk {
  const refuse = (): Promise<never> => Promise.reject(new Error('the key store wants to write'))
  return {
    read: async name => (existsSync(join(folder, name)) ? new Uint8Array(readFileSync(join(folder, name))) : undefined),
    write: refuse,
    rename: refuse,
    syncFolder: refuse,
    lock: async () => ({ release: async () => undefined }),
  }
}
