/** Migration 3: what a service that was restored has to remember of its modules. `tables.ts` says what the columns mean. */

/** Statements of the migration. */
export const restoredTables: readonly string[] = [
  `create table restored_module (tenant bytea not null check (octet_length(tenant) = 16),
     site bytea not null check (octet_length(site) = 16), module text not null, restored_at bigint not null,
     taken_at bigint, before json not null, heard_at bigint, ahead text, primary key (tenant, site, module))`,
]
