import { type Column, resolveColumn } from './column.ts'
import { checkJoin, checkPlacesOfJoins } from './join-rules.ts'
import { fitsPattern } from './like-pattern.ts'
import { type Operand, readOperand, wrongType } from './operand.ts'
import type { QueryableRow } from './org.ts'
import { SoqlProblem } from './problem.ts'
import { openScope, type Scope } from './scope.ts'
import { readPattern } from './string-literal.ts'
import type { Condition, FieldPath, JoinCondition, Literal, Operator } from './syntax.ts'
import { compareKeys, domainOf, type Key, keyOf } from './value-key.ts'

export type Test = (row: QueryableRow) => boolean

/** Turns a WHERE into a test of one record; everything that is wrong with it is thrown here, not by the test. */
export function compileWhere(where: Condition | null, scope: Scope): Test {
  if (where === null) return () => true
  checkPlacesOfJoins(where)
  return compile(where, scope)
}

/** True or false only: unlike SQL, SOQL finds a record with an empty field by `!=`, by NOT IN and by NOT. */
function compile(condition: Condition, scope: Scope): Test {
  switch (condition.kind) {
    case 'and': {
      const tests = condition.parts.map((part) => compile(part, scope))
      return (row) => tests.every((test) => test(row))
    }
    case 'or': {
      const tests = condition.parts.map((part) => compile(part, scope))
      return (row) => tests.some((test) => test(row))
    }
    case 'not': {
      const test = compile(condition.part, scope)
      return (row) => !test(row)
    }
    case 'comparison':
      return compileComparison(condition.path, condition.operator, condition.literal, scope)
    case 'like':
      return compileLike(condition.path, condition.literal, scope)
    case 'list':
      return compileList(condition.path, condition.isNegated, condition.literals, scope)
    case 'join':
      return compileJoin(condition, scope)
  }
}

function compileComparison(path: FieldPath, operator: Operator, literal: Literal, scope: Scope): Test {
  const column = filterColumn(path, scope)
  const operand = readOperand(literal, column, scope.org.now())
  const isEquality = operator === '=' || operator === '!='
  if (!isEquality && column.field.type === 'boolean') throw invalidOperator(column, path)
  const domain = domainOf(column.field.type)
  return (row) => passes(keyOf(column.read(row), domain), operator, operand)
}

function passes(key: Key | null, operator: Operator, operand: Operand): boolean {
  if (key === null || operand === null) {
    const isSame = key === operand
    return operator === '=' ? isSame : operator === '!=' && !isSame
  }
  switch (operator) {
    case '=':
      return contains(operand, key)
    case '!=':
      return !contains(operand, key)
    case '<':
      return compareKeys(key, operand.first) < 0
    case '<=':
      return compareKeys(key, operand.last) <= 0
    case '>':
      return compareKeys(key, operand.last) > 0
    case '>=':
      return compareKeys(key, operand.first) >= 0
  }
}

function contains(operand: NonNullable<Operand>, key: Key): boolean {
  return compareKeys(key, operand.first) >= 0 && compareKeys(key, operand.last) <= 0
}

function compileLike(path: FieldPath, literal: Literal, scope: Scope): Test {
  const column = filterColumn(path, scope)
  const isLikeable = domainOf(column.field.type) === 'text' && column.field.type !== 'multipicklist'
  if (!isLikeable) throw invalidOperator(column, path)
  if (literal.kind !== 'string') throw wrongType(literal, column)
  const pattern = readPattern(literal.token)
  return (row) => {
    const value = column.read(row)
    return value !== null && value !== '' && fitsPattern(String(value), pattern)
  }
}

function compileList(path: FieldPath, isNegated: boolean, literals: readonly Literal[], scope: Scope): Test {
  const column = filterColumn(path, scope)
  const now = scope.org.now()
  const operands = literals.map((literal) => readOperand(literal, column, now))
  const keys = new Set(operands.map((operand) => operand?.first ?? null))
  // Whole days have more keys than a set can hold; anything else has one.
  const ranges = operands.filter((operand) => operand !== null).filter(({ first, last }) => first !== last)
  const domain = domainOf(column.field.type)
  return (row) => {
    const key = keyOf(column.read(row), domain)
    const isListed = keys.has(key) || (key !== null && ranges.some((range) => contains(range, key)))
    return isListed !== isNegated
  }
}

function compileJoin(join: JoinCondition, scope: Scope): Test {
  const innerScope = openScope(join.source, scope.org, scope.includeDeleted)
  const outer = filterColumn(join.path, scope)
  const inner = resolveColumn(join.selected, innerScope)
  checkJoin(join, outer, inner, scope, innerScope)
  const isInside = compileWhere(join.source.where, innerScope)
  const rows = innerScope.visible().filter(isInside)
  const keys = new Set(rows.map((row) => keyOf(inner.read(row), 'id')).filter((key) => key !== null))
  return (row) => {
    const key = keyOf(outer.read(row), 'id')
    return (key !== null && keys.has(key)) !== join.isNegated
  }
}

function filterColumn(path: FieldPath, scope: Scope): Column {
  const column = resolveColumn(path, scope)
  if (column.field.filterable) return column
  throw new SoqlProblem('INVALID_FIELD', `field '${column.field.name}' can not be filtered in a query call`, path.at)
}

function invalidOperator(column: Column, path: FieldPath): SoqlProblem {
  return new SoqlProblem('INVALID_QUERY_FILTER_OPERATOR', `invalid operator on ${column.field.type} field`, path.at)
}
