/**
 * The sealed file of the software driver; keys.md §7. Deterministic CBOR:
 *
 *     file = [ head: bstr, ciphertext: bstr ]
 *     head = { 1: format 1, 2: "machine" / "scrypt", 3: salt (16), 4: iv (12), ? 5: [salt (16), iv (12), wrapped data key (48)] }
 *
 * The head is authenticated; ciphertext is AES-256-GCM over the keys. Every write draws salt and iv anew and goes
 * temporary file, fsync, rename, fsync of the folder: after a power cut the file is the one before or the one after.
 */
import { CborError, type CborValue, concat, decodeCbor, encodeCbor, type Random, utf8 } from '@edgeward/base'
import { KeyStoreError } from '../errors.ts'
import { gcmOpen, gcmSeal, ivBytes, tagBytes } from './aead.ts'
import type { Disk } from './disk.ts'
import {
  type FileSecret,
  fileKey,
  newDataKey,
  openDataKey,
  saltBytes,
  secretBytes,
  type WrappedDataKey,
} from './file-key.ts'
import { decodeKeys, encodeKeys, type KeyTable } from './stored-key.ts'

const format = 1
const fileName = 'keys.sealed'
const secretName = 'machine.secret'
const longestFile = 64 * 2 ** 20
const aadHead = utf8('edgeward/keystore/1\0')

interface Head {
  readonly salt: Uint8Array
  readonly iv: Uint8Array
  readonly dataKey?: WrappedDataKey
}

/** What an open key file is worked with. */
export interface OpenKeyFile {
  readonly keys: KeyTable
  readonly secret: FileSecret
}

/** Opens the key file, or makes an empty one. Throws `authentication-failed` (passphrase, secret) or `damaged`. */
export async function openKeyFile(disk: Disk, random: Random, passphrase: string | undefined): Promise<OpenKeyFile> {
  const file = await disk.read(fileName)
  if (file === undefined) return createKeyFile(disk, random, passphrase)
  const { head, headBytes, ciphertext } = parseFile(file)
  const secret = await secretOf(disk, head, passphrase)
  let plaintext: Uint8Array
  try {
    plaintext = gcmOpen(fileKey(secret, head.salt), { iv: head.iv, aad: concat(aadHead, headBytes), ciphertext })
  } catch (cause) {
    if (!(cause instanceof KeyStoreError)) throw cause
    throw new KeyStoreError('damaged', 'the key file was altered, or belongs to another machine secret', { cause })
  }
  const keys = decodeKeys(plaintext)
  plaintext.fill(0)
  return { keys, secret }
}

/**
 * Replaces the key file. Rejects with a KeyStoreError `busy` when the disk is full and nothing was replaced, else with the
 * disk's own error; then the file is the old one or, rarely, the new one.
 */
export async function writeKeyFile(disk: Disk, random: Random, { keys, secret }: OpenKeyFile): Promise<void> {
  const salt = random.bytes(saltBytes)
  const iv = random.bytes(ivBytes)
  const headBytes = encodeHead({ salt, iv, ...(secret.wrapped && { dataKey: secret.wrapped }) })
  const plaintext = encodeKeys(keys)
  const ciphertext = gcmSeal(fileKey(secret, salt), { iv, aad: concat(aadHead, headBytes), plaintext })
  plaintext.fill(0)
  await replace(disk, fileName, encodeCbor([headBytes, ciphertext]))
}

async function createKeyFile(disk: Disk, random: Random, passphrase: string | undefined): Promise<OpenKeyFile> {
  const secret = passphrase === undefined ? await machineSecret(disk, random) : await newDataKey(passphrase, random)
  const opened: OpenKeyFile = { keys: new Map(), secret }
  await writeKeyFile(disk, random, opened)
  return opened
}

/** The secret of this machine, made at the first start. A start that was cut off may have left it without a key file. */
async function machineSecret(disk: Disk, random: Random): Promise<FileSecret> {
  const found = await readMachineSecret(disk)
  if (found !== undefined) return found
  const secret = Buffer.from(random.bytes(secretBytes))
  await replace(disk, secretName, secret)
  return { secret }
}

async function readMachineSecret(disk: Disk): Promise<FileSecret | undefined> {
  const found = await disk.read(secretName)
  if (found === undefined) return undefined
  if (found.length !== secretBytes)
    throw new KeyStoreError('damaged', `the machine secret has ${found.length} bytes, not ${secretBytes}`)
  return { secret: Buffer.from(found.buffer) }
}

async function secretOf(disk: Disk, head: Head, passphrase: string | undefined): Promise<FileSecret> {
  if (head.dataKey !== undefined) {
    if (passphrase === undefined)
      throw new KeyStoreError('authentication-failed', 'this key store needs its passphrase')
    return openDataKey(passphrase, head.dataKey)
  }
  if (passphrase !== undefined)
    throw new KeyStoreError('authentication-failed', 'this key store was made without a passphrase')
  const secret = await readMachineSecret(disk)
  if (secret === undefined) throw new KeyStoreError('damaged', 'the machine secret of this key store is missing')
  return secret
}

async function replace(disk: Disk, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${name}.new`
  await disk.write(temporary, bytes).catch((cause: unknown) => {
    if (!isDiskFull(cause)) throw cause
    throw new KeyStoreError('busy', 'the disk is full; the keys are as they were', { cause })
  })
  await disk.rename(temporary, name)
  await disk.syncFolder()
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

function encodeHead({ salt, iv, dataKey }: Head): Uint8Array {
  const head = new Map<number, CborValue>([
    [1, format],
    [2, dataKey === undefined ? 'machine' : 'scrypt'],
    [3, salt],
    [4, iv],
  ])
  if (dataKey !== undefined) head.set(5, [dataKey.salt, dataKey.iv, dataKey.wrapped])
  return encodeCbor(head)
}

function parseFile(file: Uint8Array): { head: Head; headBytes: Uint8Array; ciphertext: Uint8Array } {
  if (file.length > longestFile) throw damaged('it is too long')
  const parts = decoded(file)
  if (!Array.isArray(parts) || parts.length !== 2) throw damaged('it has no head')
  const [headBytes, ciphertext]: readonly CborValue[] = parts
  if (!(headBytes instanceof Uint8Array) || !(ciphertext instanceof Uint8Array)) throw damaged('it has no head')
  return { head: decodeHead(headBytes), headBytes, ciphertext }
}

function decodeHead(bytes: Uint8Array): Head {
  const head = decoded(bytes)
  if (!(head instanceof Map) || head.get(1) !== format) throw damaged('its format is not 1')
  const salt = bytesOf(head.get(3), saltBytes)
  const iv = bytesOf(head.get(4), ivBytes)
  if (head.get(2) === 'machine') return { salt, iv }
  const dataKey: CborValue | undefined = head.get(5)
  if (head.get(2) !== 'scrypt' || !Array.isArray(dataKey)) throw damaged('it says no known way to its key')
  const [keySalt, keyIv, wrapped]: readonly CborValue[] = dataKey
  return {
    salt,
    iv,
    dataKey: {
      salt: bytesOf(keySalt, saltBytes),
      iv: bytesOf(keyIv, ivBytes),
      wrapped: bytesOf(wrapped, secretBytes + tagBytes),
    },
  }
}

function decoded(bytes: Uint8Array): CborValue {
  try {
    return decodeCbor(bytes)
  } catch (error) {
    if (error instanceof CborError) throw damaged(error.message)
    throw error
  }
}

function bytesOf(value: CborValue | undefined, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw damaged('its head is not whole')
  return value
}

function damaged(why: string): KeyStoreError {
  return new KeyStoreError('damaged', `the key file cannot be read: ${why}`)
}
