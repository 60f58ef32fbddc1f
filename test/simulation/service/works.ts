/** The works of a simulated plant, and how they change. */
import type { Site } from '@edgeward/domain'
import { parseSiteFile } from '@edgeward/domain/site-file'

const text = `
edgeward: 1
site: { id: works, name: Works, timeZone: Europe/Zurich, pinTries: 3, pinLock: 15m }
schedules:
  day-shift: { days: mon-fri, from: "06:00", to: "18:00" }
areas:
  yard: { name: Yard }
  hall: { name: Hall, in: yard, antiPassback: soft }
  farm: { name: Tank farm, in: yard, occupancy: 3 }
kinds:
  press: { functions: [operate, clean], criticality: 2, session: { max: 8h, exclusive: [operate], end: at-once } }
assets:
  gate: { name: Gate, in: hall, kind: door, failSafe: true }
  press: { name: Press, in: hall, kind: press }
  vault: { name: Vault, in: farm, kind: door, criticality: 3, failSecure: true, egress: free }
  farm-gate: { name: Farm gate, in: farm, kind: door, failSafe: true, autonomy: 3d }
  shed: { name: Shed, in: yard, kind: door, failSafe: true }
  mill: { name: Mill, in: yard, kind: press }
  silo: { name: Silo, in: farm, kind: door, failSafe: true }
context:
  machine.guard: { type: bool, maxAge: 30s }
modules:
  edge-1: { guards: [gate, press] }
  edge-2: { guards: [vault, farm-gate], keyGroup: tank, autonomy: 10d }
  edge-3: { guards: [shed, mill] }
  edge-4: { guards: [silo], keyGroup: tank }
roles:
  operator: { name: Operators }
  cleaning: { name: Cleaning staff }
  guard: { name: Guards }
people:
  ada: { name: Ada, roles: operator, credentials: { c-ada: { type: phone } } }
  ben: { name: Ben, roles: [operator, cleaning], credentials: { c-ben: { type: phone } } }
  coco: { name: Coco, roles: cleaning, credentials: { c-coco: { type: phone } } }
  dan: { name: Dan, roles: guard, credentials: { c-dan: { type: phone } } }
  eve: { name: Eve, roles: operator, credentials: { c-eve: { type: phone } } }
orders:
  wo-1: { type: work-order, who: cleaning, on: mill, may: clean, from: 2026-11-01T00:00:00Z, to: 2027-12-31T00:00:00Z }
permissions:
  - { id: gate-all, who: [operator, cleaning, guard], on: gate, may: open }
  - { id: gate-night, who: guard, on: gate, may: open, override: true }
  - { id: shed-all, who: [operator, cleaning], on: shed, may: open, when: { schedule: day-shift } }
  - { id: shed-guard, who: guard, on: shed, may: open }
  - { id: press-operate, who: operator, on: press, may: operate, when: { factors: [pin] } }
  - { id: press-clean, who: cleaning, on: press, may: clean, when: { context: "machine.guard", quota: { uses: 2, per: day } } }
  - { id: mill-operate, who: operator, on: mill, may: operate }
  - { id: mill-clean, who: cleaning, on: mill, may: clean, when: { order: work-order } }
  - { id: vault-open, who: operator, on: vault, may: open, when: { factors: [pin] } }
  - { id: farm-all, who: [operator, guard], on: [farm-gate, silo], may: open }
prohibitions:
  - { id: no-press, who: operator, on: press, may: operate }
  - { id: no-gate, who: cleaning, on: gate, may: open }
`

/** Key groups of the works, and who is in which. */
export const keyGroups = ['main', 'tank'] as const
export type KeyGroup = (typeof keyGroups)[number]
export const groupOf: Readonly<Record<string, KeyGroup>> = {
  'edge-1': 'main',
  'edge-2': 'tank',
  'edge-3': 'main',
  'edge-4': 'tank',
}

export const people = ['ada', 'ben', 'coco', 'dan', 'eve'] as const
export const rolesOf: Readonly<Record<string, readonly string[]>> = {
  ada: ['operator'],
  ben: ['operator', 'cleaning'],
  coco: ['cleaning'],
  dan: ['guard'],
  eve: ['operator'],
}
/** Everybody's codes; only what these say opens what asks for a code. */
export const codes: Readonly<Record<string, { readonly pin: string; readonly duress: string }>> = {
  ada: { pin: '2580', duress: '9137' },
  ben: { pin: '4711', duress: '8260' },
  coco: { pin: '1935', duress: '6072' },
  dan: { pin: '7302', duress: '1548' },
  eve: { pin: '6614', duress: '3097' },
}
/** Assets that ask for a code. */
export const asksForPin: ReadonlySet<string> = new Set(['press/operate', 'vault/open'])
/** Where a tap may ask for something, by module. */
export const places: Readonly<Record<string, readonly { asset: string; function: string; side: 'in' | 'out' }[]>> = {
  'edge-1': [
    { asset: 'gate', function: 'open', side: 'in' },
    { asset: 'gate', function: 'open', side: 'out' },
    { asset: 'press', function: 'operate', side: 'in' },
    { asset: 'press', function: 'clean', side: 'in' },
  ],
  'edge-2': [
    { asset: 'vault', function: 'open', side: 'in' },
    { asset: 'farm-gate', function: 'open', side: 'in' },
    { asset: 'farm-gate', function: 'open', side: 'out' },
  ],
  'edge-3': [
    { asset: 'shed', function: 'open', side: 'in' },
    { asset: 'mill', function: 'operate', side: 'in' },
    { asset: 'mill', function: 'clean', side: 'in' },
  ],
  'edge-4': [{ asset: 'silo', function: 'open', side: 'in' }],
}

let parsed: Site | undefined

/** The whole works as its file says. */
export function wholeWorks(): Site {
  if (parsed === undefined) {
    const { site, diagnostics } = parseSiteFile(text, 'works.yaml')
    if (site === undefined) throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'))
    parsed = site
  }
  return parsed
}

/** What an administrator may take away or put back: rules by id. */
export const switches: readonly string[] = [
  'gate-all',
  'gate-night',
  'shed-all',
  'press-operate',
  'press-clean',
  'mill-operate',
  'vault-open',
  'farm-all',
  'no-press',
  'no-gate',
]

/** The works without the rules that are switched off. */
export function worksWithout(off: ReadonlySet<string>): Site {
  const site = wholeWorks()
  return {
    ...site,
    permissions: site.permissions.filter(({ id }) => !off.has(id)),
    prohibitions: site.prohibitions.filter(({ id }) => !off.has(id)),
  }
}
