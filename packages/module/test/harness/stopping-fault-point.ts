/**
 * Fault points that stop the process, in place of `src/fault-point.ts` where the condition `@edgeward/faults` is set: in the
 * bundle of a test's child, never in a build.
 */
import { writeSync } from 'node:fs'
import type { FaultPoint } from '../../src/fault-point.ts'

export type { FaultPoint } from '../../src/fault-point.ts'

/** The parent hears here where its child stands. */
const reportTo = 3

let armed: FaultPoint | undefined

/** Stops this process when it comes to a step; undefined: nowhere. */
export function stopAt(name: FaultPoint | undefined): void {
  armed = name
}

/** Tells the parent and stands still until it kills this process. */
export function faultPoint(name: FaultPoint): void {
  if (name !== armed) return
  writeSync(reportTo, `${name}\n`)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
