import { operations } from '@edgeward/service/api'
import { dataFolderOf } from '../data-folder.ts'
import { operatorApi } from '../operator-api.ts'
import { bold, dim, say, sayJson } from '../output.ts'

/** Makes a new one-time link to the console: to claim it when nobody has, else to log in. */
export async function login(options: { readonly data?: string; readonly json?: boolean }): Promise<void> {
  const link = await operatorApi(dataFolderOf(options.data)).call(operations.createLogInLink, {})
  if (options.json) return sayJson(link)
  say(
    link.kind === 'claim'
      ? 'Nobody has claimed this console yet. Open this link to be its administrator:'
      : 'Open this link to log in to the console:',
  )
  say(`\n  ${bold(link.url)}\n`)
  say(dim(`It works once, until ${link.expiresAt}, on this machine.`))
}
