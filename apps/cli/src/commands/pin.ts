import { operations } from '@edgeward/service/api'
import { CliError } from '../cli-error.ts'
import { dataFolderOf } from '../data-folder.ts'
import { operatorApi } from '../operator-api.ts'
import { say, sayJson } from '../output.ts'
import { readSecret } from '../secret-input.ts'

export interface PinOptions {
  readonly data?: string
  readonly json?: boolean
  readonly name: string
  readonly duress?: boolean
}

/** Sets a PIN: typed twice at a terminal, one line (with --duress two) on standard input. */
export async function setPin({ data, json, name, duress }: PinOptions): Promise<void> {
  const api = operatorApi(dataFolderOf(data))
  const pin = await typed(`New PIN of ${name} (4 to 8 digits): `, 'PIN again: ')
  const second = duress
    ? await typed('Duress PIN (opens, and raises a silent alarm): ', 'Duress PIN again: ')
    : undefined
  const answer = await api.call(operations.setPin, { person: name, pin, duress: second })
  if (json) return sayJson(answer)
  say(
    `${answer.person.name} has a new PIN for ${answer.credentials.join(', ')}. It counts as soon as the phone has fetched its documents, at the next tap on line.`,
  )
}

async function typed(prompt: string, again: string): Promise<string> {
  const pin = await readSecret(prompt)
  if (process.stdin.isTTY && (await readSecret(again)) !== pin)
    throw new CliError('pin-differs', 'The two differ. Nothing was changed.')
  return pin
}
