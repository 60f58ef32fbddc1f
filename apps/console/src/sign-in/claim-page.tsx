import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { beginSession } from '../api/queries.ts'
import { Icon } from '../parts/icon.tsx'
import { Problem } from '../parts/problem.tsx'
import { words } from '../words.ts'
import styles from './sign-in.module.css'
import { SignInCard } from './sign-in-card.tsx'
import { useCode } from './use-code.ts'

/** As the contract allows for a name. */
const maxNameLength = 200

/** The first administrator takes over the installation with the code that the terminal showed. */
export function ClaimPage() {
  const [code, setCode] = useCode()
  const [cameWithCode] = useState(code !== '')
  const [name, setName] = useState('')
  const client = useQueryClient()
  const navigate = useNavigate()
  const claim = useMutation({
    mutationFn: () => call('claim', { code: code.trim(), name: name.trim() }),
    onSuccess: session => {
      beginSession(client, session)
      return navigate({ to: '/', replace: true })
    },
  })
  return (
    <SignInCard title={words.claim.title} lead={words.claim.lead}>
      <form
        className={styles.form}
        onSubmit={event => {
          event.preventDefault()
          claim.mutate()
        }}
      >
        {cameWithCode ? null : (
          <TextInput
            label={words.claim.code}
            description={words.claim.codeHelp}
            value={code}
            onChange={event => setCode(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            required
          />
        )}
        <TextInput
          label={words.claim.name}
          description={words.claim.nameHelp}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
          maxLength={maxNameLength}
          autoComplete="name"
          required
        />
        {claim.error ? <Problem error={claim.error} /> : null}
        <Button type="submit" size="md" loading={claim.isPending} disabled={code.trim() === '' || name.trim() === ''}>
          {words.claim.button}
        </Button>
        <p className={styles.note}>
          <Icon name="info" />
          {words.claim.note}
        </p>
      </form>
    </SignInCard>
  )
}
