import { useEffect } from 'react'
import { words } from '../words.ts'
import styles from './page.module.css'

interface PageProps {
  readonly title: string
  readonly lead?: React.ReactNode
  /** Right of the title: what can be done on the whole page. */
  readonly actions?: React.ReactNode
  /** The page fills the window and its parts scroll, instead of the page as a whole. */
  readonly fill?: boolean
  readonly children: React.ReactNode
}

/** One page: heading, sentence below it, content. Names the tab of the browser too. */
export function Page({ title, lead, actions, fill = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${words.product}`
  }, [title])
  return (
    <div className={styles.page} data-fill={fill || undefined}>
      <div className={styles.head}>
        <div>
          <h1>{title}</h1>
          {lead === undefined ? null : <p className={styles.lead}>{lead}</p>}
        </div>
        {actions}
      </div>
      {children}
    </div>
  )
}
