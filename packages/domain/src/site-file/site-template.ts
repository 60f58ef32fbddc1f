import { emitMap } from './export/emit.ts'

/** What a new site is called and where it is. */
export interface SiteTemplateOptions {
  /** Id of the site; default `my-site`. */
  readonly id?: string
  /** Name for people; default `My site`. */
  readonly name?: string
  /** IANA zone; default `UTC`. */
  readonly timeZone?: string
}

/**
 * The text of a small site file to begin with, with comments: a gate, a door and a machine, two roles, two people. It is
 * valid and without warnings if the options are (`parseSiteFile` says what is not).
 */
export function siteTemplate({ id, name = 'My site', timeZone = 'UTC' }: SiteTemplateOptions = {}): string {
  const header = emitMap({ site: { id: id ?? (idFrom(name) || 'my-site'), name, timeZone } }, 0)
  return `# A site file for Edgeward. Change it, then: edgeward site check, diff, apply.
# Every name in it (areas, roles, people …) is declared in this file; the order of sections does not matter.
edgeward: 1

# timeZone: the clock on the wall that schedules are compared with, an IANA name such as Europe/Zurich.
${header}
# Days off, and when things may be used.
calendars:
  public: [2026-12-25, 2026-12-26, 2027-01-01]

schedules:
  day-shift: { days: mon-fri, from: "06:00", to: "18:00", holidays: { exclude: public } }

# Areas lie in each other; a door belongs to the area that it protects.
areas:
  plant: { name: Plant }
  workshop: { name: Workshop, in: plant }

assets:
  gate: { name: Main gate, in: plant, kind: door, failSafe: true }
  workshop-door: { name: Workshop door, in: workshop, kind: door, failSafe: true }
  press: { name: Press, in: workshop, kind: press, functions: [operate, maintain], criticality: 2, session: { max: 8h } }

# The security modules and what each of them guards. They decide on their own, also without a network.
modules:
  module-1: { name: Module at the gate, guards: [gate, workshop-door, press] }

roles:
  operator: { name: Operators }
  technician: { name: Technicians }

people:
  ada: { name: Ada Example, roles: operator, qualifications: { press-licence: 2027-12-31 }, credentials: { card-1: {} } }
  ben: { name: Ben Example, roles: technician, credentials: { card-2: {} } }

# Who may do what, where, and when. Nothing is allowed that no permission allows.
permissions:
  - { id: come-in, who: [operator, technician], on: [gate, workshop-door], may: open, when: { schedule: day-shift } }
  - { id: run-press, who: operator, on: press, may: operate, when: { qualification: press-licence } }
  - { id: maintain-press, who: technician, on: press, may: maintain, when: { factors: [pin] } }

# What is forbidden whatever is permitted.
prohibitions:
  - { id: hands-off, who: everyone, on: press, may: maintain, when: { context: machine.running } }
`
}

/** An id from a name: small letters, digits and hyphens. */
const idFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '')
