/** What a key of each purpose may be and do; keys.md §3 and §6. The one place where that is said. */
import type { KeyAlgorithm, KeyPurpose } from '../keystore.ts'

export type Operation = 'mac' | 'seal' | 'open' | 'sign' | 'derive' | 'agree' | 'wrap' | 'unwrap' | 'password'

/** How a key came into the store. */
export type Origin = 'generated' | 'derived' | 'unwrapped' | 'agreed'

interface PurposeRule {
  readonly algorithms: readonly KeyAlgorithm[]
  readonly origins: readonly Origin[]
  readonly operations: readonly Operation[]
  /** May be made `wrappable`, so that a module can be given it. */
  readonly travels: boolean
}

const madeHere = ['generated'] as const
const given = ['generated', 'derived', 'unwrapped'] as const
const shared = ['generated', 'unwrapped'] as const

const rules: Readonly<Record<KeyPurpose, PurposeRule>> = {
  'transport-root': { algorithms: ['AES-256'], origins: madeHere, operations: ['derive'], travels: false },
  'transport-down': { algorithms: ['AES-256'], origins: given, operations: ['seal', 'open'], travels: true },
  'transport-up': { algorithms: ['AES-256'], origins: given, operations: ['seal', 'open'], travels: true },
  'audit-mac': { algorithms: ['AES-256'], origins: given, operations: ['mac'], travels: true },
  mqtt: { algorithms: ['AES-128'], origins: given, operations: ['password'], travels: true },
  'module-kek': { algorithms: ['AES-256'], origins: given, operations: ['wrap', 'unwrap'], travels: true },
  credential: { algorithms: ['AES-256'], origins: shared, operations: ['seal', 'open'], travels: true },
  pin: { algorithms: ['AES-256'], origins: shared, operations: ['mac'], travels: true },
  'reader-group': { algorithms: ['P-256'], origins: shared, operations: ['sign'], travels: true },
  'reader-identity': { algorithms: ['P-256'], origins: madeHere, operations: ['sign'], travels: false },
  'credential-issuer': { algorithms: ['P-256'], origins: madeHere, operations: ['sign'], travels: false },
  'site-ca': { algorithms: ['P-256'], origins: madeHere, operations: ['sign'], travels: false },
  checkpoint: { algorithms: ['Ed25519', 'P-256'], origins: madeHere, operations: ['sign'], travels: false },
  'module-identity': { algorithms: ['P-256'], origins: madeHere, operations: ['sign'], travels: false },
  'module-agreement': { algorithms: ['P-256'], origins: madeHere, operations: ['agree'], travels: false },
  'wallet-credential': { algorithms: ['P-256'], origins: madeHere, operations: ['sign'], travels: false },
  session: {
    algorithms: ['AES-128', 'AES-256', 'P-256'],
    origins: ['generated', 'unwrapped', 'agreed'],
    operations: ['seal', 'open', 'wrap', 'unwrap', 'agree'],
    travels: true,
  },
}

/** Whether this word is a purpose that the store knows. */
export function isPurpose(word: string): word is KeyPurpose {
  return Object.hasOwn(rules, word)
}

/** Why such a key may not come to be, or undefined. */
export function refusalToMake(
  spec: { readonly purpose: KeyPurpose; readonly algorithm: KeyAlgorithm; readonly wrappable?: boolean },
  origin: Origin,
): string | undefined {
  const rule = rules[spec.purpose]
  if (!rule.algorithms.includes(spec.algorithm))
    return `a ${spec.purpose} key is ${rule.algorithms.join(' or ')}, not ${spec.algorithm}`
  if (!rule.origins.includes(origin)) return `a ${spec.purpose} key cannot be ${origin}`
  if (spec.wrappable !== true) return undefined
  if (!rule.travels) return `a ${spec.purpose} key never leaves its store`
  if (origin === 'unwrapped' && spec.purpose !== 'session') return 'a key that was taken in is not passed on'
  return undefined
}

/** Whether a key may do this. */
export function mayDo(
  key: { readonly purpose: KeyPurpose; readonly algorithm: KeyAlgorithm; readonly origin: Origin },
  operation: Operation,
): boolean {
  if (!rules[key.purpose].operations.includes(operation)) return false
  // WRAP together with UNWRAP gives keys away (keys.md §3): who made the key wraps, who was given it unwraps.
  if (key.purpose === 'module-kek') return operation === (key.origin === 'unwrapped' ? 'unwrap' : 'wrap')
  if (key.purpose === 'session') return (key.algorithm === 'P-256') === (operation === 'agree')
  return true
}
