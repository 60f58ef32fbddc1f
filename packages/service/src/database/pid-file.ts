/** The file by which a PostgreSQL says that it runs. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The lines of `postmaster.pid`: pid, folder, start, port, folder of the socket, …; undefined: there is none. */
export function pidFile(data: string): readonly string[] | undefined {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/** A pid is reused; the folder in its command line tells whose it is. Without /proc, that it lives must do. */
export function isPostmasterOf(pid: number, data: string): boolean {
  try {
    if (!existsSync('/proc/self/cmdline')) return process.kill(pid, 0)
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(data)
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return false
    throw error
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
