/** Looks at everything that a plant needs, says what is not as it should be and what to do. Changes nothing. */
import { type DataFolder, dataFolderOf } from '../data-folder.ts'
import { databaseFindings } from '../doctor/database.ts'
import { type Finding, type FindingState, problem } from '../doctor/finding.ts'
import { folderFindings, hasPlant } from '../doctor/folder.ts'
import { keyFindings } from '../doctor/keys.ts'
import { nodeFinding, programsFinding, timeFindings, userFinding } from '../doctor/machine.ts'
import { reasonOf } from '../doctor/patient.ts'
import { moduleFindings, serviceFindings } from '../doctor/plant.ts'
import { freePortFinding } from '../doctor/ports.ts'
import { isRunning, leftoverFindings, processFindings, runningOf } from '../doctor/processes.ts'
import { bold, dim, green, red, say, sayJson, table, yellow } from '../output.ts'

const consolePort = 8420

export async function doctor(options: { readonly data?: string; readonly json?: boolean }): Promise<void> {
  const folder = dataFolderOf(options.data)
  const findings = await examine(folder)
  const count = (wanted: FindingState): number => findings.filter(({ state }) => state === wanted).length
  const counts = { ok: count('ok'), warnings: count('warning'), problems: count('problem') }
  if (counts.problems > 0) process.exitCode = 1
  if (options.json) {
    sayJson({ dataFolder: folder.root, ...counts, findings })
    return
  }
  show(findings)
  say(`\n${summary(counts)}`)
}

/** Each look stands alone: one that fails is a finding, and the others go on. */
async function examine(folder: DataFolder): Promise<readonly Finding[]> {
  const looked = async (
    check: string,
    look: () => readonly Finding[] | Promise<readonly Finding[]>,
  ): Promise<readonly Finding[]> => {
    try {
      return await look()
    } catch (error) {
      return [
        problem(check, `it cannot be looked at: ${reasonOf(error)}`, 'Run the doctor as the user who runs the plant.'),
      ]
    }
  }
  const findings = [
    nodeFinding(),
    userFinding(),
    await programsFinding(),
    ...timeFindings(),
    ...(await looked('data folder', () => folderFindings(folder))),
  ]
  if (!hasPlant(folder)) return [...findings, await freePortFinding('console port', consolePort)]
  return [...findings, ...(await looked('processes', () => examinePlant(folder, looked)))]
}

type Looked = (
  check: string,
  look: () => readonly Finding[] | Promise<readonly Finding[]>,
) => Promise<readonly Finding[]>

async function examinePlant(folder: DataFolder, looked: Looked): Promise<readonly Finding[]> {
  const running = runningOf(folder)
  const serviceRuns = running.service !== undefined
  return [
    ...processFindings(folder, running),
    ...(await looked('leftovers', () => leftoverFindings(folder))),
    ...(await looked('database', () => databaseFindings(folder, serviceRuns))),
    ...(await looked('key stores', () => keyFindings(folder))),
    ...(isRunning(running) ? [] : [await freePortFinding('console port', consolePort)]),
    ...(serviceRuns ? await looked('service', () => serviceFindings(folder)) : []),
    ...(await looked('modules', () => moduleFindings(folder, running))),
  ]
}

const marks: Readonly<Record<FindingState, string>> = { ok: green('✓'), warning: yellow('!'), problem: red('✗') }

function show(findings: readonly Finding[]): void {
  const width = Math.max(...findings.map(({ check }) => check.length))
  for (const { check, state, found, todo } of findings) {
    say(table([[marks[state], bold(check.padEnd(width)), found]], ''))
    if (todo !== undefined) say(`   ${' '.repeat(width)}  ${dim('→')} ${todo}`)
  }
}

function summary({
  ok,
  warnings,
  problems,
}: {
  readonly ok: number
  readonly warnings: number
  readonly problems: number
}): string {
  const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
  if (problems > 0) return red(`${many(problems, 'problem')}, ${many(warnings, 'warning')}, ${ok} fine.`)
  if (warnings > 0) return yellow(`No problem; ${many(warnings, 'warning')}, ${ok} fine.`)
  return green(`All ${ok} fine.`)
}
