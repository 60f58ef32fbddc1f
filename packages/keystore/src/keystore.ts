/**
 * What a key store is, whatever holds the keys: a sealed file, a PKCS#11 token, a TPM, an HSM.
 * Handles travel, keys do not: no method gives the bytes of a key (the one exception is `password`, see there).
 * Every call may be slow and may fail with `gone`. Purposes and versions are enforced by the store.
 * Source: specs keys.md §1 to §7.
 */

/** Where keys live. Said honestly at start, in the API and in the console. */
export type KeyHome = 'hsm' | 'token' | 'tpm-sealed' | 'software'

export type KeyAlgorithm = 'AES-128' | 'AES-256' | 'P-256' | 'Ed25519'

/** What a key is for; the store refuses every other use with `not-allowed`. keys.md §6. */
export type KeyPurpose =
  | 'transport-root'
  | 'transport-down'
  | 'transport-up'
  | 'audit-mac'
  | 'mqtt'
  | 'module-kek'
  | 'credential'
  | 'pin'
  | 'reader-group'
  | 'reader-identity'
  | 'credential-issuer'
  | 'site-ca'
  | 'checkpoint'
  | 'module-identity'
  | 'module-agreement'
  | 'wallet-credential'
  /** A key of one message: the content key of a first key package, a key agreed for it. Never stored, gone on close. */
  | 'session'

/** The name of a key: its id (8 bytes, hex), version and purpose. Made by a store, meaningful to that store alone. */
export interface KeyHandle {
  readonly keyId: string
  readonly version: number
  readonly purpose: KeyPurpose
  readonly algorithm: KeyAlgorithm
  /** Uncompressed point (65 bytes, 04 first) or Ed25519 key (32 bytes); absent for secret keys. */
  readonly publicKey?: Uint8Array
}

/** Which key to make. For a `session` key the store itself chooses id and version: see `sessionKey`. */
export interface KeySpec {
  /** 8 bytes in lower-case hex: `keyIdOf`. */
  readonly keyId: string
  /** 0 to 2^32-1; versions of one id live side by side. */
  readonly version: number
  readonly purpose: KeyPurpose
  readonly algorithm: KeyAlgorithm
  /** May be wrapped under a key whose purpose is to wrap. Default false. */
  readonly wrappable?: boolean
}

/** The spec of a key that is never stored. Its holder destroys it after use. */
export function sessionKey(
  algorithm: 'AES-128' | 'AES-256' | 'P-256',
  options: { readonly wrappable?: boolean } = {},
): KeySpec {
  return { keyId: '', version: 0, purpose: 'session', algorithm, wrappable: options.wrappable ?? false }
}

/** How an agreed secret becomes a key. HKDF-SHA-256 without salt; RFC 9053 §6.4. */
export interface AgreementUse {
  readonly peerPublicKey: Uint8Array
  readonly info: Uint8Array
}

export interface KeyStore {
  readonly home: KeyHome
  /** What this driver has in host memory, for the moment of which operation; words of keys.md §6. */
  readonly hostTouches: readonly string[]

  /** Makes a key. Fails with `key-exists` when id and version are taken. */
  generate(spec: KeySpec): Promise<KeyHandle>
  /** The key of this id and version (without one: the highest), or undefined. */
  find(keyId: string, version?: number): Promise<KeyHandle | undefined>
  list(): Promise<readonly KeyHandle[]>
  /** Destroys a key. Destroying what is not there is no error. */
  destroy(key: KeyHandle): Promise<void>

  /** Random bytes of the store's generator. */
  random(count: number): Promise<Uint8Array>

  /** HMAC-SHA-256 (32 bytes). Purposes `audit-mac`, `pin`. */
  mac(key: KeyHandle, data: Uint8Array): Promise<Uint8Array>
  /** AES-256-GCM, ciphertext || tag (16). Purposes `transport-down`, `transport-up`, `credential`, `session`. */
  seal(key: KeyHandle, message: { iv: Uint8Array; aad: Uint8Array; plaintext: Uint8Array }): Promise<Uint8Array>
  /** The plaintext. Fails with `authentication-failed` whatever was wrong. */
  open(key: KeyHandle, message: { iv: Uint8Array; aad: Uint8Array; ciphertext: Uint8Array }): Promise<Uint8Array>
  /** P-256: r || s (64 bytes) over SHA-256(data); Ed25519: 64 bytes over data. */
  sign(key: KeyHandle, data: Uint8Array): Promise<Uint8Array>

  /**
   * Derives by SP 800-108 counter mode with AES-CMAC from a `transport-root` (keys.md §6) and keeps the result.
   * Deriving what is there already is no error and changes nothing.
   */
  derive(root: KeyHandle, use: { label: string; context: Uint8Array }, spec: KeySpec): Promise<KeyHandle>
  /** A `session` key by ECDH and HKDF-SHA-256 with a key that may agree (`module-agreement`, or an ephemeral `session` P-256 key). */
  agree(key: KeyHandle, use: AgreementUse): Promise<KeyHandle>
  /** AES-KW (RFC 3394); P-256 keys by AES-KWP. The wrapping key is `module-kek` or `session`; the key must be `wrappable`. */
  wrap(wrapping: KeyHandle, key: KeyHandle): Promise<Uint8Array>
  /**
   * Takes in a wrapped key as `spec` says. Fails with `authentication-failed`. The same value under the same id and
   * version is no error and changes nothing (a package may come again after a crash); another value is `key-exists`.
   */
  unwrap(wrapping: KeyHandle, wrapped: Uint8Array, spec: KeySpec): Promise<KeyHandle>

  /**
   * Base64url of a key of purpose `mqtt`: a module's password at the broker. The only value that leaves a store;
   * it buys availability and nothing else rests on it (keys.md §6).
   */
  password(key: KeyHandle): Promise<string>

  /**
   * Runs several changes as one: all of them are durable when it resolves, none when it rejects. Only calls that
   * `changes` itself makes belong to it; the store's other callers wait and never see half of it.
   */
  together<T>(changes: () => Promise<T>): Promise<T>
  close(): Promise<void>
}
