import { setTimeout as delay } from 'node:timers/promises'
import { operations, type Revocation } from '@edgeward/service/api'
import { dataFolderOf } from '../data-folder.ts'
import { operatorApi } from '../operator-api.ts'
import { bold, dim, green, Progress, say, sayJson, siteTime, yellow } from '../output.ts'

const lookMs = 100
/** How long the command watches the wave; the block goes on by itself. */
const watchMs = 5_000

export interface RevokeOptions {
  readonly data?: string
  readonly json?: boolean
  readonly name: string
  readonly reason: string
  readonly credential?: string
}

/** Blocks somebody for good, and shows where that is in force. */
export async function revoke({ data, json, name, reason, credential }: RevokeOptions): Promise<void> {
  const api = operatorApi(dataFolderOf(data))
  let act = await api.call(operations.revoke, { person: name, reason, credential })
  const progress = new Progress()
  for (let waited = 0; waited < watchMs && !act.inForceEverywhere; waited += lookMs) {
    if (!json) progress.step(`${done(act)} of ${act.modules.length} modules have acknowledged`)
    await delay(lookMs)
    act = await api.call(operations.revocation, { version: act.version })
  }
  progress.end()
  if (json) return sayJson(act)
  const { site } = await api.call(operations.status, {})
  say(`${bold(act.person?.name ?? name)} is blocked: ${act.credentials.join(', ')} (${act.reason}), by ${act.by}.`)
  say(`  ${green(`In force at ${done(act)} of ${act.modules.length} modules.`)}`)
  for (const { name: module, effective, certainBy, lastContact } of act.modules) {
    if (effective !== null) continue
    const zone = site?.timeZone ?? 'UTC'
    const bound = certainBy === null ? 'nothing there to open with' : `certain by ${siteTime(certainBy, zone)}`
    say(
      `  ${yellow(`Not yet at ${module}`)}: ${bound}${lastContact ? dim(`, last contact ${siteTime(lastContact, zone)}`) : ''}`,
    )
  }
}

function done(act: Revocation): number {
  return act.modules.filter(({ effective }) => effective !== null).length
}
