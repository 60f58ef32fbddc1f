import { fromBase64url, toBase64url } from '@edgeward/base'
import { ModuleError } from '../errors.ts'
import type { SecurityModule } from '../module.ts'
import type { ModuleStatus } from '../status.ts'
import { ControlVerbs, textOf } from './verbs.ts'

/** What every module can be asked, production too. `status` may be widened by the program. */
export function productionVerbs(
  module: SecurityModule,
  status: () => ModuleStatus & Readonly<Record<string, unknown>> = () => ({ ...module.status() }),
): ControlVerbs {
  const verbs = new ControlVerbs()
  verbs.add('status', () => status())
  verbs.add('commission-request', async () => {
    const { request, fingerprint } = await module.commissioningRequest()
    return { request: toBase64url(request), fingerprint }
  })
  verbs.add('commission-accept', async request => {
    const acknowledgement = await module.acceptCommissioning(bytesOf(textOf(request, 'package')))
    return { acknowledgement: toBase64url(acknowledgement) }
  })
  verbs.add('decommission', async () => {
    await module.decommission()
    return {}
  })
  return verbs
}

function bytesOf(text: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch (cause) {
    throw new ModuleError('bad-request', 'the package is not base64url', { cause })
  }
}
