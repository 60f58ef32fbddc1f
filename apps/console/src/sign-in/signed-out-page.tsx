import type { SignedOut } from '@edgeward/service/api'
import { words } from '../words.ts'
import styles from './sign-in.module.css'
import { SignInCard } from './sign-in-card.tsx'

/** Nobody is signed in here: how to get in. */
export function SignedOutPage({ session }: { readonly session: SignedOut }) {
  const w = session.claimed ? words.signedOut : words.unclaimed
  return (
    <SignInCard title={w.title} lead={w.lead}>
      <code className={styles.command}>{w.command}</code>
      <p className={styles.note}>{w.note}</p>
    </SignInCard>
  )
}
