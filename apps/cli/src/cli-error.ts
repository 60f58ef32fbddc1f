/** Something that the person at the keyboard can put right. Printed as one sentence, with what to do; exit code 1. */
export class CliError extends Error {
  override name = 'CliError'
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
