import { type ModuleHealth, operations, type Status } from '@edgeward/service/api'
import { dataFolderOf } from '../data-folder.ts'
import { inForce } from '../demo/wait-until-in-force.ts'
import { operatorApi } from '../operator-api.ts'
import { bold, dim, green, red, say, sayJson, siteTime, table, yellow } from '../output.ts'

const daySeconds = 86_400
/** A tenth of what a module keeps; with a full disk it says less than that. threat-model.md §8 */
const fewRecords = 10_000

/** The five questions that everybody asks first, then the modules. */
export async function status(options: { readonly data?: string; readonly json?: boolean }): Promise<void> {
  const api = operatorApi(dataFolderOf(options.data))
  const [state, { modules }] = await Promise.all([api.call(operations.status, {}), api.call(operations.modules, {})])
  if (options.json) return sayJson({ ...state, moduleList: modules })
  const zone = state.site?.timeZone ?? 'UTC'
  say(
    `${bold(state.site?.name ?? 'No site yet')}  ${siteTime(state.clock.now, zone)}, ${state.clock.quality}${state.simulated ? red('  SIMULATED') : ''}\n`,
  )
  for (const [question, answer] of fiveAnswers(state)) say(`  ${bold(question)}\n    ${answer}\n`)
  say(
    table([
      ['module', 'link', 'permissions', 'blocks', 'clock', 'records waiting', 'refused'].map(bold),
      ...modules.map(moduleRow),
    ]),
  )
  if (state.records.gaps > 0)
    say(red(`\n  ${state.records.gaps} gaps in the records: modules have been asked for them again.`))
  if (state.records.alarms > 0) say(red(`\n  ${state.records.alarms} alarms: \`edgeward events\` shows them.`))
  sayRestore(state)
  const later = state.rulesNotInForce.map(({ rule }) => rule).join(', ')
  if (later !== '') say(dim(`\n  Rules of the threat model not in force yet: ${later} (docs/threats.md).`))
}

/** R18: who knows more than what was restored, and who has not been heard of since. */
function sayRestore({ restore }: Status): void {
  if (restore === null) return
  const { at, takenAt, ahead, unheard } = restore
  say(`\n  Restored at ${at}, as it was at ${takenAt ?? 'an unknown time'}.`)
  if (ahead.length > 0) {
    say(red('  These modules know more than the backup; repeat the blocks that were made since before anything else:'))
    say(
      table(
        ahead.map(({ module, what }) => [module, what]),
        '    ',
      ),
    )
  }
  if (unheard.length > 0) say(yellow(`  Not heard of since, and sent nothing until they are: ${unheard.join(', ')}.`))
}

function fiveAnswers(state: Status): readonly (readonly [string, string])[] {
  const { counts, blocks, withoutService, keys } = state
  const days =
    withoutService.leastAutonomySeconds === null
      ? ''
      : ` (shortest autonomy of a module: ${Math.round(withoutService.leastAutonomySeconds / daySeconds)} days)`
  return [
    [
      'Who may do what?',
      `${counts.rules} rules over ${counts.assets} assets for ${counts.people} people and ${counts.robots} robots: the matrix in the console, or \`edgeward site export -\`.`,
    ],
    [
      'Who is blocked?',
      blocks.revoked + blocks.suspended === 0
        ? 'Nobody.'
        : `${blocks.revoked} credentials revoked, ${blocks.suspended} suspended: \`edgeward people\`.`,
    ],
    [
      'Is every block in force everywhere?',
      blocks.inForceEverywhere
        ? green('Yes, every module has acknowledged.')
        : yellow(`Not yet at ${blocks.waiting.join(', ')}.`),
    ],
    ['What works while the service is away?', `${withoutService.sentence}${days}`],
    ['Is this an HSM?', keys.isHsm ? green('Yes.') : red(`No. ${keys.sentence}`)],
  ]
}

function moduleRow(module: ModuleHealth): readonly string[] {
  const { id, link, bundle, revocations, clock, records, refused, commissionedAt } = module
  const version = ({ desired, effective }: { desired: number; effective: number }): string =>
    effective >= desired ? green(`version ${effective}`) : yellow(`version ${effective}, ${desired} on its way`)
  return [
    inForce(module) ? id : yellow(id),
    commissionedAt === null ? red('not commissioned') : link === 'connected' ? green('connected') : yellow('away'),
    version(bundle),
    version(revocations),
    `${clock?.quality ?? 'unknown'}${module.simulated ? ' (simulated)' : ''}`,
    waitingRecords(records),
    refused.total > 0 ? red(String(refused.total)) : '0',
  ]
}

/** Records that the service has not yet; a module that has no room for more of them denies. */
function waitingRecords({ gaps, last, acknowledged, free }: ModuleHealth['records']): string {
  const waiting = Math.max(0, last - acknowledged)
  if (free !== null && free <= fewRecords) return red(`${waiting}, room for ${free}`)
  return gaps.length > 0 ? red(`${gaps.length} gaps`) : String(waiting)
}
