import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Random, SeededRandom, SystemRandom } from '@edgeward/base'
import { afterAll, expect, test } from 'vitest'
import type { KeySpec, KeyStore } from '../src/index.ts'
import { createMemoryKeyStore, type Disk, MemoryDisk, openSoftwareKeyStore } from '../src/software/index.ts'
import { keyStoreContract } from './contract.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true }))))

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeward-keys-'))
  folders.push(folder)
  return folder
}

keyStoreContract('software, in a folder', async () => openSoftwareKeyStore({ folder: await newFolder() }))
keyStoreContract('software, in memory', () => createMemoryKeyStore())

const pin = (version: number): KeySpec => ({ keyId: '0123456789abcdef', version, purpose: 'pin', algorithm: 'AES-256' })
const message = Uint8Array.of(1, 2, 3)

test('keys of every algorithm are there after closing and opening, and do the same', async () => {
  const folder = await newFolder()
  const store = await openSoftwareKeyStore({ folder })
  const made = [
    await store.generate(pin(1)),
    await store.generate({ ...pin(2), purpose: 'mqtt', algorithm: 'AES-128' }),
    await store.generate({ ...pin(3), purpose: 'module-identity', algorithm: 'P-256' }),
    await store.generate({ ...pin(4), purpose: 'checkpoint', algorithm: 'Ed25519' }),
  ] as const
  const mac = await store.mac(made[0], message)
  const signature = await store.sign(made[3], message)
  await store.close()
  const again = await openSoftwareKeyStore({ folder })
  expect(await again.list()).toEqual(made)
  expect(await again.mac(made[0], message)).toEqual(mac)
  expect(await again.sign(made[3], message)).toEqual(signature)
  await expect(again.generate(pin(1))).rejects.toMatchObject({ code: 'key-exists' })
  await again.close()
})

test('files of the folder are readable by their owner alone, and hold no key in clear', async () => {
  const folder = await newFolder()
  const store = await openSoftwareKeyStore({ folder })
  const password = Buffer.from(
    await store.password(await store.generate({ ...pin(1), purpose: 'mqtt', algorithm: 'AES-128' })),
    'base64url',
  )
  for (const name of await readdir(folder)) {
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
    expect((await readFile(join(folder, name))).includes(password)).toBe(false)
  }
  await store.close()
  expect(await readdir(folder)).toEqual(['keys.sealed', 'machine.secret'])
})

test('every write has a salt and an iv of its own', async () => {
  const folder = await newFolder()
  const store = await openSoftwareKeyStore({ folder })
  const files: Buffer[] = []
  for (const version of [1, 2, 3]) {
    await store.destroy(await store.generate(pin(version)))
    files.push(await readFile(join(folder, 'keys.sealed')))
  }
  await store.close()
  expect(new Set(files.map(file => file.subarray(0, 60).toString('hex'))).size).toBe(3)
})

test('a passphrase opens the store again, another one or none does not', async () => {
  const folder = await newFolder()
  const store = await openSoftwareKeyStore({ folder, passphrase: 'correct horse' })
  const key = await store.generate(pin(1))
  await store.close()
  expect(await readdir(folder)).toEqual(['keys.sealed'])
  await expect(openSoftwareKeyStore({ folder, passphrase: 'wrong horse' })).rejects.toMatchObject({
    code: 'authentication-failed',
  })
  await expect(openSoftwareKeyStore({ folder })).rejects.toMatchObject({ code: 'authentication-failed' })
  const again = await openSoftwareKeyStore({ folder, passphrase: 'correct horse' })
  expect(await again.list()).toEqual([key])
  await again.close()
})

test('a passphrase is stretched once per start: later writes cost little', async () => {
  const folder = await newFolder()
  const store = await openSoftwareKeyStore({ folder, passphrase: 'correct horse' })
  const headOf = async (): Promise<string> => (await readFile(join(folder, 'keys.sealed'))).toString('hex')
  await store.generate(pin(1))
  const first = await headOf()
  await store.generate(pin(2))
  // The wrapped data key (salt, iv, 48 bytes) is the same in both heads; salt and iv of the write before it are not.
  const wrapped = first.indexOf('058350')
  expect(wrapped).toBeGreaterThan(0)
  expect((await headOf()).slice(wrapped, wrapped + 2 * 80)).toBe(first.slice(wrapped, wrapped + 2 * 80))
  await store.close()
})

test('a store that was altered, cut or robbed of its secret is damaged, and is not replaced by an empty one', async () => {
  const disk = new MemoryDisk()
  const store = await openSoftwareKeyStore({ folder: '', disk })
  await store.generate(pin(1))
  await store.close()
  const good = (await disk.read('keys.sealed')) as Uint8Array
  const flip = (at: number): Uint8Array => Uint8Array.from(good, (byte, i) => (i === at ? byte ^ 0x10 : byte))
  for (const bad of [...good.keys()].map(flip).concat([good.subarray(0, 40), new Uint8Array()])) {
    await disk.write('keys.sealed', bad)
    await expect(openSoftwareKeyStore({ folder: '', disk })).rejects.toMatchObject({ name: 'KeyStoreError' })
    expect(await disk.read('keys.sealed')).toEqual(bad)
  }
  await disk.write('keys.sealed', good)
  await disk.rename('machine.secret', 'elsewhere')
  await expect(openSoftwareKeyStore({ folder: '', disk })).rejects.toMatchObject({ code: 'damaged' })
  await disk.write('machine.secret', new Uint8Array(32).fill(1))
  await expect(openSoftwareKeyStore({ folder: '', disk })).rejects.toMatchObject({ code: 'damaged' })
})

/** A disk that loses power before the n-th of its calls that write. */
class FailingDisk implements Disk {
  readonly #disk: Disk
  #left: number
  constructor(disk: Disk, writes: number) {
    this.#disk = disk
    this.#left = writes
  }
  read = (name: string): Promise<Uint8Array | undefined> => this.#disk.read(name)
  lock = (): ReturnType<Disk['lock']> => this.#disk.lock()
  write = (name: string, bytes: Uint8Array): Promise<void> => this.#count(() => this.#disk.write(name, bytes))
  rename = (from: string, to: string): Promise<void> => this.#count(() => this.#disk.rename(from, to))
  syncFolder = (): Promise<void> => this.#count(() => this.#disk.syncFolder())
  async #count(write: () => Promise<void>): Promise<void> {
    if (this.#left-- <= 0) throw new Error('no power')
    await write()
  }
}

test('a power cut at any write leaves the keys before or after the change, never between', async () => {
  const writesOfACommit = 3
  for (let cut = 0; cut <= writesOfACommit; cut++) {
    const disk = new MemoryDisk()
    const before = await openSoftwareKeyStore({ folder: '', disk })
    const old = await before.generate(pin(1))
    await before.close()
    const store = await openSoftwareKeyStore({ folder: '', disk: new FailingDisk(disk, cut) })
    const change = store.together(async () => {
      await store.destroy(old)
      await store.generate(pin(2))
      await store.generate(pin(3))
    })
    if (cut < writesOfACommit) {
      await expect(change).rejects.toMatchObject({ code: 'gone' })
      await expect(store.list()).rejects.toMatchObject({ code: 'gone' })
    } else await change
    await store.close()
    const after = await openSoftwareKeyStore({ folder: '', disk })
    const versions = (await after.list()).map(({ version }) => version)
    // The rename is the moment of the change; the cut before the folder's fsync may leave either.
    expect(versions).toEqual(cut < 2 ? [1] : [2, 3])
    await after.close()
  }
})

test('a full disk leaves the keys as they were, and the store goes on: it takes them when there is room', async () => {
  const disk = new MemoryDisk()
  let isFull = false
  const store = await openSoftwareKeyStore({
    folder: '',
    disk: {
      read: name => disk.read(name),
      rename: (from, to) => disk.rename(from, to),
      syncFolder: () => disk.syncFolder(),
      lock: () => disk.lock(),
      // As a real one does: the file is there and short.
      async write(name, bytes) {
        await disk.write(name, isFull ? bytes.subarray(0, 7) : bytes)
        if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      },
    },
  })
  const old = await store.generate(pin(1))
  isFull = true
  const mac = await store.mac(old, message)
  await expect(store.generate(pin(2))).rejects.toMatchObject({ code: 'busy' })
  await expect(store.destroy(old)).rejects.toMatchObject({ code: 'busy' })
  expect(await store.list()).toEqual([old])
  expect(await store.mac(old, message)).toEqual(mac)
  isFull = false
  const next = await store.generate(pin(2))
  await store.close()
  const again = await openSoftwareKeyStore({ folder: '', disk })
  expect(await again.list()).toEqual([old, next])
  await again.close()
})

test('a first start that was cut off at any write is made good by the next', async () => {
  for (let cut = 0; cut < 6; cut++) {
    const disk = new MemoryDisk()
    await expect(openSoftwareKeyStore({ folder: '', disk: new FailingDisk(disk, cut) })).rejects.toMatchObject({
      code: 'gone',
    })
    const store = await openSoftwareKeyStore({ folder: '', disk })
    expect(await store.list()).toEqual([])
    await store.close()
  }
})

test('a folder is for one store at a time', async () => {
  const folder = await newFolder()
  const store = await openSoftwareKeyStore({ folder })
  await expect(openSoftwareKeyStore({ folder })).rejects.toMatchObject({ code: 'busy' })
  await store.close()
  const again = await openSoftwareKeyStore({ folder })
  await again.close()
})

test('a lock of a living process holds, of a dead one or of an earlier process with the same id it does not', async () => {
  const folder = await newFolder()
  const lock = join(folder, 'lock')
  const lockText = (pid: number, started: string): string => JSON.stringify({ pid, started })
  await writeFile(lock, lockText(process.ppid, ''))
  await expect(openSoftwareKeyStore({ folder })).rejects.toMatchObject({ code: 'busy' })
  const dead = spawnSync(process.execPath, ['--version']).pid
  for (const left of [lockText(dead, '1'), lockText(process.ppid, '1'), lockText(process.pid, '1'), '']) {
    await writeFile(lock, left)
    const store = await openSoftwareKeyStore({ folder })
    await store.close()
  }
  expect(await readdir(folder)).toEqual(['keys.sealed', 'machine.secret'])
})

test('a folder that cannot be made is gone', async () => {
  const file = join(await newFolder(), 'file')
  await writeFile(file, '')
  await expect(openSoftwareKeyStore({ folder: join(file, 'keys') })).rejects.toMatchObject({ code: 'gone' })
})

const constant = (byte: number): Random => ({ bytes: count => new Uint8Array(count).fill(byte) })
const block = new SystemRandom().bytes(16)
const generators: readonly (readonly [string, Random])[] = [
  ['gives zeros', constant(0)],
  ['gives ones', constant(0xff)],
  ['repeats a block', { bytes: count => Uint8Array.from({ length: count }, (_, i) => block[i % 16] as number) }],
  ['restarts at each draw', { bytes: count => new SeededRandom(1).bytes(count) }],
]

test.each(generators)('T02: a store whose random generator %s does not open', async (_, random) => {
  const opened = openSoftwareKeyStore({ folder: '', disk: new MemoryDisk(), random })
  await expect(opened).rejects.toMatchObject({ code: 'self-test-failed' })
})

test('the same seed gives the same keys, for simulations', async () => {
  const stores = await Promise.all([
    createMemoryKeyStore(new SeededRandom(7)),
    createMemoryKeyStore(new SeededRandom(7)),
  ])
  const identity = (store: KeyStore): Promise<unknown> =>
    store.generate({ ...pin(1), purpose: 'module-identity', algorithm: 'P-256' })
  const [a, b] = await Promise.all(stores.map(identity))
  expect(a).toEqual(b)
})
