/** What a wallet keeps on disk: one file, replaced as a whole. */
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Enrolled, operations } from '@edgeward/service/api'
import { WalletError } from './errors.ts'

/** A credential as it lies in the file. Documents are sealed for modules and mean nothing to the wallet. */
export interface StoredCredential {
  /** Name of its key in the wallet's key store. */
  readonly keyId: string
  /** `pub65` of that key, base64url. */
  readonly publicKey: string
  /** What the service said when the wallet was enrolled, with the newest documents. */
  readonly enrolled: Enrolled
}

const format = 'edgeward-wallet/1'
const fileName = 'wallet.json'

/** The credentials of a folder; none if it is new. Throws a WalletError `damaged`. */
export async function readWalletFile(folder: string): Promise<readonly StoredCredential[]> {
  let text: string
  try {
    text = await readFile(join(folder, fileName), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  return parse(text)
}

/** Replaces the file: after a power cut it holds these credentials or those before, never a part. */
export async function writeWalletFile(folder: string, credentials: readonly StoredCredential[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, fileName)
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify({ format, credentials }))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function parse(text: string): readonly StoredCredential[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new WalletError('damaged', `${fileName} is not JSON`, { cause })
  }
  if (!isObject(value) || value.format !== format || !Array.isArray(value.credentials)) {
    throw new WalletError('damaged', `${fileName} is not of format ${format}`)
  }
  return value.credentials.map(parseCredential)
}

function parseCredential(value: unknown): StoredCredential {
  if (isObject(value) && typeof value.keyId === 'string' && typeof value.publicKey === 'string') {
    const enrolled = operations.enrol.response.safeParse(value.enrolled)
    if (enrolled.success) return { keyId: value.keyId, publicKey: value.publicKey, enrolled: enrolled.data }
  }
  throw new WalletError('damaged', `${fileName} has a credential that cannot be read`)
}

interface LooseObject {
  readonly [name: string]: unknown
  readonly format?: unknown
  readonly credentials?: unknown
  readonly keyId?: unknown
  readonly publicKey?: unknown
  readonly enrolled?: unknown
}

function isObject(value: unknown): value is LooseObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
