import type { DiagnosticCode } from '../diagnostic.ts'

/** Something wrong at an offset of the text, before it has a line and a column. */
export interface Fault {
  readonly code: DiagnosticCode
  readonly at: number
  readonly message: string
}

/** Stops the reading of a file: nothing behind a fault of this kind can be trusted. */
export class FatalFault extends Error {
  override name = 'FatalFault'
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.message)
    this.fault = fault
  }
}

export const syntaxFault = (at: number, message: string): FatalFault =>
  new FatalFault({ code: 'yaml-syntax', at, message })
