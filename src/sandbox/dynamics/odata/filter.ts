import type { Comparison, Condition, Operand } from './condition.ts'
import { readPattern } from './pattern.ts'
import { refuse, unknownProperty } from './problem.ts'
import type { QueryColumn, QueryRow, QueryTable } from './table.ts'
import type { Token } from './tokens.ts'
import { compareKeys, domainOf, edmTypeOf, foldText, incompatible, keyOf, listedKey, literalKey, type ValueKey } from './value.ts'

export type RowTest = (row: QueryRow) => boolean

const operatorKinds: Readonly<Record<Comparison, string>> = {
  eq: 'Equal',
  ne: 'NotEqual',
  gt: 'GreaterThan',
  ge: 'GreaterThanOrEqual',
  lt: 'LessThan',
  le: 'LessThanOrEqual',
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows#condition-limits */
const longestListed = 850

/** Makes a test of a condition; throws the 400 of a property that isn't there or a type that doesn't fit. */
export function compileFilter(condition: Condition, table: QueryTable): RowTest {
  switch (condition.kind) {
    case 'and': {
      const tests = condition.parts.map((part) => compileFilter(part, table))
      return (row) => tests.every((test) => test(row))
    }
    case 'or':
      return compileOr(condition.parts, table)
    case 'not': {
      const test = compileFilter(condition.part, table)
      return (row) => !test(row)
    }
    case 'comparison':
      return compileComparison(condition.name, condition.operator, condition.operand, table)
    case 'match': {
      const column = filterColumn(condition.name, table)
      if (domainOf(column.type) !== 'text') throw noSignature(condition.match)
      const pattern = readPattern(condition.text.text, condition.match)
      return (row) => {
        const value = row[column.queryName]
        return value !== null && value !== undefined && pattern.test(foldText(String(value)))
      }
    }
    case 'list':
      return compileList(condition.name, condition.values, table)
  }
}

/** Many `eq` of one column are one look into a set: clients ask for many addresses in one query. */
function compileOr(parts: readonly Condition[], table: QueryTable): RowTest {
  const sets = new Map<string, { readonly column: QueryColumn; readonly keys: Set<ValueKey | null> }>()
  const tests: RowTest[] = []
  for (const part of parts) {
    if (part.kind !== 'comparison' || part.operator !== 'eq' || part.operand.kind !== 'literal') {
      tests.push(compileFilter(part, table))
      continue
    }
    const column = filterColumn(part.name, table)
    const keys = sets.get(part.name)?.keys ?? new Set()
    sets.set(part.name, { column, keys: keys.add(literalOf(part.operand.token, column, 'eq', table)) })
  }
  for (const { column, keys } of sets.values()) {
    const domain = domainOf(column.type)
    tests.push((row) => keys.has(keyOf(row[column.queryName], domain)))
  }
  return (row) => tests.some((test) => test(row))
}

function compileComparison(name: string, operator: Comparison, operand: Operand, table: QueryTable): RowTest {
  const column = filterColumn(name, table)
  const domain = domainOf(column.type)
  const isEquality = operator === 'eq' || operator === 'ne'
  if (!isEquality && (domain === 'boolean' || domain === 'guid')) {
    throw incompatible(edmTypeOf(domain), edmTypeOf(domain), operatorKinds[operator])
  }
  if (operand.kind === 'literal') {
    const right = literalOf(operand.token, column, operator, table)
    return (row) => passes(keyOf(row[column.queryName], domain), operator, right)
  }
  const other = filterColumn(operand.name, table)
  // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows#column-comparison
  if (domainOf(other.type) !== domain) {
    throw incompatible(edmTypeOf(domain), edmTypeOf(domainOf(other.type)), operatorKinds[operator])
  }
  return (row) => passes(keyOf(row[column.queryName], domain), operator, keyOf(row[other.queryName], domain))
}

/** `ne` finds rows that have nothing, as a filter on a view does; the order of nothing and something is never known. */
function passes(left: ValueKey | null, operator: Comparison, right: ValueKey | null): boolean {
  if (operator === 'eq') return left === right
  if (operator === 'ne') return left !== right
  if (left === null || right === null) return false
  const order = compareKeys(left, right)
  switch (operator) {
    case 'gt':
      return order > 0
    case 'ge':
      return order >= 0
    case 'lt':
      return order < 0
    case 'le':
      return order <= 0
  }
}

function compileList(name: string, values: readonly string[], table: QueryTable): RowTest {
  const column = filterColumn(name, table)
  const domain = domainOf(column.type)
  if (values.some((value) => value.length > longestListed)) {
    throw refuse(`A value of PropertyValues is longer than ${longestListed} characters.`, '0x80040203')
  }
  const keys: ReadonlySet<ValueKey | null> = new Set(values.map((value) => listedKey(value, domain)))
  return (row) => keys.has(keyOf(row[column.queryName], domain))
}

function literalOf(token: Token, column: QueryColumn, operator: Comparison, table: QueryTable): ValueKey | null {
  // Enumerations are a matter of metadata only; a choice of a row is a number.
  if (token.kind === 'enum' && table.expandable === undefined) {
    throw refuse(`Could not find an enumeration type for the literal at position ${token.at}.`)
  }
  return literalKey(token, domainOf(column.type), operatorKinds[operator])
}

/** A lookup is asked for as `_ownerid_value`; its logical name is a navigation property, which has no value. */
export function filterColumn(name: string, table: QueryTable): QueryColumn {
  const column = table.column(name)
  if (column === null || column.queryName !== name) throw unknownProperty(name, table.logicalName)
  if (column.filterable === false) throw refuse(`The property '${name}' can not be used in the $filter or $orderby query option.`)
  return column
}

function noSignature(name: string): Error {
  return refuse(`No function signature for the function with name '${name}' matches the specified arguments.`)
}
