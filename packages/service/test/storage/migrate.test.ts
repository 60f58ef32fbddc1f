import { expect, test } from 'vitest'
import { migrate } from '../../src/storage/migrate.ts'
import { migrations } from '../../src/storage/migrations.ts'
import { runAs, useDatabaseServer } from '../support/database.ts'

const server = useDatabaseServer()
const numbers = migrations.map(({ number }) => number)

async function freshDatabase() {
  const { name, ...urls } = await server().create()
  const database = {
    kind: 'external' as const,
    owner: { connectionString: urls.databaseOwnerUrl },
    app: { connectionString: urls.databaseUrl },
  }
  const as = (role: string, text: string) => runAs(server().host, role, text, name)
  return { database, as }
}

test('an empty database gets every step once, and a second start none', async () => {
  const { database, as } = await freshDatabase()
  expect(await migrate({ database, now: 5 })).toEqual(numbers)
  expect(await migrate({ database, now: 6 })).toEqual([])
  expect(await as('edgeward_app', 'select number, at from migration')).toEqual(
    numbers.map(number => ({ number, at: '5' })),
  )
})

test('a database of a newer program is refused', async () => {
  const { database, as } = await freshDatabase()
  await migrate({ database, now: 5 })
  await as('edgeward_owner', "insert into migration values (999, 'later', 6)")
  await expect(migrate({ database, now: 7 })).rejects.toMatchObject({ code: 'database-version' })
})

test('a step that fails leaves nothing behind', async () => {
  const { database, as } = await freshDatabase()
  const broken = {
    number: numbers.length + 1,
    name: 'broken',
    statements: ['create table half (a int)', 'create nonsense'],
  }
  await expect(migrate({ database, now: 5, steps: [...migrations, broken] })).rejects.toThrow(/syntax/)
  expect(await as('edgeward_owner', "select to_regclass('half') as half")).toEqual([{ half: null }])
  expect(await migrate({ database, now: 6 })).toEqual([])
})

test('the service is no superuser, makes no tables, and cannot change or delete what is evidence', async () => {
  const { database, as } = await freshDatabase()
  await migrate({ database, now: 5 })
  const [role] = await as(
    'edgeward_app',
    'select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user',
  )
  expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcreaterole: false })
  for (const table of ['leaf', 'record', 'site_version', 'revocation', 'revocation_entry']) {
    await expect(as('edgeward_app', `delete from ${table}`)).rejects.toThrow(/permission denied/)
  }
  await expect(as('edgeward_app', "update leaf set leaf = '\\x00'")).rejects.toThrow(/permission denied/)
  await expect(as('edgeward_app', 'create table mine (a int)')).rejects.toThrow(/permission denied/)
  await expect(as('edgeward_app', 'delete from opening')).resolves.toEqual([])
})
