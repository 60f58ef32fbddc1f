/**
 * One PostgreSQL for a whole run of tests: made by the first file that asks (see `database.ts`), ended here. A run that
 * asks for none starts none.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    databaseFolder: string
  }
}

let folder = ''

export function setup({ provide }: TestProject): void {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-tests-'))
  provide('databaseFolder', folder)
}

export async function teardown(): Promise<void> {
  const pointer = join(folder, 'database.location')
  const home = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : join(folder, 'database')
  const pidFile = join(home, 'data', 'postmaster.pid')
  if (existsSync(pidFile)) {
    process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGINT')
    while (existsSync(pidFile)) await delay(20)
  }
  rmSync(home, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
}
