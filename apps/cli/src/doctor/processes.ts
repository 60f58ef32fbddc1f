/** Who runs the plant, and what one that was killed has left. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isAlive, lockHolder } from '@edgeward/base/folder-lock'
import { databaseState } from '@edgeward/service/backup'
import type { DataFolder } from '../data-folder.ts'
import { readRun } from '../demo/supervisor.ts'
import { type Finding, ok, warning } from './finding.ts'

/** What runs of a plant. */
export interface Running {
  /** The process that holds the folder; undefined: none. */
  readonly supervisor: number | undefined
  readonly service: number | undefined
  /** By module: its process; undefined: it does not run. */
  readonly modules: ReadonlyMap<string, number | undefined>
}

export function runningOf(folder: DataFolder): Running {
  return {
    supervisor: aliveIn(folder.lock),
    service: aliveIn(join(folder.service, 'keys', 'lock')),
    modules: new Map(folder.modules().map(id => [id, aliveIn(join(folder.module(id), 'keys', 'lock'))])),
  }
}

export const isRunning = ({ supervisor, service, modules }: Running): boolean =>
  supervisor !== undefined || service !== undefined || [...modules.values()].some(pid => pid !== undefined)

export function processFindings(folder: DataFolder, running: Running): readonly Finding[] {
  if (!isRunning(running)) return [ok('processes', 'the plant stands still')]
  const { supervisor, service, modules } = running
  const down = [...modules].filter(([, pid]) => pid === undefined).map(([id]) => id)
  const up = [...modules.values()].filter(pid => pid !== undefined).length
  const found = `service ${service ?? 'down'}, ${up} of ${modules.size} modules${supervisor === undefined ? '' : `, started by process ${supervisor}`}`
  const log = (name: string): string => join(folder.logs, `${name}.log`)
  if (service === undefined)
    return [warning('processes', found, `Taps go on, changes wait. Its log says why it ended: ${log('service')}`)]
  if (down.length > 0)
    return [
      warning(
        'processes',
        found,
        `These do not run: ${down.join(', ')}. A log says why, if a plant started them: ${log(down[0] ?? 'module')}`,
      ),
    ]
  return [ok('processes', found)]
}

/** Locks, pid files and halves without their process. The next start tidies up; nothing is to be done. */
export function leftoverFindings(folder: DataFolder): readonly Finding[] {
  const { root } = folder
  const locks = [
    folder.lock,
    join(folder.service, 'keys', 'lock'),
    ...folder.modules().flatMap(id => [join(folder.module(id), 'module.pid'), join(folder.module(id), 'keys', 'lock')]),
  ]
  const stale = locks.filter(path => existsSync(path) && aliveIn(path) === undefined)
  const { stalePid } = databaseState(root)
  const orphans = (readRun(folder)?.children ?? []).filter(isAlive).length
  const parent = dirname(root)
  const halves = existsSync(parent)
    ? readdirSync(parent).filter(name => name.startsWith(`${basename(root)}.restoring-`))
    : []
  const found = [
    ...(stale.length > 0
      ? [stale.length === 1 ? 'the lock of a process that is gone' : `${stale.length} locks of processes that are gone`]
      : []),
    ...(stalePid === undefined ? [] : ['the pid file of a database that was killed']),
    ...(orphans > 0 && aliveIn(folder.lock) === undefined ? [`${orphans} processes whose supervisor is gone`] : []),
    ...(halves.length > 0 ? [`the half of a restore that was killed (${halves.join(', ')})`] : []),
  ]
  if (found.length === 0) return [ok('leftovers', 'none')]
  return [
    warning(
      'leftovers',
      found.join('; '),
      'The plant was killed. Nothing is lost: the next start (or restore) tidies up by itself.',
    ),
  ]
}

function aliveIn(lock: string): number | undefined {
  const holder = lockHolder(lock)
  return holder !== undefined && isAlive(holder) ? holder.pid : undefined
}
