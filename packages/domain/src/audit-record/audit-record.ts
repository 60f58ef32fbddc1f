/**
 * One line of evidence: the public part, which becomes a leaf of the log and never changes its bytes. It holds no name,
 * no card number and no plain position; personal values stand in it as commitments, whose openings travel beside it
 * (specs log.md §5). Bytes: deterministic CBOR, integer keys as in `keys` below; what is absent is left out.
 */
import { type CborValue, decodeCbor, encodeCbor } from '@edgeward/base'
import { RecordError } from './record-error.ts'

/** R5's order; the number is what the wire carries. */
export const clockQualities = ['synchronised', 'drifting', 'floor-only', 'untrusted'] as const
export type ClockQuality = (typeof clockQualities)[number]

export const recordKinds = ['decision', 'outcome', 'configuration', 'clock', 'module'] as const
export type RecordKind = (typeof recordKinds)[number]

/** A value that a reason or condition rested on, so that the decision can be explained and recomputed later. */
export interface TraceEntry {
  readonly what: string
  readonly value: string
}

export interface AuditRecord {
  readonly kind: RecordKind
  /** Seconds since 1970 by the module's clock. */
  readonly at: number
  readonly clockQuality: ClockQuality
  /** The clock or the ports were simulated (R12). */
  readonly simulated: boolean
  /** Decision and outcome: ten characters, see `decisionIdOf`. */
  readonly decisionId?: string
  readonly asset?: string
  readonly side?: 'in' | 'out'
  readonly function?: string
  readonly decision?: 'permit' | 'deny'
  /** The rule that permitted. */
  readonly by?: string
  /** As `formatReason` writes them, nearest miss first. */
  readonly reasons?: readonly string[]
  /** As `formatObligation` writes them. */
  readonly obligations?: readonly string[]
  /** Factor to what was shown: `ok`, `wrong`; a duress PIN stands as `ok`, the obligation tells. */
  readonly factors?: Readonly<Record<string, string>>
  /** Versions in force: bundle, revocations, epoch of the bundle, epoch of the document. */
  readonly bundleVersion?: number
  readonly revocationVersion?: number
  readonly epoch?: number
  readonly documentEpoch?: number
  /** SHA-256 of the site file that the bundle was made from. */
  readonly siteDigest?: Uint8Array
  readonly trace?: readonly TraceEntry[]
  /** Commitments, 32 bytes. */
  readonly credential?: Uint8Array
  readonly person?: Uint8Array
  readonly with?: Uint8Array
  readonly position?: Uint8Array
  /** Kind `outcome`: `entered`, `not-entered`, `session-started`, `session-ended`, `actuator-failed`, `timed-out`, `unknown`. */
  readonly outcome?: string
  /** Kinds `configuration`, `clock`, `module`: what happened, in one stable word, and its particulars. */
  readonly event?: string
  readonly detail?: Readonly<Record<string, string>>
}

type Field = keyof AuditRecord
type Form =
  | 'kind'
  | 'quality'
  | 'boolean'
  | 'uint'
  | 'text'
  | 'texts'
  | 'textMap'
  | 'bytes32'
  | 'trace'
  | 'side'
  | 'decision'

/** Key on the wire, and the form of the value. Numbers are never given a second meaning. */
const keys: Readonly<Record<Field, readonly [key: number, form: Form]>> = {
  kind: [1, 'kind'],
  at: [2, 'uint'],
  clockQuality: [3, 'quality'],
  simulated: [4, 'boolean'],
  decisionId: [5, 'text'],
  asset: [6, 'text'],
  side: [7, 'side'],
  function: [8, 'text'],
  decision: [9, 'decision'],
  by: [10, 'text'],
  reasons: [11, 'texts'],
  obligations: [12, 'texts'],
  factors: [13, 'textMap'],
  bundleVersion: [14, 'uint'],
  revocationVersion: [15, 'uint'],
  epoch: [16, 'uint'],
  documentEpoch: [17, 'uint'],
  siteDigest: [18, 'bytes32'],
  trace: [19, 'trace'],
  credential: [20, 'bytes32'],
  person: [21, 'bytes32'],
  with: [22, 'bytes32'],
  position: [23, 'bytes32'],
  outcome: [24, 'text'],
  event: [25, 'text'],
  detail: [26, 'textMap'],
}
const fieldOf = new Map<number, Field>(Object.entries(keys).map(([field, [key]]) => [key, field as Field]))

/** Largest record: an entry of the log has a 16-bit length, and a leaf adds its frame. log.md §2 */
export const maxRecordBytes = 60_000

/** The bytes of a record. Throws a RecordError `oversize` above `maxRecordBytes`. */
export function encodeRecord(record: AuditRecord): Uint8Array {
  const map = new Map<number, CborValue>()
  for (const [field, value] of Object.entries(record)) {
    if (value === undefined) continue
    const [key, form] = keys[field as Field]
    map.set(key, toCbor(form, value))
  }
  const bytes = encodeCbor(map)
  if (bytes.length > maxRecordBytes)
    throw new RecordError('oversize', `a record of ${bytes.length} bytes, at most ${maxRecordBytes}`)
  return bytes
}

/** The record of exactly these bytes. Throws a RecordError `malformed` on an unknown key or a wrong form. */
export function decodeRecord(bytes: Uint8Array): AuditRecord {
  let decoded: CborValue
  try {
    decoded = decodeCbor(bytes)
  } catch (cause) {
    throw new RecordError('malformed', 'not deterministic CBOR', { cause })
  }
  if (!(decoded instanceof Map)) throw new RecordError('malformed', 'a record is a map')
  const record: Record<string, unknown> = {}
  for (const [key, value] of decoded) {
    const field = typeof key === 'number' ? fieldOf.get(key) : undefined
    if (field === undefined) throw new RecordError('malformed', `unknown key ${String(key)}`)
    record[field] = fromCbor(keys[field][1], value, field)
  }
  const read = record as Partial<AuditRecord>
  const { kind, at, clockQuality, simulated } = read
  if (kind === undefined || at === undefined || clockQuality === undefined || simulated === undefined) {
    throw new RecordError('malformed', 'kind, instant, clock quality or the mark of simulation is missing')
  }
  return { ...read, kind, at, clockQuality, simulated }
}

function toCbor(form: Form, value: unknown): CborValue {
  switch (form) {
    case 'kind':
      return recordKinds.indexOf(value as RecordKind)
    case 'quality':
      return clockQualities.indexOf(value as ClockQuality)
    case 'decision':
      return value === 'permit' ? 1 : 0
    case 'side':
      return value === 'out' ? 1 : 0
    case 'textMap':
      return new Map(Object.entries(value as Record<string, string>))
    case 'trace':
      return (value as readonly TraceEntry[]).map(({ what, value: shown }) => [what, shown])
    default:
      return value as CborValue
  }
}

function fromCbor(form: Form, value: CborValue, field: Field): unknown {
  const wrong = (): never => {
    throw new RecordError('malformed', `${field} has a wrong form`)
  }
  const oneOf = <T>(words: readonly T[]): T => (typeof value === 'number' ? words[value] : undefined) ?? wrong()
  const text = (item: CborValue | undefined): string => (typeof item === 'string' ? item : wrong())
  switch (form) {
    case 'kind':
      return oneOf(recordKinds)
    case 'quality':
      return oneOf(clockQualities)
    case 'decision':
      return oneOf(['deny', 'permit'])
    case 'side':
      return oneOf(['in', 'out'])
    case 'boolean':
      return typeof value === 'boolean' ? value : wrong()
    case 'uint':
      return typeof value === 'number' && value >= 0 ? value : wrong()
    case 'text':
      return text(value)
    case 'texts':
      return Array.isArray(value) ? value.map(text) : wrong()
    case 'textMap':
      if (!(value instanceof Map)) return wrong()
      return Object.fromEntries([...value].map(([name, shown]) => [text(name as CborValue), text(shown)]))
    case 'bytes32':
      return value instanceof Uint8Array && value.length === 32 ? value : wrong()
    case 'trace':
      if (!Array.isArray(value)) return wrong()
      return value.map(pair =>
        Array.isArray(pair) && pair.length === 2 ? { what: text(pair[0]), value: text(pair[1]) } : wrong(),
      )
  }
}
