/** What a wallet asks of the service: to be enrolled, and for fresh documents. */
import { concat, fromBase64url, type Random, toBase64url, toHex, utf8 } from '@edgeward/base'
import type { KeyStore } from '@edgeward/keystore'
import { ApiError, operations, type WalletDocument } from '@edgeward/service/api'
import { checkUsable, type HeldCredential } from './credential.ts'
import { WalletError } from './errors.ts'
import { isServiceAway, type WalletApi } from './wallet-api.ts'
import type { StoredCredential } from './wallet-file.ts'

/** Answers that cannot be kept; what is stored stays. */
const unusable: readonly string[] = ['bad-answer', 'too-many-documents']

/** What is signed to show that the key is here, for this purpose alone. */
const enrolLabel = utf8('edgeward/enrol/1\0')
const documentsLabel = utf8('edgeward/documents/1\0')

/** Asking for one credential's documents came to this. */
export type RefreshOutcome =
  | { readonly name: string; readonly outcome: 'fresh' }
  /** The service said no, with its code, or what no wallet can use; what is stored stays. */
  | { readonly name: string; readonly outcome: 'refused'; readonly because: string }
  | { readonly name: string; readonly outcome: 'service-away' }

/**
 * Makes a key and takes over the credential that an invitation names. Rejects with what `api.call` rejects with, and a
 * WalletError for what no wallet can use; the key is destroyed then.
 */
export async function enrolCredential(
  tools: { readonly api: WalletApi; readonly keyStore: KeyStore; readonly random: Random },
  code: string,
): Promise<StoredCredential> {
  const { api, keyStore, random } = tools
  const keyId = toHex(random.bytes(8))
  const key = await keyStore.generate({ keyId, version: 1, purpose: 'wallet-credential', algorithm: 'P-256' })
  try {
    const publicKey = toBase64url(key.publicKey ?? new Uint8Array(0))
    const proof = toBase64url(await keyStore.sign(key, concat(enrolLabel, utf8(code))))
    return checkUsable({ keyId, publicKey, enrolled: await api.call(operations.enrol, { code, publicKey, proof }) })
  } catch (error) {
    await keyStore.destroy(key)
    throw error
  }
}

/** Fresh documents of a credential. Rejects with what `api.call` rejects with. */
export async function fetchDocuments(
  { api, keyStore }: { readonly api: WalletApi; readonly keyStore: KeyStore },
  { key, stored }: HeldCredential,
): Promise<readonly WalletDocument[]> {
  const { credential } = stored.enrolled
  const { challenge } = await api.call(operations.walletChallenge, { credential })
  const proof = toBase64url(await keyStore.sign(key, concat(documentsLabel, fromBase64url(challenge))))
  return (await api.call(operations.walletDocuments, { credential, challenge, proof })).documents
}

/** What a failed refresh means for one credential. Rethrows what is neither an answer nor an absence. */
export function outcomeOf(name: string, error: unknown): RefreshOutcome {
  if (error instanceof ApiError || (error instanceof WalletError && unusable.includes(error.code)))
    return { name, outcome: 'refused', because: error.code }
  if (isServiceAway(error)) return { name, outcome: 'service-away' }
  throw error
}
