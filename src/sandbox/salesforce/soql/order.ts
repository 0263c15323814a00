import { type Column, resolveColumn } from './column.ts'
import type { QueryableRow } from './org.ts'
import { SoqlProblem } from './problem.ts'
import type { Scope } from './scope.ts'
import type { SortKey } from './syntax.ts'
import { compareKeys, domainOf, type Key, keyOf } from './value-key.ts'

interface Comparison {
  readonly column: Column
  readonly key: SortKey
}

/** Makes the comparison that ORDER BY asks for; rows that it calls equal stay in the order of their making. */
export function compileOrder(keys: readonly SortKey[], scope: Scope): (left: QueryableRow, right: QueryableRow) => number {
  const comparisons = keys.map((key) => ({ key, column: sortColumn(key, scope) }))
  return (left, right) => {
    for (const comparison of comparisons) {
      const result = compareBy(comparison, left, right)
      if (result !== 0) return result
    }
    return 0
  }
}

function compareBy({ column, key }: Comparison, left: QueryableRow, right: QueryableRow): number {
  const domain = domainOf(column.field.type)
  const [a, b] = [keyOf(column.read(left), domain), keyOf(column.read(right), domain)]
  if (a === null || b === null) return compareEmpty(a, b) * (key.nullsLast ? -1 : 1)
  return compareKeys(a, b) * (key.isDescending ? -1 : 1)
}

function compareEmpty(a: Key | null, b: Key | null): number {
  return Number(b === null) - Number(a === null)
}

function sortColumn({ path }: SortKey, scope: Scope): Column {
  const column = resolveColumn(path, scope)
  if (column.field.filterable) return column
  throw new SoqlProblem('INVALID_FIELD', `field '${column.field.name}' can not be sorted in a query call`, path.at)
}
