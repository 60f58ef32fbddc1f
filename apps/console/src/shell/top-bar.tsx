import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { statusQuery } from '../api/queries.ts'
import { Icon } from '../parts/icon.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { words } from '../words.ts'
import { SessionMenu } from './session-menu.tsx'
import styles from './shell.module.css'
import { useSite } from './site.tsx'
import { SiteClock } from './site-clock.tsx'

/** Which site, what time it is there, what is not real, who looks. */
export function TopBar() {
  const { name, simulated } = useSite()
  const { data: status } = useQuery(statusQuery)
  return (
    <header className={styles.topBar}>
      <div className={styles.brand}>
        <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
          <rect width="32" height="32" rx="7" fill="#0e6370" />
          <path d="M8 9h13M8 16h9M8 23h13" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
          <path d="M24.5 13v6" stroke="#7fe3c0" strokeWidth="3" strokeLinecap="round" />
        </svg>
        <span className={styles.siteName}>{name}</span>
      </div>
      <SiteClock />
      <div className={styles.marks}>
        {simulated ? (
          <StateMark tone="special" icon="simulated">
            {words.simulation}
          </StateMark>
        ) : null}
        {status && !status.keys.isHsm ? (
          <StateMark tone="warn" icon="key">
            {words.notHsm}
          </StateMark>
        ) : null}
      </div>
      <div className={styles.tools}>
        <SchemeSwitch />
        <SessionMenu />
      </div>
    </header>
  )
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme()
  const dark = useComputedColorScheme('light') === 'dark'
  const next = dark ? 'light' : 'dark'
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={36}
      className={styles.tool}
      aria-label={words.switchScheme(next)}
      title={words.switchScheme(next)}
      onClick={() => setColorScheme(next)}
    >
      <Icon name={dark ? 'sun' : 'moon'} />
    </ActionIcon>
  )
}
