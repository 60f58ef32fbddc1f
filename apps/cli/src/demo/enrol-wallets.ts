/** Gives everybody in the site file a phone: invitation, key, enrolment, documents. Until cards come, all credentials live there. */
import { operations } from '@edgeward/service/api'
import type { DataFolder } from '../data-folder.ts'
import type { OperatorApi } from '../operator-api.ts'
import { openWalletFolder } from '../wallets.ts'
import { inParallel } from './in-parallel.ts'

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
  await inParallel([...byHolder], async ([holder, carried]) => {
    const wallet = await openWalletFolder(folder, holder)
    try {
      const held = new Set(wallet.credentials().map(({ name }) => name))
      const fresh = carried.filter(({ id, state }) => !held.has(id) && state !== 'revoked')
      for (const { id } of fresh) {
        const { code } = await api.call(operations.invite, { credential: id })
        await wallet.enrol(code)
      }
      if (fresh.length === 0) await wallet.refresh()
    } finally {
      await wallet.close()
    }
    done += 1
    onProgress(`Phones: ${done} of ${byHolder.size} have their credentials`)
  })
  return { wallets: byHolder.size, credentials: credentials.length }
}
