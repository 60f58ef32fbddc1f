/** R12: what is simulated never runs as production, and a plant that is none is never simulated. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CliError } from './cli-error.ts'
import type { DataFolder } from './data-folder.ts'

export interface Mode {
  readonly simulation: boolean
  readonly production: boolean
}

/** Throws a CliError `simulation-in-production`, `demo-in-production` or `not-a-demo`. */
export function checkMode(folder: DataFolder, { simulation, production }: Mode): void {
  if (simulation && production) {
    throw new CliError(
      'simulation-in-production',
      '--simulation and --production exclude each other (R12): leave one of them out.',
    )
  }
  if (production) refuseDemo(folder)
  if (simulation) refuseReal(folder)
}

/** What shows that a folder is one of a demo, and what it is. */
function refuseDemo({ root, clock, pins }: DataFolder): void {
  const signs = [
    ...(existsSync(clock) ? ['a simulated clock (clock.json)'] : []),
    ...(existsSync(pins) ? ['PINs that are written down (demo-pins.txt)'] : []),
  ]
  if (signs.length === 0) return
  throw new CliError(
    'demo-in-production',
    `${root} is the folder of a demo: it has ${signs.join(' and ')}. Its keys, people and PINs are for trying out, and --production refuses all of it. Begin in a new folder, \`--data NEW-FOLDER\`: docs/production.md says how.`,
  )
}

/** Simulated once, its keys would be refused in production for ever. */
function refuseReal({ root, clock, service }: DataFolder): void {
  if (existsSync(clock) || !existsSync(join(service, 'keys', 'keys.sealed'))) return
  throw new CliError(
    'not-a-demo',
    `The plant in ${root} is no demo, and is not simulated. Start it with \`edgeward serve\` and \`edgeward module ID\` (docs/production.md), or start a demo in a new folder: \`npm start -- --data NEW-FOLDER\`.`,
  )
}
