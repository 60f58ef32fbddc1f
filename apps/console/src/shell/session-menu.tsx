import { Button, Popover } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { call } from '../api/client.ts'
import { endSession, sessionQuery } from '../api/queries.ts'
import { Icon } from '../parts/icon.tsx'
import { Problem } from '../parts/problem.tsx'
import { words } from '../words.ts'
import styles from './shell.module.css'
import { useSite } from './site.tsx'

/** Who is signed in, until when, and the way out. */
export function SessionMenu() {
  const client = useQueryClient()
  const { tell } = useSite()
  const { data: session } = useQuery(sessionQuery)
  const logOut = useMutation({ mutationFn: () => call('logOut', {}), onSuccess: () => endSession(client) })
  if (session?.state !== 'signed-in') return null
  const { name } = session.principal
  return (
    <Popover position="bottom-end" width={280} trapFocus returnFocus withRoles={false}>
      <Popover.Target>
        <button
          type="button"
          className={styles.sessionButton}
          aria-haspopup="dialog"
          aria-label={words.sessionOf(name)}
        >
          <Icon name="person" />
          <span className={styles.sessionName}>{name}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={words.session}>
        <div className={styles.session}>
          <p className={styles.sessionWho}>{name}</p>
          <p>{session.principal.kind === 'administrator' ? words.administrator : words.operator}</p>
          {session.expiresAt === null ? null : <p>{words.sessionUntil(tell(session.expiresAt, 'day-and-clock'))}</p>}
          {logOut.error ? <Problem error={logOut.error} /> : null}
          <Button
            fullWidth
            variant="default"
            leftSection={<Icon name="log-out" />}
            loading={logOut.isPending}
            onClick={() => logOut.mutate()}
          >
            {words.logOut}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
