/** Waits until what the service wants is what every module has acknowledged. */
import { setTimeout as delay } from 'node:timers/promises'
import { type ModuleHealth, operations } from '@edgeward/service/api'
import { CliError } from '../cli-error.ts'
import type { OperatorApi } from '../operator-api.ts'

const lookMs = 100
const patienceMs = 30_000

export async function waitUntilInForce(api: OperatorApi): Promise<void> {
  for (let waited = 0; ; waited += lookMs) {
    const { modules } = await api.call(operations.modules, {})
    const waiting = modules.filter(module => !inForce(module)).map(({ id }) => id)
    if (waiting.length === 0) return
    if (waited >= patienceMs) {
      throw new CliError(
        'not-in-force',
        `${waiting.join(', ')} did not acknowledge within ${patienceMs / 1000} s. \`edgeward status\` shows what they say.`,
      )
    }
    await delay(lookMs)
  }
}

/** What the service wants of a module is what it has acknowledged. */
export function inForce({ bundle, revocations, keys }: ModuleHealth): boolean {
  return bundle.desired > 0 && [bundle, revocations, keys].every(({ desired, effective }) => effective >= desired)
}
