import { parseSource } from './condition-parser.ts'
import { parseCount } from './literal-parser.ts'
import { parsePath } from './path-parser.ts'
import { malformed, SoqlProblem } from './problem.ts'
import type { FieldPath, Query, SortKey } from './syntax.ts'
import { readTokens, type Tokens, unexpected } from './tokens.ts'

/** https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/ */
const longestQuery = 100_000
const largestOffset = 2000

/** Reads a query; throws MALFORMED_QUERY for what SOQL, or this stand-in, does not have. */
export function parseQuery(soql: string): Query {
  if (soql.trim() === '') throw malformed('A query string has to be specified', null)
  if (soql.length > longestQuery) {
    throw malformed(`SOQL statements cannot be longer than ${longestQuery} characters.`, null)
  }
  const tokens = readTokens(soql)
  tokens.need('SELECT')
  const select = parseSelect(tokens)
  const source = parseSource(tokens)
  const orderBy = parseOrderBy(tokens)
  const limit = tokens.take('LIMIT') ? parseCount(tokens) : null
  const offset = parseOffset(tokens)
  refuseRest(tokens)
  return { select, source, orderBy, limit, offset }
}

function parseSelect(tokens: Tokens): 'count' | FieldPath[] {
  const first = parsePath(tokens)
  const isCount = first.names.join('.').toUpperCase() === 'COUNT'
  if (isCount && tokens.take('(')) {
    tokens.need(')')
    return 'count'
  }
  const paths = [first]
  while (tokens.take(',')) paths.push(parsePath(tokens))
  return paths
}

function parseOrderBy(tokens: Tokens): SortKey[] {
  if (!tokens.take('ORDER')) return []
  tokens.need('BY')
  const keys = [parseSortKey(tokens)]
  while (tokens.take(',')) keys.push(parseSortKey(tokens))
  return keys
}

/** "By default, null values are sorted first", with DESC too, says the SOQL reference under ORDER BY. */
function parseSortKey(tokens: Tokens): SortKey {
  const path = parsePath(tokens)
  const isDescending = tokens.take('DESC')
  if (!isDescending) tokens.take('ASC')
  if (!tokens.take('NULLS')) return { path, isDescending, nullsLast: false }
  const nullsLast = tokens.take('LAST')
  if (!nullsLast) tokens.need('FIRST')
  return { path, isDescending, nullsLast }
}

function parseOffset(tokens: Tokens): number {
  if (!tokens.take('OFFSET')) return 0
  const { at } = tokens.peek()
  const offset = parseCount(tokens)
  if (offset <= largestOffset) return offset
  throw new SoqlProblem('NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${largestOffset}`, at)
}

function refuseRest(tokens: Tokens): void {
  const rest = tokens.next()
  // A keyword of Apex. Over the API deleted records come from /queryAll: https://github.com/ForceCLI/force/issues/237
  if (rest.text.toUpperCase() === 'ALL' && tokens.take('ROWS')) throw malformed('ALL ROWS not allowed in this context', rest.at)
  if (rest.kind !== 'end') throw unexpected(rest)
}
