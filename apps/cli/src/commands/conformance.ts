import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CliError } from '../cli-error.ts'
import type { Suite, SuiteOptions } from '../conformance/suite.ts'
import { green, red, say, sayJson } from '../output.ts'

/** Loaded when asked for: each brings only what it checks. */
const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  'site-errors': async () => (await import('../conformance/site-errors.ts')).siteErrors,
  schedule: async () => (await import('../conformance/schedule.ts')).schedule,
  decision: async () => (await import('../conformance/decision.ts')).decision,
  envelope: async () => (await import('../conformance/envelope.ts')).envelope,
  crypto: async () => (await import('../conformance/crypto.ts')).crypto,
  aliro: async () => (await import('../conformance/aliro.ts')).aliro,
}

export const suiteNames: readonly string[] = Object.keys(suites)

/** Runs vector files; true when every case passed. One line a case, then `N passed, N failed`. */
export async function conformance(
  name: string,
  paths: readonly string[],
  options: SuiteOptions & { json?: boolean },
): Promise<boolean> {
  const load = suites[name]
  if (!load) throw new CliError('unknown-suite', `There is no suite ${name}. Suites: ${suiteNames.join(', ')}.`)
  const files = paths.flatMap(filesOf)
  if (files.length === 0)
    throw new CliError(
      'no-vectors',
      `No vector file under ${paths.join(', ')}. Give files, or a folder that holds them.`,
    )
  const suite = await load()
  let passed = 0
  let failed = 0
  let leftOut = 0
  const reasons = new Set<string>()
  const rows: { file: string; case: string; ok: boolean; detail?: string }[] = []
  for (const file of files) {
    const result = await suite(file, options)
    leftOut += result.leftOut
    if (result.leftOut > 0) reasons.add(result.leftOutBecause ?? 'they belong to another phase')
    for (const { name: title, ok, detail } of result.verdicts) {
      if (ok) passed += 1
      else failed += 1
      rows.push({ file, case: title, ok, ...(detail === undefined ? {} : { detail }) })
      if (!options.json)
        say(`${ok ? green('ok    ') : red('FAILED')} ${title}${detail === undefined ? '' : `\n       ${detail}`}`)
    }
  }
  if (passed + failed + leftOut === 0)
    throw new CliError('no-cases', `No case in ${files.join(', ')}. Is that the folder of suite ${name}?`)
  if (options.json) sayJson({ suite: name, passed, failed, leftOut, cases: rows })
  else {
    if (leftOut > 0) say(`${leftOut} left out: ${[...reasons].join('; ')}`)
    say(`${passed} passed, ${failed} failed`)
  }
  return failed === 0
}

/** The vector files of a path: itself, or the JSON and YAML files of a folder in the order of their names. */
function filesOf(path: string): readonly string[] {
  if (!existsSync(path)) throw new CliError('no-such-file', `${path} does not exist.`)
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter(name => /\.(json|ya?ml)$/.test(name))
    .sort()
    .map(name => join(path, name))
}
