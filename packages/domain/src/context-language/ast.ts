/**
 * A parsed expression of the context language, a subset of CEL. site.md §4. Ints are 64 bits wide and so bigints here;
 * doubles are numbers.
 */
export type Expression =
  | { readonly kind: 'literal'; readonly value: boolean | bigint | number | string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  /** A dotted identifier, looked up as a whole. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly operand: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'size'; readonly argument: Expression }
  | { readonly kind: 'has'; readonly name: string }
  | { readonly kind: 'text'; readonly function: TextFunction; readonly text: Expression; readonly argument: Expression }

export type BinaryOperator = '*' | '/' | '%' | '+' | '-' | Comparison | 'in' | '&&' | '||'
export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!='
export type TextFunction = 'startsWith' | 'endsWith' | 'contains'

/** Names that every expression has; no context section may declare them. */
export const givenNames: readonly string[] = [
  'holder.id',
  'holder.roles',
  'holder.groups',
  'holder.external',
  'holder.organisation',
  'asset.id',
  'asset.kind',
  'asset.criticality',
  'function',
]
