/** Migration 2: which key groups have keys, and which modules were taken out of the site. `tables.ts` says what the columns mean. */

const scope =
  'tenant bytea not null check (octet_length(tenant) = 16), site bytea not null check (octet_length(site) = 16)'

/** Statements of the migration. */
export const secondTables: readonly string[] = [
  `create table key_group (${scope}, party bytea not null check (octet_length(party) = 8), made_at bigint not null,
     primary key (tenant, site, party))`,
  'alter table module add column removed_at bigint',
  'update module set removed_at = commissioned_at where not current and commissioned_at is not null',
]
