/** Gives everybody in the site file a phone: invitation, key, enrolment, documents. Until cards come, all credentials live there. */
import { operations } from '@edgeward/service/api'
import type { DataFolder } from '../data-folder.ts'
import type { OperatorApi } from '../operator-api.ts'
import { openWalletFolder } from '../wallets.ts'

/** Enrols what is not enrolled yet, and fetches fresh documents for the rest. */
export async function enrolWallets(
  folder: DataFolder,
  api: OperatorApi,
  onProgress: (text: string) => void,
): Promise<{ readonly wallets: number; readonly credentials: number }> {
  const { credentials } = await api.call(operations.credentials, {})
  const byHolder = new Map<string, typeof credentials>()
  for (const credential of credentials)
    byHolder.set(credential.person.id, [...(byHolder.get(credential.person.id) ?? []), credential])
  let done = 0
  for (const [holder, carried] of byHolder) {
    onProgress(`Phones: ${done} of ${byHolder.size} have their credentials`)
    const wallet = await openWalletFolder(folder, holder)
    try {
      const held = new Set(wallet.credentials().map(({ name }) => name))
      for (const { id, state } of carried) {
        if (held.has(id) || state === 'revoked') continue
        const { code } = await api.call(operations.invite, { credential: id })
        await wallet.enrol(code)
      }
      await wallet.refresh()
    } finally {
      await wallet.close()
    }
    done += 1
  }
  return { wallets: byHolder.size, credentials: credentials.length }
}
