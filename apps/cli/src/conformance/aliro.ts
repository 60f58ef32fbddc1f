/** The suite `aliro`: transactions of the standard phase in both roles, certificates and the key schedule. */
import { readFile } from 'node:fs/promises'
import { toHex } from '@edgeward/base'
import { runTransaction } from './aliro-transaction.ts'
import { certificateCase, keyScheduleCase } from './aliro-units.ts'
import type { Suite, SuiteOptions, SuiteResult, Verdict } from './suite.ts'
import { VectorError, VectorObject } from './vector-object.ts'

const format = 'edgeward-aliro-vectors/1'

/** Phases that come later. A case belongs to one by what it needs, never by its name. */
type LaterPhase = 'fast' | 'step-up' | 'ble'

/** Runs the cases of one file. `phase: 'standard'` leaves out what needs another phase; without it those are failures. */
export const aliro: Suite = async (file, options) => {
  const parsed: unknown = JSON.parse(await readFile(file, 'utf8'))
  const root = new VectorObject(parsed, 'file')
  if (root.text('format') !== format) throw new VectorError(`${file} is not of format ${format}`)
  root.ignore('source')
  const results = await Promise.all(root.objects('cases').map(vector => runCase(vector, options)))
  root.end()
  return {
    verdicts: results.flatMap(({ verdicts }) => verdicts),
    leftOut: results.reduce((sum, { leftOut }) => sum + leftOut, 0),
  }
}

async function runCase(vector: VectorObject, { phase }: SuiteOptions): Promise<SuiteResult> {
  const name = vector.text('id')
  const later = laterPhase(vector)
  if (later && phase === 'standard') return { verdicts: [], leftOut: 1 }
  const kind = vector.text('kind')
  vector.ignore('title', 'source', 'note')
  if (later)
    return { verdicts: [{ name, ok: false, detail: `needs the ${later} phase, which is not there yet` }], leftOut: 0 }
  switch (kind) {
    case 'transaction':
      return { verdicts: await runTransaction(name, vector), leftOut: 0 }
    case 'certificate':
      return { verdicts: [verdict(name, () => certificateCase(vector))], leftOut: 0 }
    case 'key-schedule':
      return { verdicts: [verdict(name, () => keyScheduleCase(vector))], leftOut: 0 }
    default:
      return { verdicts: [{ name, ok: false, detail: `unknown kind ${kind}` }], leftOut: 0 }
  }
}

function verdict(name: string, run: () => readonly string[]): Verdict {
  try {
    const faults = run()
    return faults.length === 0 ? { name, ok: true } : { name, ok: false, detail: faults.join('; ') }
  } catch (error) {
    // Whatever a case does to us, it is that case which fails, and the others have their turn.
    if (!(error instanceof Error)) throw error
    return { name, ok: false, detail: `${error.name}: ${error.message}` }
  }
}

/** The phase beyond the standard one that a case needs, by its content. */
function laterPhase(vector: VectorObject): LaterPhase | undefined {
  switch (vector.any('kind')) {
    case 'dynamic-tag':
    case 'ble-messages':
      return 'ble'
    case 'schedule':
      return 'step-up'
    case 'transaction':
      return transactionPhase(vector)
    default:
      return undefined
  }
}

function transactionPhase(vector: VectorObject): LaterPhase | undefined {
  if (vector.any('transport') !== 'nfc') return 'ble'
  const setup = vector.object('setup')
  if (setup.object('reader').has('stepUp') || hasEnvelope(vector)) return 'step-up'
  return setup.object('reader').any('fast') === true && hasFastKey(setup) ? 'fast' : undefined
}

/** Whether an ENVELOPE is answered by something else than an error. */
function hasEnvelope(vector: VectorObject): boolean {
  const apdus = vector.objects('apdus').map(apdu => ({ from: apdu.any('from'), bytes: apdu.hex('hex') }))
  return apdus.some(({ from, bytes }, i) => {
    const sw = toHex(apdus[i + 1]?.bytes.slice(-2) ?? new Uint8Array(0))
    return from === 'reader' && bytes[1] === 0xc3 && (sw === '9000' || sw.startsWith('61'))
  })
}

/** Whether either side has a Kpersistent, so that a cryptogram may be real. */
function hasFastKey(setup: VectorObject): boolean {
  const known = setup.object('reader').objects('knownCredentials')
  return (
    setup.object('device').list('kpersistent').length > 0 || known.some(credential => credential.has('kpersistent'))
  )
}
