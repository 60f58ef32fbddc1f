/**
 * The PIN at the module (R7). The try is charged durably before anything is compared; normal, duress and wrong take the
 * same path: two MACs and two comparisons whatever was typed and whatever is there to compare with.
 */
import { bytesEqual, concat, utf8 } from '@edgeward/base'
import { type KeyHandle, type KeyStore, keyIdOf } from '@edgeward/keystore'
import type { AuthenticClaims, PinVerifier } from '@edgeward/keystore/seal'

/** threat-model.md §8 */
const pinForm = /^[0-9]{4,8}$/
const label = utf8('edgeward/pin/1\0')

export interface PinCheck {
  readonly keyStore: KeyStore
  /** 16 bytes. */
  readonly site: Uint8Array
  readonly claims: Pick<AuthenticClaims, 'credential' | 'keyGroup' | 'pin' | 'duress'>
  /** As typed. */
  readonly pin: string
}

/** What the PIN was. The caller has charged the try before. */
export async function checkPin({ keyStore, site, claims, pin }: PinCheck): Promise<'ok' | 'wrong' | 'duress'> {
  const keyId = keyIdOf({ site, purpose: 'pin', subject: claims.keyGroup })
  const message = concat(label, claims.credential, utf8(pin))
  const normal = await matches(keyStore, keyId, message, claims.pin)
  const duress = await matches(keyStore, keyId, message, claims.duress)
  const wellFormed = pinForm.test(pin)
  if (duress && wellFormed) return 'duress'
  return normal && wellFormed ? 'ok' : 'wrong'
}

/** Without a verifier, or without its key, the same work is done and nothing matches. */
async function matches(
  keyStore: KeyStore,
  keyId: string,
  message: Uint8Array,
  verifier: PinVerifier | undefined,
): Promise<boolean> {
  const named = verifier && (await keyStore.find(keyId, verifier.keyVersion))
  const key: KeyHandle | undefined = named ?? (await keyStore.find(keyId))
  if (key === undefined) return false
  const mac = await keyStore.mac(key, message)
  const isEqual = bytesEqual(mac, verifier?.mac ?? new Uint8Array(mac.length))
  return isEqual && named !== undefined
}
