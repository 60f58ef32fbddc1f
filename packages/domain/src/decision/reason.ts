import type { Instant } from '../site.ts'
import { formatEnd } from './instant-text.ts'

/** Reasons that need no parameter. site.md §6.7. */
export type PlainReasonCode =
  | 'permitted'
  | 'permitted-override'
  | 'permitted-emergency'
  | 'factor-failed'
  | 'too-far'
  | 'wrong-side'
  | 'not-in-zone'
  | 'interlock-open'
  | 'escort-required'
  | 'area-full'
  | 'anti-passback'
  | 'holiday'
  | 'quota-used'
  | 'order-missing'
  | 'organisation-inactive'
  | 'no-permission'
  | 'relay-suspected'
  | 'epoch-too-old'
  | 'suspended'
  | 'revoked'
  | 'unknown-credential'
  | 'bad-proof'
  | 'clock-untrusted'
  | 'autonomy-exceeded'
  | 'lockdown'
  | 'not-commissioned'
  | 'internal-error'

/** Why a tap was permitted or denied. */
export type Reason =
  | { readonly code: PlainReasonCode }
  | { readonly code: 'factor-required'; readonly factor: 'pin' | 'biometric' | 'second-person' }
  | { readonly code: 'factor-locked'; readonly until: Instant | 'never' }
  /** `role`: the first of the roles of whoever uses it, or `none`. */
  | { readonly code: 'asset-in-use'; readonly role: string }
  | { readonly code: 'machine-state'; readonly state: string }
  | { readonly code: 'context-failed'; readonly name: string }
  | { readonly code: 'outside-schedule'; readonly next: Instant | 'never' }
  | { readonly code: 'rest-time' | 'expired'; readonly at: Instant }
  | { readonly code: 'not-yet-valid'; readonly from: Instant }
  | { readonly code: 'qualification-missing' | 'qualification-expired'; readonly qualification: string }
  | { readonly code: 'prohibited'; readonly rule: string }

export type ReasonCode = Reason['code']

/** The reason as vectors, records and programs write it: `code` or `code(parameter)`. */
export function formatReason(reason: Reason): string {
  const parameter = parameterOf(reason)
  return parameter === undefined ? reason.code : `${reason.code}(${parameter})`
}

function parameterOf(reason: Reason): string | undefined {
  switch (reason.code) {
    case 'factor-required':
      return reason.factor
    case 'factor-locked':
      return formatEnd(reason.until)
    case 'asset-in-use':
      return reason.role
    case 'machine-state':
      return reason.state
    case 'context-failed':
      return reason.name
    case 'outside-schedule':
      return formatEnd(reason.next)
    case 'rest-time':
    case 'expired':
      return formatEnd(reason.at)
    case 'not-yet-valid':
      return formatEnd(reason.from)
    case 'qualification-missing':
    case 'qualification-expired':
      return reason.qualification
    case 'prohibited':
      return reason.rule
    default:
      return undefined
  }
}

/** Light to heavy by how soon the holder can put it right. site.md §6.7. */
const byWeight: readonly ReasonCode[] = [
  'factor-failed',
  'factor-required', // pin 2, biometric 3, second-person 4: see `weightOf`
  'factor-locked',
  'too-far',
  'wrong-side',
  'not-in-zone',
  'interlock-open',
  'asset-in-use',
  'escort-required',
  'area-full',
  'anti-passback',
  'machine-state',
  'context-failed',
  'outside-schedule',
  'holiday',
  'rest-time',
  'quota-used',
  'not-yet-valid',
  'expired',
  'order-missing',
  'qualification-expired',
  'qualification-missing',
  'organisation-inactive',
  'no-permission',
  'prohibited',
  'relay-suspected',
  'epoch-too-old',
  'suspended',
  'revoked',
  'unknown-credential',
  'bad-proof',
  'clock-untrusted',
  'autonomy-exceeded',
  'lockdown',
  'not-commissioned',
  'internal-error',
]
const weights = new Map<ReasonCode, number>(byWeight.map((code, index) => [code, index + (index > 1 ? 3 : 1)]))
const factorWeights = { pin: 2, biometric: 3, 'second-person': 4 } as const

/** 1 to 38; 0 for a permit's reason. */
export function weightOf(reason: Reason): number {
  return reason.code === 'factor-required' ? factorWeights[reason.factor] : (weights.get(reason.code) ?? 0)
}
