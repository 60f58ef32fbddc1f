/** What a demo plant is told at its start: `demo.json` beside its site file. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cloneFolder } from '../data-folder.ts'

export interface DemoPlan {
  readonly clock: {
    readonly start: string
    readonly weekdays: readonly string[]
    readonly from: string
    readonly to: string
  }
  readonly context: readonly {
    readonly asset?: string
    readonly area?: string
    readonly values: Readonly<Record<string, unknown>>
  }[]
  readonly positions: readonly {
    readonly holder: string
    readonly zones: readonly string[]
    readonly distance?: number
  }[]
  readonly taps: readonly {
    readonly holder: string
    readonly asset: string
    readonly function: string
    readonly comes: string
  }[]
}

const folder: string = join(cloneFolder, 'examples/chemical-plant')
export const demoSiteFile: string = join(folder, 'site.yaml')

export function readDemoPlan(): DemoPlan {
  return JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8')) as DemoPlan
}
