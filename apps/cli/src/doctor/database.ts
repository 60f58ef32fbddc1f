/** The database: its files, its process, what it says of itself. */
import { type DatabaseFacts, databaseFacts, databaseState } from '@edgeward/service/backup'
import type { DataFolder } from '../data-folder.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import { inTime, reasonOf } from './patient.ts'

const check = 'database'

export async function databaseFindings(folder: DataFolder, serviceRuns: boolean): Promise<readonly Finding[]> {
  const { home, missing, filesVersion, programVersion, running } = databaseState(folder.root)
  if (home === undefined) return [ok(check, serviceRuns ? 'one that was given by its URL' : 'none was made yet')]
  if (missing)
    return [
      problem(
        check,
        `it was in ${home}, and is gone`,
        'Put that folder back, or restore a backup into a new data folder.',
      ),
    ]
  if (filesVersion !== undefined && filesVersion !== programVersion)
    return [
      problem(
        check,
        `its files are of PostgreSQL ${filesVersion}, the programs of ${programVersion}`,
        'Go back to the Edgeward that made it, or move it with pg_dump.',
      ),
    ]
  if (running === undefined)
    return serviceRuns
      ? [
          problem(
            check,
            'the service runs without it',
            `It is started again by itself. If not, see service.log in ${folder.logs}.`,
          ),
        ]
      : [ok(check, `files of PostgreSQL ${filesVersion ?? programVersion} in ${home}; it stands still`)]
  return askIt(running.socketFolder, home)
}

async function askIt(socketFolder: string, home: string): Promise<readonly Finding[]> {
  try {
    const facts = await inTime(databaseFacts(socketFolder))
    return facts === undefined
      ? [problem(check, 'it does not answer within 10 s', 'The machine or its disk is overloaded: see what else runs.')]
      : factFindings(facts, home)
  } catch (error) {
    return [
      problem(
        check,
        `it cannot be asked: ${reasonOf(error)}`,
        'Run the doctor as the user who runs the plant. If that is you, restart the plant.',
      ),
    ]
  }
}

function factFindings(facts: DatabaseFacts, home: string): readonly Finding[] {
  const { version, fsync, synchronousCommit, migration, newestMigration, serviceIsSuperuser } = facts
  const faults = [
    ...(fsync && synchronousCommit
      ? []
      : [
          problem(
            check,
            'it does not force its writes to the disk',
            'Turn fsync and synchronous_commit on: a power cut would lose acknowledged records.',
          ),
        ]),
    ...(serviceIsSuperuser
      ? [
          problem(
            check,
            'the service works as a superuser',
            'Give it an ordinary role: records must not be changeable by it.',
          ),
        ]
      : []),
    ...(migration > newestMigration
      ? [
          problem(
            check,
            `its tables are of a newer Edgeward (step ${migration}, known ${newestMigration})`,
            'Run the newer version again.',
          ),
        ]
      : []),
    ...(migration < newestMigration
      ? [
          warning(
            check,
            `its tables are ${newestMigration - migration} steps behind this program`,
            'Restart the plant: it brings them up to date.',
          ),
        ]
      : []),
  ]
  if (faults.length > 0) return faults
  return [ok(check, `PostgreSQL ${version} in ${home}, fsync on, tables current, service without superuser`)]
}
