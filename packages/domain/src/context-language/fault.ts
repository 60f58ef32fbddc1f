/** Why an expression is not accepted. site.md §8. */
export type ExpressionFaultCode = 'cel-syntax' | 'cel-refused' | 'cel-cost'

/** Thrown inside the parser; `parseExpression` turns it into a result. */
export class ExpressionFault extends Error {
  override name = 'ExpressionFault'
  readonly code: ExpressionFaultCode
  constructor(code: ExpressionFaultCode, message: string) {
    super(message)
    this.code = code
  }
}
