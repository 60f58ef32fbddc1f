/** Waits until what the service wants is what every module has acknowledged. */
import { setTimeout as delay } from 'node:timers/promises'
import { CliError } from '../cli-error.ts'
import type { OperatorApi } from '../operator-api.ts'

const lookMs = 100
const patienceMs = 30_000

export async function waitUntilInForce(api: OperatorApi): Promise<void> {
  for (let waited = 0; ; waited += lookMs) {
    const { modules } = await api.call('modules', {})
    const waiting = modules.filter(({ inForce }) => !inForce).map(({ module }) => module)
    if (waiting.length === 0) return
    if (waited >= patienceMs) {
      throw new CliError('not-in-force', `${waiting.join(', ')} did not acknowledge within ${patienceMs / 1000} s. \`edgeward status\` shows what they say.`)
    }
    await delay(lookMs)
  }
}
