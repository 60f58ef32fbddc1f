/**
 * The tables, as queries see them. Every row has tenant and site (16 bytes each). Instants are milliseconds since 1970
 * by the service's clock (`…_at`), bytes are `bytea`, 64-bit integers arrive as numbers.
 */
import type { ColumnType, Generated } from 'kysely'

/** Every row's first two columns. */
export interface Scoped {
  readonly tenant: Uint8Array
  readonly site: Uint8Array
}

/** JSON that was written by us and is read back by us. */
type Json<T> = ColumnType<T, string, string>

export interface SiteTable extends Scoped {
  created_at: number
  /** Rises with every block (R6). */
  epoch: number
  /** In force; null before the first. */
  site_version: number | null
  revocation_version: number
  claimed_at: number | null
  reader_group: Uint8Array
}

export interface SiteVersionTable extends Scoped {
  version: number
  text: string
  file_name: string
  /** SHA-256 of the normalised file. */
  digest: Uint8Array
  author: string
  at: number
  comment: string | null
}

/** One wording of a rule: in force from version `since` until before version `until`. */
export interface RuleTable extends Scoped {
  rule: string
  kind: string
  body: Json<unknown>
  since: number
  until: number | null
}

/** A person's reference of 16 bytes, for ever. */
export interface PersonTable extends Scoped {
  person: string
  reference: Uint8Array
}

/** A credential's pseudonym of 8 bytes, for ever; `current` until the id in the file means another holder. */
export interface CredentialTable extends Scoped {
  pseudonym: Uint8Array
  credential: string
  person: string
  current: boolean
  public_key: Uint8Array | null
  thumbprint: Uint8Array | null
  enrolled_at: number | null
  /** End of the latest document that was handed out. */
  documents_until: number | null
  state: 'active' | 'suspended' | 'revoked'
  /** Who said so: the site file, or an act that no file takes back. */
  state_by: 'file' | 'act'
  state_reason: string
  state_actor: string
  state_at: number
}

/** One act that changed states of credentials. */
export interface RevocationTable extends Scoped {
  version: number
  person: string | null
  reason: string
  actor: string
  at: number
}

/** action: 1 revoke, 2 suspend, 3 restore (envelope.md §3). */
export interface RevocationEntryTable extends Scoped {
  version: number
  pseudonym: Uint8Array
  action: number
}

export interface PinTable extends Scoped {
  pseudonym: Uint8Array
  key_group: Uint8Array
  kind: 'normal' | 'duress'
  key_version: number
  verifier: Uint8Array
  set_at: number
}

export interface InvitationTable extends Scoped {
  code_hash: Uint8Array
  pseudonym: Uint8Array
  actor: string
  expires_at: number
  used_at: number | null
}

export interface ChallengeTable extends Scoped {
  challenge_hash: Uint8Array
  pseudonym: Uint8Array
  expires_at: number
}

export interface ModuleTable extends Scoped {
  module: string
  party: Uint8Array
  key_group: string
  /** False: the site file no longer has it. */
  current: boolean
  commissioned_at: number | null
  fingerprint: string | null
  identity_key: Uint8Array | null
  agreement_key: Uint8Array | null
  reader_key: Uint8Array | null
  reader_sub_id: Uint8Array
  serial: string | null
  home: string | null
  /** Version of its transport keys. */
  key_version: number
  reader_until: number | null
  last_contact_at: number | null
  clock_quality: number | null
  clock_offset_ms: number | null
  health_at: number | null
  free_records: number | null
  simulated: boolean
  /** Highest record that it has told of, and the last up to which all are here. */
  chain_epoch: number
  last_record: number
  complete_record: number
  acknowledged_record: number
  /** Taken out of the site since it was commissioned: account and keys are dead until it is commissioned anew. */
  removed_at: number | null
}

/** A key group whose keys were made: from then on a key store without them is not ours. */
export interface KeyGroupTable extends Scoped {
  party: Uint8Array
  made_at: number
}

/** What a module should have of a type and what it has acknowledged. */
export interface EffectTable extends Scoped {
  module: string
  type: number
  desired: number
  effective: number
  effective_at: number | null
}

export interface BundleTable extends Scoped {
  module: string
  version: number
  epoch: number
  revocation_version: number
  site_version: number
  not_before: number
  not_after: number
  tables: Uint8Array
  site_digest: Uint8Array
}

export interface KeyPackageTable extends Scoped {
  module: string
  version: number
  /** The envelope of the first package (envelope.md §8); later ones are sealed anew. */
  envelope: Uint8Array
  at: number
}

/** The last number that was taken for (receiver, type, key). */
export interface SequenceTable extends Scoped {
  receiver: Uint8Array
  type: number
  key_version: number
  last: number
}

/** The highest number that was taken from a module of a type that must be newest. envelope.md §5 */
export interface MarkTable extends Scoped {
  module: string
  type: number
  key_version: number
  sequence: number
}

export interface OutboxTable extends Scoped {
  id: Generated<number>
  module: string
  type: number
  version: number
  key_version: number
  sequence: number
  envelope: Uint8Array
  created_at: number
  sent_at: number | null
  acknowledged_at: number | null
  result: number | null
}

/** Entries of the log in the order of arrival: the leaf bytes of log.md §5, exactly. */
export interface LeafTable extends Scoped {
  index: number
  leaf: Uint8Array
}

/** A record, decoded for queries. */
export interface RecordTable extends Scoped {
  /** Its leaf. */
  index: number
  source: Uint8Array
  module: string
  chain_epoch: number
  number: number
  record_digest: Uint8Array
  head: Uint8Array
  signed: boolean
  received_at: number
  at: number
  kind: string
  clock_quality: string
  simulated: boolean
  decision_id: string | null
  asset: string | null
  decision: string | null
  record: Uint8Array
}

/** What a commitment stands for; deleted when somebody is erased. */
export interface OpeningTable extends Scoped {
  index: number
  field: string
  salt: Uint8Array
  value: Uint8Array
}

/** The end of the service's own chain. */
export interface ChainTable extends Scoped {
  source: Uint8Array
  chain_epoch: number
  number: number
  head: Uint8Array
}

export interface GapTable extends Scoped {
  module: string
  chain_epoch: number
  first: number
  last: number
  since: number
}

export interface AlarmTable extends Scoped {
  id: Generated<number>
  module: string
  code: string
  detail: string
  at: number
}

export interface RefusalTable extends Scoped {
  module: string
  reason: string
  count: number
  last_at: number
  /** When the last record of it was written (they are rare on purpose). */
  recorded_at: number
}

export interface AdministratorTable extends Scoped {
  reference: Uint8Array
  name: string
  created_at: number
}

export interface SessionTable extends Scoped {
  id_hash: Uint8Array
  administrator: Uint8Array
  csrf_hash: Uint8Array
  created_at: number
  used_at: number
}

export interface LogInLinkTable extends Scoped {
  code_hash: Uint8Array
  kind: 'claim' | 'log-in'
  actor: string
  expires_at: number
  used_at: number | null
}

export interface OrderTable extends Scoped {
  code_hash: Uint8Array
  module: string
  actor: string
  expires_at: number
  used_at: number | null
}

/** A module as a backup knew it that was restored at `restored_at`; `ahead`: what it had that the backup did not know. */
export interface RestoredModuleTable extends Scoped {
  module: string
  restored_at: number
  taken_at: number | null
  before: Json<unknown>
  /** Its first health since. */
  heard_at: number | null
  ahead: string | null
}

/** The newest of what a module has signed about one of its chains; instants are the module's, seconds. */
export interface EvidenceTable extends Scoped {
  module: string
  chain_epoch: number
  /** The highest, and when it was signed last. */
  counter: number
  counter_issued: number
  /** When anything was signed last. */
  newest_issued: number
}

export interface LimitTable extends Scoped {
  bucket: string
  window_start: number
  count: number
}

export interface Tables {
  site: SiteTable
  site_version: SiteVersionTable
  rule: RuleTable
  person: PersonTable
  credential: CredentialTable
  revocation: RevocationTable
  revocation_entry: RevocationEntryTable
  pin: PinTable
  invitation: InvitationTable
  challenge: ChallengeTable
  module: ModuleTable
  key_group: KeyGroupTable
  effect: EffectTable
  bundle: BundleTable
  key_package: KeyPackageTable
  sequence: SequenceTable
  mark: MarkTable
  outbox: OutboxTable
  leaf: LeafTable
  record: RecordTable
  opening: OpeningTable
  chain: ChainTable
  gap: GapTable
  alarm: AlarmTable
  refusal: RefusalTable
  administrator: AdministratorTable
  session: SessionTable
  log_in_link: LogInLinkTable
  commissioning_order: OrderTable
  limit_window: LimitTable
  restored_module: RestoredModuleTable
  evidence: EvidenceTable
}
