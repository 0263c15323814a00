import type { Condition } from './condition.ts'
import type { QueryOptions } from './options.ts'
import { refuse, syntaxError } from './problem.ts'
import { invalidArray, readTokens, type Token, type Tokens } from './tokens.ts'

/**
 * Reads the rest of `Microsoft.Dynamics.CRM.In(PropertyName='x',PropertyValues=["a","b"])`; both arguments may be aliases. All
 * values are strings, those of numbers and GUIDs too.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/in
 */
export function parseIn(tokens: Tokens, options: QueryOptions): Condition {
  const given = new Map<string, Token>()
  do {
    const name = tokens.next()
    if (name.kind !== 'word') throw syntaxError(name.at, tokens.source)
    tokens.need('=')
    given.set(name.text, resolve(tokens.next(), options))
  } while (tokens.take(','))
  tokens.need(')')

  const name = given.get('PropertyName')
  const values = given.get('PropertyValues')
  if (given.size !== 2 || name?.kind !== 'string' || values?.kind !== 'array') {
    throw refuse(
      "The arguments of the function 'Microsoft.Dynamics.CRM.In' are PropertyName, a string, and PropertyValues, an array.",
    )
  }
  return { kind: 'list', name: name.text, values: readArray(values.text) }
}

function resolve(token: Token, options: QueryOptions): Token {
  if (token.kind !== 'alias') return token
  const tokens = readTokens(options.alias(token.text) ?? '')
  const value = tokens.next()
  if (tokens.peek().kind !== 'end') throw syntaxError(tokens.peek().at, tokens.source)
  return value
}

/** JSON whose strings may stand in single quotes; a quote is doubled in neither kind. */
function readArray(text: string): string[] {
  const content = text.slice(1, -1).trim()
  if (content === '') return []
  const items = content.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|,|[^\s,"']+/gs) ?? []
  const values: string[] = []
  for (const [at, item] of items.entries()) {
    const isComma = at % 2 === 1
    if (isComma !== (item === ',')) throw invalidArray()
    if (!isComma) values.push(readItem(item))
  }
  if (items.length % 2 === 0) throw invalidArray()
  return values
}

function readItem(item: string): string {
  if (!/^["']/.test(item)) throw refuse(`Cannot convert the literal '${item}' to the expected type 'Edm.String'.`)
  try {
    return String(JSON.parse(item.startsWith('"') ? item : doubleQuoted(item)))
  } catch {
    throw invalidArray()
  }
}

function doubleQuoted(item: string): string {
  const inner = item.slice(1, -1).replaceAll(/\\.|"/gs, (found) => (found === '"' ? '\\"' : found === "\\'" ? "'" : found))
  return `"${inner}"`
}
