/** Migration 1: everything of the first release. `tables.ts` says what the columns mean. */

const scope =
  'tenant bytea not null check (octet_length(tenant) = 16), site bytea not null check (octet_length(site) = 16)'

const table = (name: string, key: string, columns: string): string =>
  `create table ${name} (${scope}, ${columns}, primary key (tenant, site${key === '' ? '' : `, ${key}`}))`

/** Statements of the migration. */
export const firstTables: readonly string[] = [
  table(
    'site',
    '',
    `created_at bigint not null, epoch bigint not null, site_version integer, revocation_version bigint not null,
     claimed_at bigint, reader_group bytea not null`,
  ),
  table(
    'site_version',
    'version',
    `version integer not null, text text not null, file_name text not null, digest bytea not null, author text not null,
     at bigint not null, comment text`,
  ),
  table(
    'rule',
    'rule, since',
    'rule text not null, kind text not null, body json not null, since integer not null, until integer',
  ),
  'create unique index rule_in_force on rule (tenant, site, rule) where until is null',
  table(
    'person',
    'person',
    'person text not null, reference bytea not null unique check (octet_length(reference) = 16)',
  ),
  table(
    'credential',
    'pseudonym',
    `pseudonym bytea not null check (octet_length(pseudonym) = 8), credential text not null, person text not null,
     current boolean not null, public_key bytea, thumbprint bytea, enrolled_at bigint, documents_until bigint,
     state text not null check (state in ('active', 'suspended', 'revoked')),
     state_by text not null check (state_by in ('file', 'act')), state_reason text not null, state_actor text not null,
     state_at bigint not null`,
  ),
  'create unique index credential_current on credential (tenant, site, credential) where current',
  'create unique index credential_pseudonym on credential (pseudonym)',
  'create index credential_person on credential (tenant, site, person)',
  table(
    'revocation',
    'version',
    'version bigint not null, person text, reason text not null, actor text not null, at bigint not null',
  ),
  table(
    'revocation_entry',
    'version, pseudonym',
    'version bigint not null, pseudonym bytea not null, action smallint not null check (action in (1, 2, 3))',
  ),
  table(
    'pin',
    'pseudonym, key_group, kind',
    `pseudonym bytea not null, key_group bytea not null, kind text not null check (kind in ('normal', 'duress')),
     key_version integer not null, verifier bytea not null check (octet_length(verifier) = 32), set_at bigint not null`,
  ),
  table(
    'invitation',
    'code_hash',
    'code_hash bytea not null, pseudonym bytea not null, actor text not null, expires_at bigint not null, used_at bigint',
  ),
  table(
    'challenge',
    'challenge_hash',
    'challenge_hash bytea not null, pseudonym bytea not null, expires_at bigint not null',
  ),
  'create index challenge_end on challenge (expires_at)',
  table(
    'module',
    'module',
    `module text not null, party bytea not null check (octet_length(party) = 8), key_group text not null,
     current boolean not null, commissioned_at bigint, fingerprint text, identity_key bytea, agreement_key bytea,
     reader_key bytea, reader_sub_id bytea not null, serial text, home text, key_version integer not null,
     reader_until bigint, last_contact_at bigint, clock_quality smallint, clock_offset_ms bigint, health_at bigint,
     free_records bigint, simulated boolean not null, chain_epoch bigint not null, last_record bigint not null,
     complete_record bigint not null, acknowledged_record bigint not null`,
  ),
  'create unique index module_party on module (tenant, site, party)',
  table(
    'effect',
    'module, type',
    `module text not null, type smallint not null, desired bigint not null, effective bigint not null, effective_at bigint`,
  ),
  table(
    'bundle',
    'module, version',
    `module text not null, version bigint not null, epoch bigint not null, revocation_version bigint not null,
     site_version integer not null, not_before bigint not null, not_after bigint not null, tables bytea not null,
     site_digest bytea not null`,
  ),
  table(
    'key_package',
    'module, version',
    'module text not null, version bigint not null, envelope bytea not null, at bigint not null',
  ),
  table(
    'sequence',
    'receiver, type, key_version',
    'receiver bytea not null, type smallint not null, key_version integer not null, last bigint not null',
  ),
  table(
    'mark',
    'module, type',
    'module text not null, type smallint not null, key_version integer not null, sequence bigint not null',
  ),
  table(
    'outbox',
    'id',
    `id bigint generated always as identity, module text not null, type smallint not null, version bigint not null,
     key_version integer not null, sequence bigint not null, envelope bytea not null, created_at bigint not null,
     sent_at bigint, acknowledged_at bigint, result smallint`,
  ),
  'create unique index outbox_number on outbox (tenant, site, module, type, key_version, sequence)',
  'create index outbox_waiting on outbox (tenant, site, module, type) where acknowledged_at is null',
  table('leaf', 'index', 'index bigint not null, leaf bytea not null'),
  table(
    'record',
    'index',
    `index bigint not null, source bytea not null, module text not null, chain_epoch bigint not null, number bigint not null,
     record_digest bytea not null, head bytea not null, signed boolean not null, received_at bigint not null,
     at bigint not null, kind text not null, clock_quality text not null, simulated boolean not null, decision_id text,
     asset text, decision text, record bytea not null`,
  ),
  'create unique index record_number on record (tenant, site, source, chain_epoch, number)',
  'create index record_decision on record (tenant, site, decision_id) where decision_id is not null',
  'create index record_asset on record (tenant, site, asset, index) where asset is not null',
  table(
    'opening',
    'index, field',
    'index bigint not null, field text not null, salt bytea not null, value bytea not null',
  ),
  'create index opening_value on opening (tenant, site, value, index)',
  table(
    'chain',
    'source',
    'source bytea not null, chain_epoch bigint not null, number bigint not null, head bytea not null',
  ),
  table(
    'gap',
    'module, chain_epoch, first',
    'module text not null, chain_epoch bigint not null, first bigint not null, last bigint not null, since bigint not null',
  ),
  table(
    'alarm',
    'id',
    'id bigint generated always as identity, module text not null, code text not null, detail text not null, at bigint not null',
  ),
  table(
    'refusal',
    'module, reason',
    `module text not null, reason text not null, count bigint not null, last_at bigint not null, recorded_at bigint not null`,
  ),
  table(
    'administrator',
    'reference',
    'reference bytea not null check (octet_length(reference) = 16), name text not null, created_at bigint not null',
  ),
  table(
    'session',
    'id_hash',
    `id_hash bytea not null, administrator bytea not null, csrf_hash bytea not null, created_at bigint not null,
     used_at bigint not null`,
  ),
  table(
    'log_in_link',
    'code_hash',
    `code_hash bytea not null, kind text not null check (kind in ('claim', 'log-in')), actor text not null,
     expires_at bigint not null, used_at bigint`,
  ),
  table(
    'commissioning_order',
    'code_hash',
    'code_hash bytea not null, module text not null, actor text not null, expires_at bigint not null, used_at bigint',
  ),
  table(
    'limit_window',
    'bucket, window_start',
    'bucket text not null, window_start bigint not null, count integer not null',
  ),
]
