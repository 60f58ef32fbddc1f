import type { SignedOut } from '@edgeward/service/api'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { endOfSession } from '../api/queries.ts'
import { words } from '../words.ts'
import styles from './sign-in.module.css'
import { SignInCard } from './sign-in-card.tsx'

/** Nobody is signed in here: why, and how to get in. */
export function SignedOutPage({ session }: { readonly session: SignedOut }) {
  const client = useQueryClient()
  const [end] = useState(() => endOfSession(client))
  const w = session.claimed ? words.signedOut : words.unclaimed
  return (
    <SignInCard title={end === undefined ? w.title : words.sessionEnd.title} lead={w.lead}>
      {end === undefined ? null : <p className={styles.note}>{words.sessionEnd[end]}</p>}
      <code className={styles.command}>{w.command}</code>
      <p className={styles.note}>{w.note}</p>
    </SignInCard>
  )
}
