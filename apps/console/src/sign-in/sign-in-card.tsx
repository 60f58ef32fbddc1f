import { useEffect } from 'react'
import { words } from '../words.ts'
import styles from './sign-in.module.css'

interface SignInCardProps {
  readonly title: string
  readonly lead: string
  readonly children: React.ReactNode
}

/** The frame of the pages that stand before a session. */
export function SignInCard({ title, lead, children }: SignInCardProps) {
  useEffect(() => {
    document.title = `${title} · ${words.product}`
  }, [title])
  return (
    <main className={styles.stage}>
      <div className={styles.card}>
        <p className={styles.brand}>
          <img src="/favicon.svg" width="26" height="26" alt="" />
          {words.product}
        </p>
        <div>
          <h1>{title}</h1>
          <p className={styles.lead}>{lead}</p>
        </div>
        {children}
      </div>
    </main>
  )
}
