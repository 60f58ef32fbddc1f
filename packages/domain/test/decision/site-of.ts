import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { claimsFromSite } from '../../src/decision/claims.ts'
import type { TapEvent } from '../../src/decision/events.ts'
import { formatObligation } from '../../src/decision/obligation.ts'
import { formatReason } from '../../src/decision/reason.ts'
import type { State } from '../../src/decision/state.ts'
import { type Step, step } from '../../src/decision/step.ts'
import type { World } from '../../src/decision/world.ts'
import type { Site } from '../../src/site.ts'
import { parseSiteFile } from '../../src/site-file/index.ts'

const vectorFolder = resolve(import.meta.dirname, '../../../../vectors')

/** A site from the sections of a site file. */
export function siteOf(sections: object): Site {
  return parsed(JSON.stringify({ edgeward: 1, site: { id: 's', timeZone: 'Europe/Zurich' }, ...sections }))
}

/** The site of a text; throws with what is wrong. */
function parsed(text: string): Site {
  const { site, diagnostics } = parseSiteFile(text, 'test')
  if (site === undefined) throw new Error(JSON.stringify(diagnostics))
  return site
}

/** The chemical plant of the vectors. */
export const plant = (): Site => parsed(readFileSync(resolve(vectorFolder, 'plant/chemical-plant.yaml'), 'utf8'))

/** The random sites of the vectors. */
export function randomSites(): readonly Site[] {
  const { cases } = JSON.parse(readFileSync(resolve(vectorFolder, 'decision/generated.json'), 'utf8')) as {
    cases: readonly { site: object }[]
  }
  return cases.map(({ site }) => parsed(JSON.stringify(site)))
}

export const at = (text: string): number => Date.parse(text) / 1000

/** A Tuesday, nine o'clock in Zurich. */
export const morning: number = at('2026-11-24T08:00:00Z')

/** A tap of somebody whom the site lists. */
export function tapOf(site: Site, person: string, tap: Partial<TapEvent> & { readonly asset: string }): TapEvent {
  const claims = claimsFromSite(site, { person })
  if (claims === undefined) throw new Error(`nobody is called ${person}`)
  return { type: 'tap', at: morning, id: `${person}-tap`, claims, ...tap }
}

/** What a step decided, as vectors write it. */
export function shown({ decision }: Step) {
  if (decision === undefined) throw new Error('there was no decision')
  const { decision: answer, by, with: second, reasons, obligations } = decision
  return {
    decision: answer,
    by,
    with: second,
    reasons: reasons.map(formatReason),
    obligations: obligations.map(formatObligation),
  }
}

/** The reasons of a tap alone. */
export const reasonsOf = (world: World, state: State, tap: TapEvent): readonly string[] =>
  shown(step(world, state, tap)).reasons
