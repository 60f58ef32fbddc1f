/** The public door of `@edgeward/keystore`: what a key store is, its errors, the names of keys. */
export { KeyStoreError, type KeyStoreFault } from './errors.ts'
export { type KeySubject, keyIdOf } from './key-id.ts'
export {
  type AgreementUse,
  type KeyAlgorithm,
  type KeyHandle,
  type KeyHome,
  type KeyPurpose,
  type KeySpec,
  type KeyStore,
  sessionKey,
} from './keystore.ts'
export { decodeKid, encodeKid, type KeyName, kidBytes } from './kid.ts'
export { deriveModuleKey, type ModuleKey, type ModuleKeyPurpose } from './module-keys.ts'
export { verifyEs256 } from './p256.ts'
export { isMarkedSimulated, markSimulated } from './simulation-mark.ts'
