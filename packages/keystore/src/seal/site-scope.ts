import { createHash } from 'node:crypto'
import { concat, invariant, utf8 } from '@edgeward/base'

/** Tenant and site of everything that is sealed or signed: 16 random bytes each, authenticated and never sent. */
export interface SiteScope {
  readonly tenant: Uint8Array
  readonly site: Uint8Array
}

/** What a signature or seal is over besides its content: label || 00 || tenant || site. envelope.md §1 */
export function externalAad(label: string, { tenant, site }: SiteScope): Uint8Array {
  invariant(tenant.length === 16 && site.length === 16, 'tenant and site ids have 16 bytes')
  return concat(utf8(`${label}\0`), tenant, site)
}

/**
 * Who an envelope is from or for, 8 bytes; envelope.md §1. `name` is `service`, a module's id in the site file, or
 * `group:` and the id of a key group.
 */
export function partyId(site: Uint8Array, name: string): Uint8Array {
  invariant(site.length === 16, 'a site id has 16 bytes')
  const digest = createHash('sha256')
    .update(concat(utf8('edgeward/party/1\0'), site, utf8(name)))
    .digest()
  return Uint8Array.from(digest.subarray(0, 8))
}
