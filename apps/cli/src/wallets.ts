/** The phones of the demo: one wallet a holder, each with a key store of its own under `wallets/`. */

import { join } from 'node:path'
import { SystemClock, SystemRandom } from '@edgeward/base'
import { openSoftwareKeyStore } from '@edgeward/keystore/software'
import { openWallet, type Wallet } from '@edgeward/wallet'
import { CliError } from './cli-error.ts'
import type { DataFolder } from './data-folder.ts'
import { didYouMean } from './did-you-mean.ts'
import { hasSharedClock, SharedClock } from './shared-clock.ts'
import { startHint } from './start-hint.ts'
import { walletApi } from './wallet-api.ts'

/** The wallet of a holder who has one. Throws a CliError that names those who are meant. */
export async function openWalletOf(folder: DataFolder, name: string): Promise<Wallet> {
  const known = folder.wallets()
  if (!known.includes(name)) {
    throw new CliError(
      'unknown-person',
      known.length === 0
        ? `There are no phones in ${folder.root}: the demo brings its own (${startHint(folder)} starts the plant).`
        : `Nobody called ${name} has a phone here.${didYouMean(name, known)} \`edgeward people\` lists everybody.`,
    )
  }
  return openWalletFolder(folder, name)
}

/** Opens a wallet, a new one if need be. */
export async function openWalletFolder(folder: DataFolder, name: string): Promise<Wallet> {
  const root = folder.wallet(name)
  return openWallet({
    folder: root,
    keyStore: await openSoftwareKeyStore({ folder: join(root, 'keys') }),
    api: walletApi(folder),
    clock: hasSharedClock(folder.clock) ? new SharedClock(folder.clock) : new SystemClock(),
    random: new SystemRandom(),
  })
}

/** Thumbprints (hex) of the transponders that a holder carries. */
export async function thumbprintsOf(folder: DataFolder, name: string): Promise<readonly string[]> {
  const wallet = await openWalletOf(folder, name)
  try {
    return wallet.credentials().map(({ thumbprint }) => thumbprint)
  } finally {
    await wallet.close()
  }
}
