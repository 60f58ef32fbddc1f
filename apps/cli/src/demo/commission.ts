/** The installer of the demo: brings modules into the site with the same messages that a phone will carry. */
import { operations } from '@edgeward/service/api'
import { askModule } from '../control-client.ts'
import type { DataFolder } from '../data-folder.ts'
import type { OperatorApi } from '../operator-api.ts'
import { inParallel } from './in-parallel.ts'

/** Commissions every module that is none yet. The answer is how many those were. */
export async function commissionAll(
  folder: DataFolder,
  api: OperatorApi,
  modules: readonly string[],
  onProgress: (text: string) => void,
): Promise<number> {
  let fresh = 0
  await inParallel(modules, async module => {
    const socket = folder.controlSocket(module)
    const { commissioned } = await askModule<{ commissioned: boolean }>(socket, module, { do: 'status' })
    if (commissioned) return
    const { order } = await api.call(operations.orderCommissioning, { module })
    const { request } = await askModule<{ request: string }>(socket, module, { do: 'commission-request' })
    const { package: sealed } = await api.call(operations.commission, { order, request })
    await askModule(socket, module, { do: 'commission-accept', package: sealed })
    fresh += 1
    onProgress(`Commissioned ${module} (${fresh} of ${modules.length})`)
  })
  return fresh
}
