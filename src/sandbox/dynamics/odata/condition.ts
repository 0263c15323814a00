import type { Token } from './tokens.ts'

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'

export type TextMatch = 'contains' | 'startswith' | 'endswith'

/** What a property is compared with: a literal, or another property of the same row. */
export type Operand = { readonly kind: 'literal'; readonly token: Token } | { readonly kind: 'property'; readonly name: string }

/** A `$filter` as it was parsed; names and types are not looked at yet. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'comparison'; readonly name: string; readonly operator: Comparison; readonly operand: Operand }
  | { readonly kind: 'match'; readonly name: string; readonly match: TextMatch; readonly text: Token }
  | { readonly kind: 'list'; readonly name: string; readonly values: readonly string[] }
