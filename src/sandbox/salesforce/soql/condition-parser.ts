import { parseLiteral } from './literal-parser.ts'
import { parsePath } from './path-parser.ts'
import { SoqlProblem } from './problem.ts'
import type { Condition, FieldPath, JoinCondition, Literal, Operator, Source } from './syntax.ts'
import { type Tokens, unexpected } from './tokens.ts'

const deepestNesting = 100

const operators: ReadonlyMap<string, Operator> = new Map([
  ['=', '='],
  ['!=', '!='],
  ['<>', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
])

/** Reads `FROM object [alias] [WHERE …]`. */
export function parseSource(tokens: Tokens): Source {
  tokens.need('FROM')
  const object = tokens.next()
  if (object.kind !== 'word' || object.text.includes('.')) throw unexpected(object)
  const alias = parseAlias(tokens)
  const where = tokens.take('WHERE') ? parseCondition(tokens, 0) : null
  return { object: object.text, objectAt: object.at, alias, where }
}

const clauses = new Set(['WHERE', 'WITH', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'OFFSET', 'FOR', 'ALL', 'USING'])

function parseAlias(tokens: Tokens): string | null {
  tokens.take('AS')
  const { kind, text } = tokens.peek()
  if (kind !== 'word' || text.includes('.') || clauses.has(text.toUpperCase())) return null
  return tokens.next().text
}

/**
 * SOQL has no precedence: without parentheses a condition has only ANDs or only ORs, and a NOT has neither beside it.
 * A parser that is kinder lets queries pass that every real org refuses.
 */
function parseCondition(tokens: Tokens, depth: number): Condition {
  if (depth > deepestNesting) throw new SoqlProblem('QUERY_TOO_COMPLICATED', 'The query is too complicated.', null)
  if (tokens.take('NOT')) return { kind: 'not', part: parseSimple(tokens, depth) }
  const first = parseSimple(tokens, depth)
  if (tokens.take('AND')) return { kind: 'and', parts: [first, ...parseMore(tokens, depth, 'AND')] }
  if (tokens.take('OR')) return { kind: 'or', parts: [first, ...parseMore(tokens, depth, 'OR')] }
  return first
}

function parseMore(tokens: Tokens, depth: number, connective: 'AND' | 'OR'): Condition[] {
  const parts = [parseSimple(tokens, depth)]
  while (tokens.take(connective)) parts.push(parseSimple(tokens, depth))
  return parts
}

function parseSimple(tokens: Tokens, depth: number): Condition {
  if (tokens.peek().text.toUpperCase() === 'NOT') throw unexpected(tokens.peek())
  if (!tokens.take('(')) return parseComparison(tokens)
  const condition = parseCondition(tokens, depth + 1)
  tokens.need(')')
  return condition
}

function parseComparison(tokens: Tokens): Condition {
  const path = parsePath(tokens)
  if (tokens.take('LIKE')) return { kind: 'like', path, literal: parseLiteral(tokens) }
  if (tokens.take('IN')) return parseIn(tokens, path, false)
  if (tokens.take('NOT')) {
    tokens.need('IN')
    return parseIn(tokens, path, true)
  }
  const token = tokens.next()
  const operator = token.kind === 'symbol' ? operators.get(token.text) : undefined
  if (operator === undefined) throw unexpected(token)
  return { kind: 'comparison', path, operator, literal: parseLiteral(tokens) }
}

function parseIn(tokens: Tokens, path: FieldPath, isNegated: boolean): Condition {
  tokens.need('(')
  const condition = tokens.take('SELECT') ? parseJoin(tokens, path, isNegated) : parseList(tokens, path, isNegated)
  tokens.need(')')
  return condition
}

/** Without ORDER BY, LIMIT and OFFSET: Salesforce has none of them in here. */
function parseJoin(tokens: Tokens, path: FieldPath, isNegated: boolean): JoinCondition {
  const selected = parsePath(tokens)
  return { kind: 'join', path, isNegated, selected, source: parseSource(tokens) }
}

function parseList(tokens: Tokens, path: FieldPath, isNegated: boolean): Condition {
  const literals: Literal[] = [parseLiteral(tokens)]
  while (tokens.take(',')) literals.push(parseLiteral(tokens))
  return { kind: 'list', path, isNegated, literals }
}
