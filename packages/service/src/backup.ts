/** `@edgeward/service/backup`: the files of the embedded database, for a backup of the data folder; and what can be seen of it from outside. */
export { type BackupSink, backUpDatabase } from './database/backup.ts'
export {
  type DatabaseFacts,
  type DatabaseState,
  databaseFacts,
  databasePrograms,
  databaseState,
} from './database/inspect.ts'
