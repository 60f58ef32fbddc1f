import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { maxSiteFileBytes } from '@edgeward/service/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSiteFile } from '../src/read-site-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'ew-site-'))
const inFolder = (name: string): string => join(folder, name)
const server = createServer()
/** Node makes no pipes with a name. */
const coreutil = ['mk', 'fifo'].join('')

beforeAll(async () => {
  writeFileSync(inFolder('site.yaml'), '\u{FEFF}edgeward: 1\n')
  symlinkSync(inFolder('site.yaml'), inFolder('link.yaml'))
  symlinkSync('/dev/zero', inFolder('zero.yaml'))
  writeFileSync(inFolder('full.yaml'), '')
  truncateSync(inFolder('full.yaml'), maxSiteFileBytes)
  writeFileSync(inFolder('large.yaml'), '')
  truncateSync(inFolder('large.yaml'), maxSiteFileBytes + 1)
  writeFileSync(inFolder('latin.yaml'), Uint8Array.of(0x61, 0xe4, 0x0a))
  execFileSync(coreutil, [inFolder('pipe')])
  server.listen(inFolder('socket'))
  await once(server, 'listening')
})
afterAll(async () => {
  server.close()
  await once(server, 'close')
  rmSync(folder, { recursive: true, force: true })
})

test('a site file is its text as it stands, through a link too, up to 16 MiB', () => {
  expect(readSiteFile(inFolder('site.yaml'))).toEqual({ text: '\u{FEFF}edgeward: 1\n', fileName: 'site.yaml' })
  expect(readSiteFile(inFolder('link.yaml')).text).toBe('\u{FEFF}edgeward: 1\n')
  expect(readSiteFile(inFolder('full.yaml')).text).toHaveLength(maxSiteFileBytes)
})

test.each([
  ['', 'not-a-file', 'is a folder'],
  ['pipe', 'not-a-file', 'is a pipe'],
  ['socket', 'not-a-file', 'is a socket'],
  ['zero.yaml', 'not-a-file', 'is a device'],
  ['large.yaml', 'too-large', String(maxSiteFileBytes)],
  ['latin.yaml', 'not-utf-8', 'UTF-8'],
  ['nothing.yaml', 'no-such-file', 'no such file'],
])('T42: %j is refused at once: %s', (name, code, why) => {
  const error = (() => {
    try {
      return readSiteFile(inFolder(name))
    } catch (refused) {
      return refused
    }
  })()
  expect(error).toMatchObject({ name: 'CliError', code, message: expect.stringContaining(why) })
})

test('T42: files that say they have no size are read no further than they go, or than a site file may', () => {
  expect(readSiteFile('/proc/self/status').text).toContain('Pid:')
})
