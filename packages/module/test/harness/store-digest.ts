import type { Database } from '../../src/index.ts'

/**
 * Everything that a module's store says, as text, but for how often it has refused something. `tables`: these alone.
 */
export function storeContents(db: Database, { tables }: { readonly tables?: readonly string[] } = {}): string {
  const names = db
    .all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .map(({ name }) => String(name))
  const kept = names.filter(name => tables === undefined || tables.includes(name))
  return kept
    .map(name => {
      const rows = db
        .all(`SELECT * FROM ${name}`)
        .map(row => JSON.stringify(row, shown))
        .sort()
      return `${name}\n${rows.filter(row => !row.includes('"refusedEnvelopes"')).join('\n')}`
    })
    .join('\n')
}

function shown(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return typeof value === 'bigint' ? `${value}n` : value
}
