import type { Site } from '@edgeward/domain'
import { parseSiteFile } from '@edgeward/domain/site-file'

/** A door, a press that needs a PIN, a safe of criticality 3; operators and a cleaner. */
export const siteText = `
edgeward: 1
site: { id: works, name: Works, timeZone: Europe/Zurich, pinTries: 3, pinLock: 15m }
areas:
  hall: { name: Hall }
  yard: { name: Yard }
kinds:
  press: { functions: [operate, clean], criticality: 2, session: { max: 8h, exclusive: [operate], end: at-once } }
assets:
  gate: { name: Gate, in: hall, kind: door, failSafe: true }
  press: { name: Press, in: hall, kind: press }
  vault: { name: Vault, in: hall, kind: door, criticality: 3, failSecure: true, egress: free }
  shed: { name: Shed, in: yard, kind: door, failSafe: true }
context:
  machine.guard: { type: bool, maxAge: 30s }
modules:
  edge-1: { guards: [gate, press, vault] }
  edge-2: { guards: [shed] }
roles:
  operator: { name: Operators }
  cleaning: { name: Cleaning staff }
people:
  ada: { name: Ada, roles: operator, credentials: { c-1: { type: phone } } }
  ben: { name: Ben, roles: operator, credentials: { c-2: { type: phone } } }
  coco: { name: Coco, roles: cleaning, credentials: { c-3: { type: phone } } }
permissions:
  - { id: gate-all, who: [operator, cleaning], on: gate, may: open }
  - { id: press-operate, who: operator, on: press, may: operate, when: { factors: [pin] } }
  - { id: press-clean, who: cleaning, on: press, may: clean, when: { context: "machine.guard", quota: { uses: 1, per: day } }, log: position }
  - { id: vault-open, who: operator, on: vault, may: open, when: { factors: [pin] } }
`

/** The model of a site text. Throws with what is wrong with it. */
export function siteOf(text: string = siteText): Site {
  const { site, diagnostics } = parseSiteFile(text, 'works.yaml')
  if (site === undefined) throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'))
  return site
}
