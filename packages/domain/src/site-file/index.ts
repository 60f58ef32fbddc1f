/** The door `@edgeward/domain/site-file`: apart from the model, so that a module never loads the YAML parser. */
export { type Diagnostic, type DiagnosticCode, formatDiagnostic, type WarningCode } from './diagnostic.ts'
export { type ParsedSiteFile, parseSiteFile } from './parse-site-file.ts'
