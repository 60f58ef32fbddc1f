/** A credential in the hands of its holder: what the reader gets to see of it. */
import { fromBase64url, fromHex, toBase64url, toHex } from '@edgeward/base'
import type { KeyHandle, KeyStore } from '@edgeward/keystore'
import { transponderThumbprint } from '@edgeward/keystore/seal'
import type { WalletDocument } from '@edgeward/service/api'
import { type DeviceGroup, isPoint, layOutMailbox } from '@edgeward/transponder/aliro'
import { TransponderError } from '@edgeward/transponder/carriers'
import { WalletError } from './errors.ts'
import type { StoredCredential } from './wallet-file.ts'

/** A stored credential with its key. */
export interface HeldCredential {
  readonly stored: StoredCredential
  readonly key: KeyHandle
  readonly publicKey: Uint8Array
}

/** What is shown of a credential. */
export interface CredentialInfo {
  /** Its id in the site file. */
  readonly name: string
  /** Its pseudonym, 16 hex digits. */
  readonly credential: string
  /** Display name of the holder. */
  readonly holder: string
  readonly site: string
  /** IANA zone of the site. */
  readonly timeZone: string
  /** SHA-256 of the public key, hex: how modules and documents call this transponder. */
  readonly thumbprint: string
  readonly documents: readonly { readonly keyGroup: string; readonly notAfter: string }[]
}

/** Finds the key of a stored credential. Throws a WalletError `key-missing` or `key-differs`. */
export async function holdCredential(keyStore: KeyStore, stored: StoredCredential): Promise<HeldCredential> {
  const { credentialName } = stored.enrolled
  const key = await keyStore.find(stored.keyId)
  if (!key?.publicKey) {
    throw new WalletError(
      'key-missing',
      `the key of ${credentialName} is not in this key store: was the folder copied?`,
    )
  }
  if (toBase64url(key.publicKey) !== stored.publicKey) {
    throw new WalletError('key-differs', `${credentialName} was enrolled with another key: was the folder copied?`)
  }
  return { stored, key, publicKey: key.publicKey }
}

export function infoOf({ stored, publicKey }: HeldCredential): CredentialInfo {
  const { credentialName, credential, person, site, documents } = stored.enrolled
  return {
    name: credentialName,
    credential,
    holder: person,
    site: site.name,
    timeZone: site.timeZone,
    thumbprint: toHex(transponderThumbprint(publicKey)),
    documents: documents.map(({ keyGroup, notAfter }) => ({ keyGroup, notAfter })),
  }
}

/**
 * The reader group that this credential is for, with the mailbox that its readers may read once they are proven.
 * Throws a WalletError `too-many-documents`.
 */
export function groupOf({ stored, publicKey }: HeldCredential): DeviceGroup {
  const { site, documents, credentialName } = stored.enrolled
  return {
    groupIdentifier: fromHex(site.readerGroupId),
    publicKey: fromBase64url(site.readerGroupKey),
    credential: { publicKey, mailbox: { data: mailboxOf(credentialName, documents), read: true, write: false } },
  }
}

function mailboxOf(credentialName: string, documents: readonly WalletDocument[]): Uint8Array {
  const contents = documents.map(({ keyGroup, envelope }) => ({
    kind: 'credentialDocument' as const,
    to: fromHex(keyGroup),
    content: fromBase64url(envelope),
  }))
  try {
    return layOutMailbox(contents)
  } catch (error) {
    if (!(error instanceof TransponderError) || error.code !== 'mailbox-beyond') throw error
    throw new WalletError('too-many-documents', `${documents.length} documents of ${credentialName} fit no mailbox`, {
      cause: error,
    })
  }
}

/** Checks what the service gave before it is kept. Throws a WalletError `bad-answer`. */
export function checkUsable(stored: StoredCredential): StoredCredential {
  const { site } = stored.enrolled
  const refuse = (what: string, cause?: unknown): never => {
    throw new WalletError('bad-answer', `the service gave ${what}`, { cause })
  }
  try {
    if (fromHex(site.readerGroupId).length !== 16) refuse('a reader group without its 16 bytes')
    if (!isPoint(fromBase64url(site.readerGroupKey))) refuse('a reader group key that is no point of the curve')
    mailboxOf(stored.enrolled.credentialName, stored.enrolled.documents)
  } catch (error) {
    if (error instanceof RangeError || error instanceof TransponderError)
      refuse('a document that no mailbox takes', error)
    throw error
  }
  return stored
}
