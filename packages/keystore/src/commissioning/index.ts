/** The door of commissioning: what module, installer and service tell each other. Both ends read and write it by this. */
export { keyFingerprint, type ModulePublicKeys } from './fingerprint.ts'
export {
  type CommissioningPackage,
  decodeCommissioningPackage,
  encodeCommissioningPackage,
  type ModuleSettings,
  readSettings,
  signSettings,
} from './package.ts'
export { type CommissioningStatement, readCommissioningRequest, signCommissioningRequest } from './request.ts'
