import { access, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Diagnostic, parseSiteFile } from '@edgeward/domain/site-file'
import type { Suite, Verdict } from './suite.ts'
import { VectorError, VectorObject } from './vector-object.ts'

/**
 * Suite `site-errors`, see vectors/site-errors/README.md: one case a site file `NAME.yaml`, whose diagnostics are listed
 * in `NAME.expect.json`. That other half is no case of its own; without its site file it is a failure.
 */
export const siteErrors: Suite = async file => {
  if (file.endsWith(expectationSuffix)) {
    const siteFile = file.slice(0, -expectationSuffix.length) + siteSuffix
    if (await isThere(siteFile)) return { verdicts: [], leftOut: 0 }
    return failure(basename(file), `the site file ${basename(siteFile)} is missing`)
  }
  if (!file.endsWith(siteSuffix))
    return failure(basename(file), `not a case: expected NAME${siteSuffix} or NAME${expectationSuffix}`)
  const expectationFile = file.slice(0, -siteSuffix.length) + expectationSuffix
  if (!(await isThere(expectationFile))) return failure(basename(file), `${basename(expectationFile)} is missing`)
  try {
    const expected = expectedLines(JSON.parse(await readFile(expectationFile, 'utf8')), basename(file))
    const { site, diagnostics } = parseSiteFile(await readFile(file), basename(file))
    return { verdicts: [judge(basename(file), { expected, diagnostics, hasSite: site !== undefined })], leftOut: 0 }
  } catch (error) {
    if (error instanceof VectorError || error instanceof SyntaxError) return failure(basename(file), error.message)
    throw error
  }
}

const siteSuffix = '.yaml'
const expectationSuffix = '.expect.json'

const failure = (name: string, detail: string): { verdicts: readonly Verdict[]; leftOut: number } => ({
  verdicts: [{ name, ok: false, detail }],
  leftOut: 0,
})

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

/** What the vector expects, one line a diagnostic. */
function expectedLines(value: unknown, file: string): readonly string[] {
  const vector = new VectorObject(value, file)
  if (vector.text('file') !== file) throw new VectorError(`${file}: the vector is for ${vector.text('file')}`)
  const lines = vector.objects('diagnostics').map(diagnostic => {
    const expected = {
      severity: diagnostic.text('severity'),
      code: diagnostic.text('code'),
      line: diagnostic.number('line'),
      column: diagnostic.number('column'),
      suggestion: diagnostic.has('suggestion') ? diagnostic.text('suggestion') : undefined,
    }
    diagnostic.end()
    return lineOf(expected)
  })
  vector.end()
  return lines
}

type Compared = Pick<Diagnostic, 'line' | 'column'> & {
  readonly severity: string
  readonly code: string
  readonly suggestion?: string | undefined
}

/** All members that are compared; parsers differ in the place of a syntax error. */
function lineOf({ severity, code, line, column, suggestion }: Compared): string {
  const place = code === 'yaml-syntax' ? '' : ` at ${line}:${column}`
  return `${severity} ${code}${place}${suggestion === undefined ? '' : `, suggestion ${suggestion}`}`
}

function judge(
  name: string,
  came: {
    readonly expected: readonly string[]
    readonly diagnostics: readonly Diagnostic[]
    readonly hasSite: boolean
  },
): Verdict {
  const lines = came.diagnostics.map(lineOf)
  const mayApply = !came.diagnostics.some(({ severity }) => severity === 'error')
  if (came.hasSite !== mayApply) return { name, ok: false, detail: 'a site must come exactly when there is no error' }
  if (lines.join('\n') === came.expected.join('\n')) return { name, ok: true }
  return { name, ok: false, detail: `expected [${came.expected.join('; ')}], came [${lines.join('; ')}]` }
}
