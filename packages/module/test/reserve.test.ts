import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from '@edgeward/base'
import { expect, test } from 'vitest'
import { isDiskFull, makeRoomToStart, openReserveFile, reserveBytes } from '../src/store/reserve.ts'

test('the reserve is bytes on the disk, and one that is not whole is made anew', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'edgeward-reserve-'))
  const path = join(folder, 'reserve')
  const reserve = openReserveFile(folder, new SeededRandom(1))
  try {
    for (const left of [undefined, 'cut short']) {
      if (left !== undefined) writeFileSync(path, left)
      expect(reserve.hold()).toBe(true)
      const { size, blocks, mode } = statSync(path)
      expect([size, mode & 0o777]).toEqual([reserveBytes, 0o600])
      expect(blocks * 512).toBeGreaterThanOrEqual(reserveBytes)
    }
    // There is room: nothing is given back.
    makeRoomToStart(folder)
    expect(existsSync(path)).toBe(true)
    reserve.free()
    reserve.free()
    expect(existsSync(path)).toBe(false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('an error is told to be a full disk by its code, or by that of its cause', () => {
  const coded = (code: string, cause?: Error): Error => Object.assign(new Error('x', { cause }), { code })
  for (const code of ['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE']) {
    expect([isDiskFull(coded(code)), isDiskFull(coded('gone', coded(code)))]).toEqual([true, true])
  }
  for (const other of [coded('SQLITE_IOERR'), new Error('disk full'), undefined, null, 'full'])
    expect(isDiskFull(other)).toBe(false)
})
