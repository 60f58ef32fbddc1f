import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { beginSession } from '../api/queries.ts'
import { Problem } from '../parts/problem.tsx'
import { words } from '../words.ts'
import styles from './sign-in.module.css'
import { SignInCard } from './sign-in-card.tsx'
import { useCode } from './use-code.ts'

/** Log-in by a one-time link. The code is used by a click, never by opening the page: programs that look at links in mails open them too. */
export function LogInPage() {
  const [code, setCode] = useCode()
  const [cameWithCode] = useState(code !== '')
  const client = useQueryClient()
  const navigate = useNavigate()
  const logIn = useMutation({
    mutationFn: () => call('logIn', { code: code.trim() }),
    onSuccess: session => {
      beginSession(client, session)
      return navigate({ to: '/', replace: true })
    },
  })
  return (
    <SignInCard title={words.logIn.title} lead={cameWithCode ? words.logIn.lead : words.logIn.leadWithoutCode}>
      <form
        className={styles.form}
        onSubmit={event => {
          event.preventDefault()
          logIn.mutate()
        }}
      >
        {cameWithCode ? null : (
          <TextInput
            label={words.logIn.code}
            description={words.logIn.codeHelp}
            value={code}
            onChange={event => setCode(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            required
          />
        )}
        {logIn.error ? <Problem error={logIn.error} /> : null}
        <Button type="submit" size="md" loading={logIn.isPending} disabled={code.trim() === ''}>
          {words.logIn.button}
        </Button>
      </form>
    </SignInCard>
  )
}
