import { Icon, type IconName } from './icon.tsx'
import styles from './state-mark.module.css'
import type { Tone } from './tone.ts'

const iconOf: Readonly<Record<Tone, IconName>> = {
  good: 'check',
  bad: 'cross',
  warn: 'warning',
  special: 'simulated',
  neutral: 'dot',
}

interface StateMarkProps {
  readonly tone: Tone
  readonly children: React.ReactNode
  readonly icon?: IconName
  /** Without the tinted ground, for dense lists. */
  readonly plain?: boolean
}

/** An icon and a word in the colour of the state. */
export function StateMark({ tone, children, icon, plain = false }: StateMarkProps) {
  return (
    <span className={styles.mark} data-tone={tone} data-plain={plain || undefined}>
      <Icon name={icon ?? iconOf[tone]} size={15} />
      <span>{children}</span>
    </span>
  )
}
