/**
 * The files of the embedded database, copied so that a restore of them is whole. While it runs this is what
 * pg_basebackup does: a backup is announced, the files are copied as they are, and the log of writes from its start to
 * its end makes one moment of them. Its programs are not in the npm package, so it is done here.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { ServiceError } from '../service-error.ts'
import { withClient } from './client.ts'
import { databaseState } from './inspect.ts'
import { superuser } from './postmaster.ts'

/** Takes what a backup is made of. Paths are relative, with `/`. */
export interface BackupSink {
  folder(path: string): Promise<void>
  /** A file as it is now. One that has gone meanwhile is left out. */
  file(path: string, from: string): Promise<void>
  bytes(path: string, content: Uint8Array): Promise<void>
}

/** Made anew at each start, or of the one that runs: PostgreSQL's own list for base backups. */
const leftOut = /^(postmaster\.(pid|opts)|backup_label|tablespace_map|pgsql_tmp.*|pg_internal\.init.*|.*\.log)$/
const emptied = new Set(['pg_dynshmem', 'pg_notify', 'pg_replslot', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp'])
const walFolder = 'pg_wal'
const walSegment = /^[0-9A-F]{24}$/
const target = 'database/data'

/**
 * Copies the database of a data folder into `database/data` of a backup. Whoever copies the key store does that
 * afterwards: keys are made before the database speaks of them. Throws a ServiceError `data-folder` when there is none.
 */
export async function backUpDatabase(dataFolder: string, sink: BackupSink): Promise<{ readonly online: boolean }> {
  const { home, missing, filesVersion, running } = databaseState(dataFolder)
  if (home === undefined || missing || filesVersion === undefined) {
    throw new ServiceError(
      'data-folder',
      missing
        ? `the database of ${dataFolder} was in ${home}, and is gone`
        : `there is no database in ${dataFolder}. One that was given by its URL (--database) is backed up by its own means, such as pg_dump`,
    )
  }
  const data = join(home, 'data')
  await sink.folder('database')
  await sink.folder(target)
  if (running === undefined) await copyFiles(data, sink, { log: () => true })
  else
    await withClient({ host: running.socketFolder, user: superuser, database: 'postgres' }, client =>
      copyRunning(client, data, sink),
    )
  return { online: running !== undefined }
}

async function copyRunning(client: pg.Client, data: string, sink: BackupSink): Promise<void> {
  // The log of writes is kept until this connection ends, even when we do not come to end it.
  await client.query("select pg_create_physical_replication_slot('edgeward_backup_' || pg_backend_pid(), true, true)")
  const first = await oneValue(client, "select pg_walfile_name(pg_backup_start('edgeward', true)) as value")
  await copyFiles(data, sink, { log: () => false })
  const { rows } = await client.query<{ last: string; label: string; map: string }>(
    'select pg_walfile_name(lsn) as last, labelfile as label, spcmapfile as map from pg_backup_stop(false)',
  )
  const [end] = rows
  if (end === undefined) throw new ServiceError('database-start', 'PostgreSQL did not end the backup')
  if (end.map.trim() !== '')
    throw new ServiceError('data-folder', 'the database has tablespaces: back it up by its own means')
  await sink.bytes(`${target}/backup_label`, Buffer.from(end.label, 'utf8'))
  await copyLog(data, sink, first, end.last)
}

/** Everything, and of the log of writes what `log` wants. */
async function copyFiles(
  data: string,
  sink: BackupSink,
  { log }: { readonly log: (segment: string) => boolean },
): Promise<void> {
  const walk = async (relative: string): Promise<void> => {
    const entries = listing(join(data, relative))
    for (const { name, isFolder, isFile } of entries) {
      const path = relative === '' ? name : `${relative}/${name}`
      if (isFolder) {
        await sink.folder(`${target}/${path}`)
        if (!emptied.has(path)) await walk(path)
      } else if (isFile && !leftOut.test(name) && (!path.startsWith(`${walFolder}/`) || log(name))) {
        await sink.file(`${target}/${path}`, join(data, path))
      }
    }
  }
  await walk('')
}

/** The segments from the start to the end of the backup; all of them, or there is no backup. */
async function copyLog(data: string, sink: BackupSink, first: string, last: string): Promise<void> {
  const folder = join(data, walFolder)
  // The first eight digits are the timeline; names rise with the log.
  const segments = listing(folder)
    .map(({ name }) => name)
    .filter(name => walSegment.test(name) && name >= first && name <= last)
    .sort()
  if (segments[0] !== first || segments.at(-1) !== last)
    throw new ServiceError('database-start', 'the log of writes was not kept during the backup: try again')
  for (const name of segments) await sink.file(`${target}/${walFolder}/${name}`, join(folder, name))
}

interface Entry {
  readonly name: string
  readonly isFolder: boolean
  readonly isFile: boolean
}

function listing(folder: string): readonly Entry[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .map(entry => ({ name: entry.name, isFolder: entry.isDirectory(), isFile: entry.isFile() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function oneValue(client: pg.Client, text: string): Promise<string> {
  return String((await client.query<{ value: unknown }>(text)).rows[0]?.value ?? '')
}
