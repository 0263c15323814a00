import type { Token } from './tokens.ts'

/** A dotted name: a field, or relationships that lead to one. `at` is where it stands in the query. */
export interface FieldPath {
  readonly names: readonly string[]
  readonly at: number
}

export type Literal = { readonly at: number } & (
  | { readonly kind: 'string'; readonly token: Token }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'date'; readonly text: string }
  | { readonly kind: 'datetime'; readonly text: string }
  /** Whole days in the org's zone: how many days ago the first one was, and how many they are. */
  | { readonly kind: 'days'; readonly ago: number; readonly count: number }
)

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>='

export type Condition =
  | { readonly kind: 'and'; readonly parts: readonly Condition[] }
  | { readonly kind: 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'comparison'; readonly path: FieldPath; readonly operator: Operator; readonly literal: Literal }
  | { readonly kind: 'like'; readonly path: FieldPath; readonly literal: Literal }
  | { readonly kind: 'list'; readonly path: FieldPath; readonly isNegated: boolean; readonly literals: readonly Literal[] }
  | JoinCondition

/** `IN (SELECT …)`, a semi-join, or `NOT IN (SELECT …)`, an anti-join. */
export interface JoinCondition {
  readonly kind: 'join'
  readonly path: FieldPath
  readonly isNegated: boolean
  readonly source: Source
  readonly selected: FieldPath
}

/** What every SELECT has, the one inside `IN (…)` too. */
export interface Source {
  readonly object: string
  readonly objectAt: number
  readonly alias: string | null
  readonly where: Condition | null
}

export interface SortKey {
  readonly path: FieldPath
  readonly isDescending: boolean
  readonly nullsLast: boolean
}

export interface Query {
  readonly select: 'count' | readonly FieldPath[]
  readonly source: Source
  readonly orderBy: readonly SortKey[]
  readonly limit: number | null
  readonly offset: number
}
