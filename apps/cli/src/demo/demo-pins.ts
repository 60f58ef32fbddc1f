/** PINs of the demo's people: made at the first start, shown there, kept in a file of mode 0600 that says what it is. */
import { randomInt } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { operations } from '@edgeward/service/api'
import type { DataFolder } from '../data-folder.ts'
import type { OperatorApi } from '../operator-api.ts'
import { replaceFile } from '../replace-file.ts'
import { inParallel } from './in-parallel.ts'

const header = '# PINs of the demo plant, made at its first start. Demo only: a real plant never writes a PIN down.'

/**
 * Gives every person a PIN who has none yet; the answer is the PINs that were made now, to be shown this once. The file is
 * written first: a start that was cut short goes on with the same PINs.
 */
export async function setDemoPins(
  folder: DataFolder,
  api: OperatorApi,
  onProgress: (text: string) => void,
): Promise<Readonly<Record<string, string>>> {
  const [{ people }, { credentials }] = await Promise.all([
    api.call(operations.people, {}),
    api.call(operations.credentials, {}),
  ])
  const before = readDemoPins(folder)
  const pins = { ...before }
  for (const { id, kind } of people) if (kind === 'person') pins[id] ??= String(randomInt(10_000)).padStart(4, '0')
  const lines = Object.entries(pins).map(([person, pin]) => `${person} ${pin}`)
  replaceFile(folder.pins, `${[header, ...lines].join('\n')}\n`)
  const without = new Set(
    credentials.filter(({ hasPin, state }) => !hasPin && state !== 'revoked').map(({ person }) => person.id),
  )
  onProgress('Giving people their PINs')
  await inParallel(
    Object.entries(pins).filter(([person]) => without.has(person)),
    async ([person, pin]) => {
      await api.call(operations.setPin, { person, pin })
    },
  )
  return Object.fromEntries(Object.entries(pins).filter(([person]) => before[person] === undefined))
}

/** Person to PIN; empty before the first start. */
export function readDemoPins(folder: DataFolder): Readonly<Record<string, string>> {
  if (!existsSync(folder.pins)) return {}
  const lines = readFileSync(folder.pins, 'utf8').split('\n')
  return Object.fromEntries(
    lines.filter(line => line !== '' && !line.startsWith('#')).map(line => line.split(' ') as [string, string]),
  )
}
