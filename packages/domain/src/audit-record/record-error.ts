/** `malformed`: not the bytes of a record. `oversize`: longer than the log can hold. */
export type RecordFault = 'malformed' | 'oversize'

export class RecordError extends Error {
  override name = 'RecordError'
  readonly code: RecordFault
  constructor(code: RecordFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
