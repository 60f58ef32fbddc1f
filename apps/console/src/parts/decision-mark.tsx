import { words } from '../words.ts'
import { StateMark } from './state-mark.tsx'

/** Permitted or denied: icon, word and colour. */
export function DecisionMark({ decision }: { readonly decision: 'permit' | 'deny' }) {
  return <StateMark tone={decision === 'permit' ? 'good' : 'bad'}>{words.decisions[decision]}</StateMark>
}
