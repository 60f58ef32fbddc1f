/** What lies in a data folder only as long as a process runs, or half written by one that was killed. */

/** Names of locks, sockets and halves: of no use to anybody but their process. */
export const passingFile: RegExp =
  /^(lock|module\.pid)(\.(stale\.)?\d+)?$|\.sock$|\.new$|\.next$|\.json\.\d+$|\.txt\.\d+$/
/** SQLite's own, beside a store: a copy of the store has everything in it. */
export const storeLog: RegExp = /^store\.db-(wal|shm|journal)$/
