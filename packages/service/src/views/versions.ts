/** Applied versions of the site. */
import { toHex } from '@edgeward/base'
import { exportSiteFile } from '@edgeward/domain/site-file'
import type { SiteExport, SiteVersions } from '../api/site.ts'
import type { Core } from '../core.ts'
import { instantText } from '../instants.ts'

const mostVersions = 500

/** Newest first. */
export async function siteVersions(core: Core): Promise<SiteVersions> {
  const { queries, scope } = core.storage
  const rows = await queries
    .selectFrom('site_version')
    .select(['version', 'digest', 'author', 'at', 'comment', 'file_name'])
    .where('tenant', '=', scope.tenant)
    .where('site', '=', scope.site)
    .orderBy('version', 'desc')
    .limit(mostVersions)
    .execute()
  return {
    versions: rows.map(({ version, digest, author, at, comment, file_name: fileName }) => ({
      ...{ version, digest: toHex(digest), author, at: instantText(at), comment, fileName },
    })),
  }
}

/** A version as a site file: with every rule's id written out, without the comments of the file that was applied. */
export async function exportSite(core: Core, version: number | undefined): Promise<SiteExport> {
  const site = version === undefined ? await core.sites.required() : await core.sites.version(version)
  return { version: site.version, text: exportSiteFile(site.model) }
}
