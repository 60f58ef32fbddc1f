/** Permits whose outcome is not known yet: committed with their record, closed with the record of the outcome. */
import { type Database, integer, text } from './database.ts'

/** `given`: the actuator may or may not have got it. `session`: it began, its end is still to come. */
export type OrderPhase = 'given' | 'session'

export interface StoredOrder {
  readonly decisionId: string
  readonly phase: OrderPhase
  /** What the outcome's record and state change need, as JSON. */
  readonly json: string
}

export function insertOrder(db: Database, { decisionId, phase, json }: StoredOrder): void {
  db.run('INSERT INTO orders (decision_id, phase, json) VALUES (?, ?, ?)', decisionId, phase, json)
}

export function readOrder(db: Database, decisionId: string): StoredOrder | undefined {
  return listWhere(db, 'WHERE decision_id = ?', decisionId)[0]
}

export function setOrderPhase(db: Database, decisionId: string, phase: OrderPhase): void {
  db.run('UPDATE orders SET phase = ? WHERE decision_id = ?', phase, decisionId)
}

export function removeOrder(db: Database, decisionId: string): void {
  db.run('DELETE FROM orders WHERE decision_id = ?', decisionId)
}

/** Orders of which a crash has hidden the outcome. */
export function ordersInDoubt(db: Database): readonly StoredOrder[] {
  return listWhere(db, "WHERE phase = 'given'")
}

/** How many outcomes are still to come: each needs a record. */
export function openOrders(db: Database): number {
  const row = db.get('SELECT count(*) AS open FROM orders')
  return row === undefined ? 0 : integer(row, 'open')
}

function listWhere(db: Database, where: string, ...values: readonly string[]): readonly StoredOrder[] {
  return db.all(`SELECT decision_id, phase, json FROM orders ${where} ORDER BY rowid`, ...values).map(row => ({
    decisionId: text(row, 'decision_id'),
    phase: text(row, 'phase') === 'session' ? 'session' : 'given',
    json: text(row, 'json'),
  }))
}
