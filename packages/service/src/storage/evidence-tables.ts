/** Migration 4: what modules have signed of themselves. `tables.ts` says what the columns mean. */

/** Statements of the migration. */
export const evidenceTables: readonly string[] = [
  `create table evidence (tenant bytea not null check (octet_length(tenant) = 16),
     site bytea not null check (octet_length(site) = 16), module text not null, chain_epoch bigint not null,
     counter bigint not null, counter_issued bigint not null, newest_issued bigint not null,
     primary key (tenant, site, module, chain_epoch))`,
]
