/** Brings a module of this machine into the site, with the messages that an installer's phone will carry. */
import { operations } from '@edgeward/service/api'
import { CliError } from '../cli-error.ts'
import { askModule } from '../control-client.ts'
import { dataFolderOf } from '../data-folder.ts'
import { didYouMean } from '../did-you-mean.ts'
import { operatorApi } from '../operator-api.ts'
import { bold, green, say, sayJson } from '../output.ts'

export interface CommissionOptions {
  readonly data?: string
  readonly json?: boolean
  readonly id: string
}

/** The module must run, and be in the site in force. Throws a CliError that says which of both is missing. */
export async function commission({ data, json, id }: CommissionOptions): Promise<void> {
  const folder = dataFolderOf(data)
  const api = operatorApi(folder)
  const { modules } = await api.call(operations.modules, {})
  const ids = modules.map(module => module.id)
  if (!ids.includes(id)) {
    throw new CliError(
      'unknown-module',
      ids.length === 0
        ? 'No site file is in force. Apply one first: `edgeward site init my-site.yaml`, then `edgeward site apply my-site.yaml`.'
        : `The site in force has no module ${id}.${didYouMean(id, ids)} Modules: ${ids.join(', ')}.`,
    )
  }
  if (!folder.modules().includes(id))
    throw new CliError('module-away', `Module ${id} has never run here. Start it first: \`edgeward module ${id}\`.`)
  const socket = folder.controlSocket(id)
  const { commissioned } = await askModule<{ commissioned: boolean }>(socket, id, { do: 'status' })
  if (commissioned) throw new CliError('already-commissioned', `Module ${id} belongs to a site already.`)
  const { request, fingerprint } = await askModule<{ request: string; fingerprint: string }>(socket, id, {
    do: 'commission-request',
  })
  const { order } = await api.call(operations.orderCommissioning, { module: id })
  const answer = await api.call(operations.commission, { order, request })
  if (answer.fingerprint !== fingerprint)
    throw new CliError('fingerprint', `Module and service name different keys of ${id}. Nothing was commissioned.`)
  await askModule(socket, id, { do: 'commission-accept', package: answer.package })
  if (json) {
    sayJson({ module: id, fingerprint })
    return
  }
  say(`${green('✓')} Module ${bold(id)} belongs to the site. Its keys: ${bold(fingerprint)}`)
  say('It gets its rules now; `edgeward status` shows when it has them.')
}
