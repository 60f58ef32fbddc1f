/**
 * The inner primitives of the software driver, by bytes and key objects: for its conformance, and for what a driver of
 * a token does in the host. Everybody else uses handles.
 */
export { ed25519PrivateKey, verifyEd25519 } from '../ed25519.ts'
export { p256PrivateKey, sharedSecret, verifyEs256Der } from '../p256.ts'
export { gcmOpen, gcmSeal } from './aead.ts'
export { Cmac } from './cmac.ts'
export { hkdfSha256, hmacSha256 } from './hashes.ts'
export { counterModeKdf, diversifiedKey } from './key-derivation.ts'
export { unwrapBytes, wrapBytes } from './key-wrap.ts'
