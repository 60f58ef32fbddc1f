import { Link } from '@tanstack/react-router'
import { Icon, type IconName } from '../parts/icon.tsx'
import { words } from '../words.ts'
import styles from './shell.module.css'

const pages: readonly {
  readonly to: '/' | '/events' | '/matrix' | '/modules'
  readonly icon: IconName
  readonly name: string
}[] = [
  { to: '/', icon: 'overview', name: words.overview.title },
  { to: '/events', icon: 'events', name: words.events.title },
  { to: '/matrix', icon: 'matrix', name: words.matrix.navigation },
  { to: '/modules', icon: 'modules', name: words.modules.title },
]

/** The pages: a column on the left, on a phone a bar at the bottom within reach of the thumb. */
export function Navigation() {
  return (
    <nav className={styles.navigation} aria-label={words.navigation}>
      <ul>
        {pages.map(({ to, icon, name }) => (
          <li key={to}>
            <Link to={to} className={styles.navLink} activeOptions={{ exact: to === '/', includeSearch: false }}>
              <Icon name={icon} size={20} />
              <span>{name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
