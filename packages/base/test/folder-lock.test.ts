import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FolderInUse, isAlive, lockFile, lockHolder, processRef } from '../src/folder-lock.ts'

let folder = ''
const file = (): string => join(folder, 'lock')
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgeward-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a folder that is locked here is not locked a second time, and is free again afterwards', () => {
  const release = lockFile(file())
  expect(() => lockFile(file())).toThrow(FolderInUse)
  expect(lockHolder(file())).toEqual(processRef(process.pid))
  release()
  expect(lockHolder(file())).toBeUndefined()
  lockFile(file())()
})

test('the lock of a living process is never taken, whatever it is asked', async () => {
  const other = spawn('sleep', ['60'])
  writeFileSync(file(), JSON.stringify(processRef(other.pid ?? 0)))
  expect(() => lockFile(file())).toThrow(`process ${other.pid}`)
  other.kill('SIGKILL')
  await new Promise(done => other.once('exit', done))
  lockFile(file())()
})

test('a dead holder, a reused process id and a half-written lock are taken over', () => {
  const dead = spawnSync('true').pid
  for (const text of [JSON.stringify({ pid: dead, started: '1' }), '{"pid":1,"started":"123456789012"}', '{"pid":']) {
    writeFileSync(file(), text)
    lockFile(file())()
  }
})

test('a process that has ended and was not asked for its exit code counts as dead', async () => {
  // Only Linux has a file that tells the two apart.
  if (!existsSync('/proc/self/stat')) return
  // The shell becomes a program that does not know of the child that it had: a zombie for as long as that runs.
  const shell = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'])
  const pid = await new Promise<number>(found => shell.stdout.once('data', text => found(Number(text))))
  const isZombie = (): boolean => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  for (let look = 0; look < 1e6 && !isZombie(); look++);
  expect(isAlive({ pid, started: '' })).toBe(false)
  shell.kill('SIGKILL')
})
