import { existsSync, writeFileSync } from 'node:fs'
import { siteTemplate } from '@edgeward/domain/site-file'
import { type Diagnostic, operations, type SiteChange } from '@edgeward/service/api'
import { CliError } from '../cli-error.ts'
import { dataFolderOf } from '../data-folder.ts'
import { type OperatorApi, operatorApi } from '../operator-api.ts'
import { bold, dim, green, red, say, sayJson, table, yellow } from '../output.ts'
import { readSiteFile } from '../read-site-file.ts'

interface Common {
  readonly data?: string
  readonly json?: boolean
  readonly file: string
}

/** Writes a small site file to begin with; never over a file that is there. */
export function init(options: Common & { readonly name?: string; readonly timeZone?: string }): void {
  const { file, name, timeZone } = options
  if (existsSync(file)) throw new CliError('file-exists', `${file} is there already. Choose another name.`)
  writeFileSync(
    file,
    siteTemplate({ ...(name === undefined ? {} : { name }), ...(timeZone === undefined ? {} : { timeZone }) }),
  )
  say(`${file} is a small site with a door, a machine and two people. Edit it, then:`)
  say(`  npx edgeward site check ${file}\n  npx edgeward site diff ${file}\n  npx edgeward site apply ${file}`)
}

export async function check(options: Common): Promise<void> {
  const text = readSiteFile(options.file)
  const answer = await api(options).call(operations.checkSite, text)
  if (options.json) sayJson(answer)
  else {
    showDiagnostics(answer.diagnostics)
    say(answer.ok ? green(`${options.file} can be applied.`) : red(`${options.file} cannot be applied.`))
  }
  if (!answer.ok) process.exitCode = 1
}

export async function diff(options: Common): Promise<void> {
  const text = readSiteFile(options.file)
  const answer = await api(options).call(operations.diffSite, text)
  if (!answer.ok) process.exitCode = 1
  if (options.json) return sayJson(answer)
  showDiagnostics(answer.diagnostics)
  if (!answer.ok) return say(red(`${options.file} cannot be applied.`))
  showChanges(
    answer.diff,
    answer.against === null ? 'Nothing is in force yet; all of it would be new.' : `Against version ${answer.against}:`,
  )
}

export async function apply(options: Common & { readonly comment?: string }): Promise<void> {
  const { comment } = options
  const text = readSiteFile(options.file)
  const service = api(options)
  const { ok, diagnostics } = await service.call(operations.checkSite, text)
  if (!ok) {
    process.exitCode = 1
    if (options.json) return sayJson({ ok, diagnostics })
    showDiagnostics(diagnostics)
    return say(red('Nothing was applied.'))
  }
  const answer = await service.call(operations.applySite, { ...text, comment })
  if (options.json) return sayJson(answer)
  showDiagnostics(answer.diagnostics)
  if (answer.unchanged) return say(`Version ${answer.version} says the same already. Nothing was changed.`)
  showChanges(answer.diff, `Version ${bold(String(answer.version))} is in force at the service:`)
  const waiting = answer.modules.filter(({ desired, effective }) => effective < desired)
  say(
    waiting.length === 0
      ? '  No module needs new permissions.'
      : `  ${waiting.length} modules are being told: \`edgeward status\` shows when they have it.`,
  )
}

export async function exportSite(options: Common & { readonly version?: string }): Promise<void> {
  const version = options.version === undefined ? undefined : Number(options.version)
  const answer = await api(options).call(operations.exportSite, { version })
  if (options.json) return sayJson(answer)
  if (options.file === '-') process.stdout.write(answer.text)
  else {
    writeFileSync(options.file, answer.text)
    say(`${options.file} is version ${answer.version}.`)
  }
}

function api({ data }: Common): OperatorApi {
  return operatorApi(dataFolderOf(data))
}

function showDiagnostics(diagnostics: readonly Diagnostic[]): void {
  for (const { severity, code, file, line, column, message, suggestion } of diagnostics) {
    const mark = severity === 'error' ? red('error') : yellow('warning')
    say(
      `${bold(`${file}:${line}:${column}`)} ${mark} ${dim(code)} ${message}${suggestion === undefined ? '' : ` Did you mean ${bold(suggestion)}?`}`,
    )
  }
}

const marks: Readonly<Record<SiteChange['change'], string>> = {
  added: green('+'),
  removed: red('-'),
  changed: yellow('~'),
}

function showChanges(changes: readonly SiteChange[], title: string): void {
  const rows = changes.map(({ change, section, id, fields }) => [
    marks[change],
    section,
    id,
    dim((fields ?? []).join(', ')),
  ])
  say(title)
  say(rows.length === 0 ? '  nothing changes' : table(rows))
}
