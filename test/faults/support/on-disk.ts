/** What a module's folder holds; looked at in a copy, so that looking changes nothing. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSoftwareKeyStore } from '@edgeward/keystore/software'
import { type Database, openLibsql } from '@edgeward/module'

/** What envelopes change, with the marks that say which ones did. */
export interface Effects {
  readonly bundle: string
  readonly state: string
  readonly counters: string
  readonly commands: number
  readonly endings: string
  readonly marks: string
}

export interface OnDisk {
  readonly effects: Effects
  /** `purpose version` of every key. */
  readonly keys: readonly string[]
  readonly rows: Readonly<Record<'records' | 'orders' | 'trust', number>>
  /** Wrong PINs that are counted, by credential. */
  readonly pins: Readonly<Record<string, { readonly wrong: number; readonly lockedUntil?: number }>>
}

export async function onDisk(folder: string): Promise<OnDisk> {
  const copy = mkdtempSync(join(tmpdir(), 'edgeward-look-'))
  try {
    cpSync(folder, copy, { recursive: true })
    // A module that runs and does nothing at the moment may be looked at too.
    rmSync(join(copy, 'keys', 'lock'), { force: true })
    const db = await openLibsql(join(copy, 'store.db'))
    const keyStore = await openSoftwareKeyStore({ folder: join(copy, 'keys') })
    const keys = (await keyStore.list()).map(({ purpose, version }) => `${purpose} ${version}`).sort()
    const state = text(db, 'SELECT json FROM decision_state')
    const found: OnDisk = {
      effects: effectsOf(db, state),
      keys,
      rows: { records: count(db, 'records'), orders: count(db, 'orders'), trust: count(db, 'trust') },
      pins: state === '' ? {} : ((JSON.parse(state) as { pins?: OnDisk['pins'] }).pins ?? {}),
    }
    await keyStore.close()
    db.close()
    return found
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

const counters = ['revocationVersion', 'keyPackageVersion']

function effectsOf(db: Database, state: string): Effects {
  const row = db.get('SELECT epoch, version FROM bundle')
  const named = counters.map(name => `${name} ${db.get('SELECT value FROM meta WHERE name = ?', name)?.value ?? 0}`)
  return {
    bundle: row === undefined ? '' : `epoch ${row.epoch} version ${row.version}`,
    state,
    counters: named.join(', '),
    commands: count(db, 'commands_done'),
    endings: rows(db, 'SELECT event, ends_at FROM endings ORDER BY event'),
    marks: rows(db, 'SELECT key_id, type, version, sequence, result FROM marks ORDER BY key_id, type'),
  }
}

function rows(db: Database, sql: string): string {
  return db
    .all(sql)
    .map(row => Object.values(row).join(' '))
    .join('\n')
}

function text(db: Database, sql: string): string {
  return String(Object.values(db.get(sql) ?? {})[0] ?? '')
}

function count(db: Database, table: 'records' | 'orders' | 'trust' | 'commands_done'): number {
  return Number(db.get(`SELECT count(*) AS n FROM ${table}`)?.n)
}
