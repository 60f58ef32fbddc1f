/** The public door of `@edgeward/wallet`: the holder's side, without a screen. */
export type { CredentialInfo } from './credential.ts'
export { WalletError, type WalletFault } from './errors.ts'
export type { RefreshOutcome } from './service-calls.ts'
export { type TapReport, tapPatienceMs } from './tap.ts'
export { openWallet, type Wallet, type WalletOptions } from './wallet.ts'
export type { WalletApi } from './wallet-api.ts'
