/** What a proven transponder has to show: its credential document for a key group of this module. aliro.md §20 */
import { bytesEqual, toHex } from '@edgeward/base'
import type { KeyStore } from '@edgeward/keystore'
import {
  type AuthenticClaims,
  EnvelopeRefused,
  openCredentialDocument,
  type Receiver,
  transponderThumbprint,
} from '@edgeward/keystore/seal'
import { directoryBytes, firstReadBytes, type ProvenSession, readEntries } from '@edgeward/transponder/aliro'

/** Longest document of a phone. threat-model.md §8 */
const maxDocumentBytes = 4_096

export type Presented =
  | { readonly proof: 'ok'; readonly thumbprint: string; readonly claims: AuthenticClaims }
  /** `because` is for the record alone; to the holder every failure looks the same. */
  | { readonly proof: 'bad'; readonly thumbprint: string; readonly because: string }

export interface PresentedOptions {
  readonly keyStore: KeyStore
  readonly receiver: Receiver
  /** `pub65` of the credential issuer. */
  readonly issuerKey: Uint8Array
  /** Key id of the credential issuer. */
  readonly issuerKeyId: string
}

/**
 * Reads the document, opens and verifies it. Rejects when the transaction ended meanwhile (`transaction-ended`) or the
 * key store failed; what the transponder shows is never a rejection. `within` bounds how long the key store may take.
 */
export async function readPresented(
  session: ProvenSession,
  options: PresentedOptions,
  within: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<Presented> {
  const transponder = transponderThumbprint(session.credential.credentialPublicKey)
  const thumbprint = toHex(transponder)
  const document = await readDocument(session, options.receiver.groups).catch((error: unknown) => {
    if (!isMailboxFault(error)) throw error
    return `mailbox: ${error.code}`
  })
  if (typeof document === 'string') return { proof: 'bad', thumbprint, because: document }
  const { keyStore, receiver, issuerKey, issuerKeyId } = options
  try {
    const { claims } = await within(() =>
      openCredentialDocument(keyStore, receiver, document, {
        // Its dates are the decision's: the reason shall be `expired`, and the clock's time is never below the floor.
        now: 0,
        issuers: ({ keyId }) => (keyId === issuerKeyId ? issuerKey : undefined),
        transponder,
      }),
    )
    return { proof: 'ok', thumbprint, claims }
  } catch (error) {
    if (!(error instanceof EnvelopeRefused)) throw error
    return { proof: 'bad', thumbprint, because: `document: ${error.code}` }
  }
}

/**
 * The sealed document for one of our groups, or why there is none. One read for most taps, two at most. Throws with a
 * code `mailbox-…` for a mailbox that is not ours or is not there.
 */
async function readDocument(session: ProvenSession, groups: readonly Uint8Array[]): Promise<Uint8Array | string> {
  const start = await session.readMailbox(0, firstReadBytes)
  const entries = await readEntries(start.subarray(0, directoryBytes), (offset, length) =>
    session.readMailbox(offset, length),
  )
  const entry = entries.find(
    ({ kind, to }) => kind === 'credentialDocument' && groups.some(group => bytesEqual(group, to)),
  )
  if (entry === undefined) return 'no document for this key group'
  const { offset, length } = entry
  if (length > maxDocumentBytes) return 'document: size'
  const end = offset + length
  return end <= start.length ? start.slice(offset, end) : session.readMailbox(offset, length)
}

function isMailboxFault(error: unknown): error is Error & { readonly code: string } {
  const { code } = error as { code?: unknown }
  return error instanceof Error && typeof code === 'string' && code.startsWith('mailbox-')
}
