/** The site in force. The database knows which version that is; its model is kept here until that changes. */
import type { Site } from '@edgeward/domain'
import { Refusal } from '../refusal.ts'
import type { Queries, Storage } from '../storage/storage.ts'
import type { SiteParser } from './parser.ts'

export interface SiteInForce {
  readonly version: number
  /** SHA-256 of the normalised file. */
  readonly digest: Uint8Array
  readonly model: Site
  readonly author: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export class Sites {
  readonly #storage: Storage
  readonly #parser: SiteParser
  #kept: SiteInForce | undefined

  constructor(storage: Storage, parser: SiteParser) {
    this.#storage = storage
    this.#parser = parser
  }

  get parser(): SiteParser {
    return this.#parser
  }

  /** Undefined before the first site file was applied. */
  async current(queries: Queries = this.#storage.queries): Promise<SiteInForce | undefined> {
    const { tenant, site } = this.#storage.scope
    const row = await queries
      .selectFrom('site')
      .select('site_version')
      .where('tenant', '=', tenant)
      .where('site', '=', site)
      .executeTakeFirst()
    const version = row?.site_version ?? undefined
    if (version === undefined || version === this.#kept?.version) return version === undefined ? undefined : this.#kept
    const loaded = await this.version(version, queries)
    this.#kept = loaded
    return loaded
  }

  /** Keeps a version that was just applied, so that it need not be read again. To be called after the commit. */
  remember(site: SiteInForce): void {
    if (site.version > (this.#kept?.version ?? 0)) this.#kept = site
  }

  /** The site in force; refuses with `site-missing`. */
  async required(queries?: Queries): Promise<SiteInForce> {
    const site = await this.current(queries)
    if (site === undefined) throw new Refusal('site-missing', 'no site file has been applied yet')
    return site
  }

  /** Any version that was ever applied, read anew. Refuses with `not-found`. */
  async version(version: number, queries: Queries = this.#storage.queries): Promise<SiteInForce> {
    const { tenant, site } = this.#storage.scope
    const row = await queries
      .selectFrom('site_version')
      .select(['text', 'file_name', 'digest', 'author', 'at'])
      .where('tenant', '=', tenant)
      .where('site', '=', site)
      .where('version', '=', version)
      .executeTakeFirst()
    if (row === undefined) throw new Refusal('not-found', `there is no version ${version} of the site`)
    const { site: model } = await this.#parser.parse(row.text, row.file_name)
    if (model === undefined) throw new Error(`version ${version} of the site was applied and is now refused`)
    return { version, digest: row.digest, model, author: row.author, at: row.at }
  }
}
