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
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw new CliError('usage', `${timeZone} is no time zone. Use an IANA name, such as Europe/Zurich.`)
  writeFileSync(
    file,
    siteTemplate({ ...(name === undefined ? {} : { name }), ...(timeZone === undefined ? {} : { timeZone }) }),
  )
  say(`${file} is a small site with a door, a machine and two people. Edit it, then:`)
  say(`  npx edgeward site check ${file}\n  npx edgeward site diff ${file}\n  npx edgeward site apply ${file}`)
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
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
    answer,
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
  showChanges(answer, `Version ${bold(String(answer.version))} is in force at the service:`)
  const waiting = answer.modules.filter(({ desired, effective }) => effective < desired)
  say(
    waiting.length === 0
      ? '  No module needs new permissions.'
      : `  ${waiting.length} module${waiting.length === 1 ? ' is' : 's are'} being told: \`edgeward status\` shows when they have it.`,
  )
}

export async function exportSite(options: Common & { readonly version?: string }): Promise<void> {
  const version = options.version === undefined ? undefined : Number(options.version)
  if (version !== undefined && !(Number.isSafeInteger(version) && version > 0))
    throw new CliError('usage', '--version takes the number of a version, such as 3.')
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

function showChanges(
  { diff, unlisted }: { readonly diff: readonly SiteChange[]; readonly unlisted: number },
  title: string,
): void {
  const rows = diff.map(({ change, section, id, fields }) => [
    marks[change],
    section,
    id,
    dim((fields ?? []).join(', ')),
  ])
  say(title)
  say(rows.length === 0 ? '  nothing changes' : table(rows))
  if (unlisted > 0) say(dim(`  and ${unlisted} more`))
}
