/** The door `@edgeward/domain/site-file`: apart from the model, so that a module never loads the YAML parser. */
export { type Diagnostic, type DiagnosticCode, formatDiagnostic, type WarningCode } from './diagnostic.ts'
export { diffSites, formatDiff, type SiteChange, type SiteDiff } from './diff-sites.ts'
export { exportSiteFile } from './export-site-file.ts'
export { type ParsedSiteFile, parseSiteFile } from './parse-site-file.ts'
export { type SiteTemplateOptions, siteTemplate } from './site-template.ts'
export { nearestName } from './suggestion.ts'
