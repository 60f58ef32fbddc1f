import type { Instant } from '../site.ts'
import { formatEnd } from './instant-text.ts'

/** What goes with a decision. site.md §6.8. */
export type Obligation =
  | { readonly kind: 'unlock'; readonly seconds: number }
  | { readonly kind: 'passage'; readonly until: Instant | 'never' }
  | { readonly kind: 'session'; readonly until: Instant }
  /** Kind of asset; the values are in the claims. */
  | { readonly kind: 'preferences'; readonly assetKind: string }
  | { readonly kind: 'log-position' }
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'silent-alarm'; readonly duress: boolean }

/** The obligation as vectors and records write it. */
export function formatObligation(obligation: Obligation): string {
  switch (obligation.kind) {
    case 'unlock':
      return `unlock(${obligation.seconds}s)`
    case 'passage':
    case 'session':
      return `${obligation.kind}(${formatEnd(obligation.until)})`
    case 'preferences':
      return `preferences(${obligation.assetKind})`
    case 'log-position':
      return 'log(position)'
    case 'notice':
      return `notice(${obligation.text})`
    case 'silent-alarm':
      return obligation.duress ? 'silent-alarm(duress)' : 'silent-alarm'
  }
}
