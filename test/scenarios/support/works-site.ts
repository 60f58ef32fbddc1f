/** A small works: a door, a press that needs a PIN, a vault of criticality 3; a shed that another module guards. */
export const worksSite: string = `
edgeward: 1
site: { id: works, name: Works, timeZone: Europe/Zurich, pinTries: 3, pinLock: 15m }
areas:
  hall: { name: Hall }
  yard: { name: Yard }
kinds:
  press: { functions: [operate, clean], criticality: 2 }
assets:
  gate: { name: Gate, in: hall, kind: door, failSafe: true }
  press: { name: Press, in: hall, kind: press }
  vault: { name: Vault, in: hall, kind: door, criticality: 3, failSecure: true, egress: free }
  shed: { name: Shed, in: yard, kind: door, failSafe: true }
context:
  machine.guard: { type: bool, maxAge: 30s }
  machine.running: { type: bool, maxAge: 30s }
modules:
  edge-hall: { guards: [gate, press, vault] }
  edge-yard: { guards: [shed] }
roles:
  operator: { name: Operators }
  cleaning: { name: Cleaning staff }
people:
  ada: { name: Ada Loosli, roles: operator, credentials: { c-1: { type: phone } } }
  ben: { name: Ben Okoro, roles: operator, credentials: { c-2: { type: phone }, c-4: { type: watch } } }
  coco: { name: Coco Lopes, roles: cleaning, credentials: { c-3: { type: phone } } }
permissions:
  - { id: gate-all, who: [operator, cleaning], on: gate, may: open }
  - { id: press-operate, who: operator, on: press, may: operate, when: { factors: [pin] } }
  - { id: press-clean, who: cleaning, on: press, may: clean, when: { context: "machine.guard" } }
  - { id: vault-open, who: operator, on: vault, may: open }
  - { id: shed-all, who: [operator, cleaning], on: shed, may: open }
prohibitions:
  - { id: no-cleaning-while-running, who: cleaning, on: press, may: clean, when: { context: "machine.running" } }
`

/** The same without one of its permissions. */
export function withoutPermission(id: string, site: string = worksSite): string {
  const lines = site.split('\n')
  const rest = lines.filter(line => !line.includes(`{ id: ${id},`))
  if (rest.length !== lines.length - 1) throw new Error(`there is no permission ${id}`)
  return rest.join('\n')
}
