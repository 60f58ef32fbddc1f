import { operations } from '@edgeward/service/api'
import { dataFolderOf } from '../data-folder.ts'
import { operatorApi } from '../operator-api.ts'
import { bold, dim, red, say, sayJson, table } from '../output.ts'

interface Common {
  readonly data?: string
  readonly json?: boolean
}

/** Who is known here. */
export async function people(options: Common & { readonly query?: string }): Promise<void> {
  const api = operatorApi(dataFolderOf(options.data))
  const answer = await api.call(operations.people, { query: options.query })
  if (options.json) return sayJson(answer)
  if (answer.people.length === 0)
    return say(`Nobody here matches ${options.query ?? ''}. \`edgeward people\` lists all.`)
  const rows = answer.people.map(person => [
    person.id,
    person.name,
    [
      ...person.roles.map(({ name }) => name),
      ...(person.organisation ? [person.organisation.name] : []),
      ...(person.external ? ['external'] : []),
    ].join(', '),
    person.blocked > 0
      ? red(`${person.blocked} of ${person.credentials} blocked`)
      : `${person.credentials} credential${person.credentials === 1 ? '' : 's'}`,
  ])
  say(table([['id', 'name', 'roles', 'credentials'].map(bold), ...rows]))
  say(dim('\n  Until cards come, every credential is held by a phone wallet.'))
}

/** What is guarded here. */
export async function assets(options: Common): Promise<void> {
  const answer = await operatorApi(dataFolderOf(options.data)).call(operations.assets, {})
  if (options.json) return sayJson(answer)
  const rows = answer.assets.map(({ id, name, area, functions, criticality, module }) => [
    id,
    name,
    area.name,
    String(criticality),
    module ?? red('nobody'),
    functions.join(', '),
  ])
  say(table([['id', 'name', 'area', 'criticality', 'module', 'functions'].map(bold), ...rows]))
}
