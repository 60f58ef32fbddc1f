/** What a newcomer reads when the plant runs: where the console is, who guards what, three taps, how to stop. */
import { operations } from '@edgeward/service/api'
import { commandFor, type DataFolder } from '../data-folder.ts'
import { operatorApi } from '../operator-api.ts'
import { bold, dim, say, siteTime, table, yellow } from '../output.ts'
import { readDemoPlan } from './demo-plan.ts'
import type { Ready } from './supervisor.ts'

export async function welcome(
  folder: DataFolder,
  service: Ready,
  freshPins: Readonly<Record<string, string>>,
): Promise<void> {
  const edgeward = commandFor(folder)
  const api = operatorApi(folder)
  const [{ modules }, status, link] = await Promise.all([
    api.call(operations.modules, {}),
    api.call(operations.status, {}),
    api.call(operations.createLogInLink, {}),
  ])
  const zone = status.site?.timeZone ?? 'UTC'

  say(
    `\n  ${bold(status.site?.name ?? 'The plant')} runs. It is ${siteTime(status.clock.now, zone)} there (simulated clock).\n`,
  )
  say(bold('  Console'))
  say(`    ${link.url}`)
  say(
    dim(
      `    ${link.kind === 'claim' ? 'Claims the console' : 'Logs in'}, once. \`${edgeward} login\` makes a new link.\n`,
    ),
  )
  say(bold('  Modules and what they guard'))
  say(
    table(
      modules.map(({ id, guards }) => [id, guards.map(({ name }) => name).join(', ')]),
      '    ',
    ),
  )
  say(bold('\n  Three taps to try, in a second terminal'))
  const taps = readDemoPlan().taps
  say(
    table(
      taps.map(({ holder, asset, function: func, comes }) => [
        `${edgeward} tap ${holder} ${asset} ${func}`,
        dim(comes),
      ]),
      '    ',
    ),
  )
  const asked = taps.find(({ comes }) => comes.includes('PIN'))
  if (asked) say(dim(`    Then with the PIN: ${edgeward} tap ${asked.holder} ${asked.asset} ${asked.function} --pin`))
  showPins(folder, freshPins)
  say(bold('\n  Then'))
  say(
    table(
      [
        [`${edgeward} events --follow`, dim('every attempt, and why')],
        [`${edgeward} sim network cut all`, dim('taps go on without any network')],
        [`${edgeward} revoke ben --reason lost`, dim('and see it come into force')],
        [`${edgeward} --help`, dim('everything else')],
      ],
      '    ',
    ),
  )
  say(`\n  ${yellow('Not an HSM:')} keys lie in sealed files. Readers, sensors, doors and the clock are simulated.`)
  if (service.note) say(`  ${service.note}`)
  say(`  Ctrl-C stops the plant and loses nothing. Start over with ${bold(`${edgeward} demo reset`)}.\n`)
}

const pinsALine = 6

/** The PINs that were made at this start: shown once, then only in their file. */
function showPins(folder: DataFolder, pins: Readonly<Record<string, string>>): void {
  const cells = Object.entries(pins).map(([person, pin]) => `${person} ${pin}`)
  if (cells.length === 0) {
    say(dim(`    The demo's PINs are in ${folder.pins}.`))
    return
  }
  const lines = Array.from({ length: Math.ceil(cells.length / pinsALine) }, (_, i) =>
    cells.slice(i * pinsALine, (i + 1) * pinsALine),
  )
  say(bold('\n  PINs of the demo, shown once'))
  say(table(lines, '    '))
  say(dim(`    They are also in ${folder.pins}; a real plant never writes a PIN down.`))
}
