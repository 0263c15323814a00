import { malformed } from './problem.ts'
import type { Literal } from './syntax.ts'
import { type Tokens, unexpected } from './tokens.ts'

/** Reads one value on the right side of a condition. */
export function parseLiteral(tokens: Tokens): Literal {
  const token = tokens.next()
  const { kind, text, at } = token
  switch (kind) {
    case 'string':
      return { kind, token, at }
    case 'number':
      return { kind, value: Number(text), at }
    case 'date':
    case 'datetime':
      return { kind, text, at }
    case 'symbol':
      if (text === ':') throw malformed('Bind variables only allowed in Apex code', at)
      throw unexpected(token)
    case 'word':
      break
    default:
      throw unexpected(token)
  }
  switch (text.toUpperCase()) {
    case 'TRUE':
    case 'FALSE':
      return { kind: 'boolean', value: text.toUpperCase() === 'TRUE', at }
    case 'NULL':
      return { kind: 'null', at }
    case 'TODAY':
      return { kind: 'days', ago: 0, count: 1, at }
    case 'YESTERDAY':
      return { kind: 'days', ago: 1, count: 1, at }
    case 'LAST_N_DAYS':
      return lastDays(tokens, at)
    default:
      throw unexpected(token)
  }
}

/** `LAST_N_DAYS:n` starts n days before today and ends with today. */
function lastDays(tokens: Tokens, at: number): Literal {
  tokens.need(':')
  const ago = parseCount(tokens)
  return { kind: 'days', ago, count: ago + 1, at }
}

/** Reads a whole number that is not negative. */
export function parseCount(tokens: Tokens): number {
  const token = tokens.next()
  if (token.kind === 'number' && /^\d{1,9}$/.test(token.text)) return Number(token.text)
  throw unexpected(token)
}
