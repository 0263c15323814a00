import type { Comparison, Condition, Operand, TextMatch } from './condition.ts'
import { parseIn } from './in-function.ts'
import type { QueryOptions } from './options.ts'
import { refuse, syntaxError } from './problem.ts'
import { readTokens, type Token, type Tokens } from './tokens.ts'

interface Reading {
  readonly tokens: Tokens
  readonly options: QueryOptions
  depth: number
  conditions: number
}

const comparisons: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le'] satisfies Comparison[])
const matches: ReadonlySet<string> = new Set(['contains', 'startswith', 'endswith'] satisfies TextMatch[])
const literals: ReadonlySet<string> = new Set(['string', 'enum', 'guid', 'number', 'date', 'datetime'])
const constants = new Set(['true', 'false', 'null'])

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows#condition-limits */
const mostConditions = 500
const deepestNesting = 100

/**
 * Reads a `$filter`. What OData has and this doesn't (`in`, lambdas, arithmetic, a literal on the left) is refused as a
 * syntax error: a stand-in that takes more than the org would hide a query that fails there.
 */
export function parseFilter(text: string, options: QueryOptions): Condition {
  const reading: Reading = { tokens: readTokens(text), options, depth: 0, conditions: 0 }
  const condition = parseOr(reading)
  const rest = reading.tokens.peek()
  if (rest.kind !== 'end') throw syntaxError(rest.at, text)
  if (reading.conditions > mostConditions) throw refuse('Number of conditions in query exceeded maximum limit.', '0x8004430c')
  return condition
}

function parseOr(reading: Reading): Condition {
  return parseChain(reading, 'or', (inner) => parseChain(inner, 'and', parsePart))
}

function parseChain(reading: Reading, kind: 'and' | 'or', parse: (reading: Reading) => Condition): Condition {
  const first = parse(reading)
  const parts = [first]
  while (reading.tokens.take(kind)) parts.push(parse(reading))
  return parts.length === 1 ? first : { kind, parts }
}

function parsePart(reading: Reading): Condition {
  const { tokens } = reading
  reading.depth += 1
  if (reading.depth > deepestNesting) throw refuse('The recursion limit has been reached.')
  const condition = tokens.take('not') ? parseNegated(reading) : parsePrimary(reading)
  reading.depth -= 1
  return condition
}

/** `not` binds tighter than `eq`: it takes parentheses or a function, never a bare comparison. */
function parseNegated(reading: Reading): Condition {
  const next = reading.tokens.peek()
  const part = parsePart(reading)
  if (part.kind === 'comparison' && next.text !== '(') throw syntaxError(next.at, reading.tokens.source)
  return { kind: 'not', part }
}

function parsePrimary(reading: Reading): Condition {
  const { tokens } = reading
  if (tokens.take('(')) {
    const condition = parseOr(reading)
    tokens.need(')')
    return condition
  }
  reading.conditions += 1
  const name = tokens.next()
  if (name.kind !== 'word' || constants.has(name.text)) throw syntaxError(name.at, tokens.source)
  return tokens.take('(') ? parseFunction(name, reading) : parseComparison(name, reading)
}

function parseFunction(name: Token, { tokens, options }: Reading): Condition {
  if (name.text === 'Microsoft.Dynamics.CRM.In') return parseIn(tokens, options)
  if (isMatch(name.text)) return parseMatch(name.text, tokens, options)
  throw refuse(
    `An unknown function with name '${name.text}' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.`,
  )
}

function parseMatch(match: TextMatch, tokens: Tokens, options: QueryOptions): Condition {
  const name = tokens.next()
  if (name.kind !== 'word') throw syntaxError(name.at, tokens.source)
  tokens.need(',')
  const operand = parseOperand(tokens, options)
  tokens.need(')')
  if (operand.kind === 'property' || operand.token.kind !== 'string') {
    throw refuse(`No function signature for the function with name '${match}' matches the specified arguments.`)
  }
  return { kind: 'match', name: name.text, match, text: operand.token }
}

function parseComparison(name: Token, { tokens, options }: Reading): Condition {
  const operator = tokens.next()
  if (operator.kind !== 'word' || !isComparison(operator.text)) throw syntaxError(operator.at, tokens.source)
  return { kind: 'comparison', name: name.text, operator: operator.text, operand: parseOperand(tokens, options) }
}

function parseOperand(tokens: Tokens, options: QueryOptions): Operand {
  const token = tokens.next()
  if (literals.has(token.kind) || constants.has(token.text)) return { kind: 'literal', token }
  if (token.kind === 'word') return { kind: 'property', name: token.text }
  if (token.kind === 'alias') return { kind: 'literal', token: aliasLiteral(token, options) }
  throw syntaxError(token.at, tokens.source)
}

/** An alias that isn't given is null, as OData has it. */
function aliasLiteral({ text }: Token, options: QueryOptions): Token {
  const tokens = readTokens(options.alias(text) ?? 'null')
  const token = tokens.next()
  const isLiteral = literals.has(token.kind) || constants.has(token.text)
  if (!isLiteral || tokens.peek().kind !== 'end') throw syntaxError(token.at, tokens.source)
  return token
}

function isComparison(text: string): text is Comparison {
  return comparisons.has(text)
}

function isMatch(text: string): text is TextMatch {
  return matches.has(text)
}
