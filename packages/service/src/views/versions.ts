/** Applied versions of the site. */
import { toHex } from '@edgeward/base'
import { exportSiteFile } from '@edgeward/domain/site-file'
import { maxPageRows } from '../api/events.ts'
import type { SiteExport, SiteVersions, VersionsQuery } from '../api/site.ts'
import type { Core } from '../core.ts'
import { instantText } from '../instants.ts'

/** Newest first. */
export async function siteVersions(core: Core, { before }: VersionsQuery): Promise<SiteVersions> {
  const { queries, scope } = core.storage
  const all = queries
    .selectFrom('site_version')
    .select(['version', 'digest', 'author', 'at', 'comment', 'file_name'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
  const page = before === undefined ? all : all.where('version', '<', before)
  const rows = await page.orderBy('version', 'desc').limit(maxPageRows).execute()
  return {
    versions: rows.map(({ version, digest, author, at, comment, file_name: fileName }) => ({
      ...{ version, digest: toHex(digest), author, at: instantText(at), comment, fileName },
    })),
    oldest: rows.length < maxPageRows ? null : (rows.at(-1)?.version ?? null),
  }
}

/** A version as a site file: with every rule's id written out, without the comments of the file that was applied. */
export async function exportSite(core: Core, version: number | undefined): Promise<SiteExport> {
  const site = version === undefined ? await core.sites.required() : await core.sites.version(version)
  return { version: site.version, text: exportSiteFile(site.model) }
}
