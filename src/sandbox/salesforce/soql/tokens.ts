import { malformed, type SoqlProblem } from './problem.ts'

export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'date' | 'datetime' | 'symbol' | 'end'
  /** As written; of a string what stands between the quotes, its escapes unread. */
  readonly text: string
  readonly at: number
}

/** A query read from left to right. */
export interface Tokens {
  peek(): Token
  next(): Token
  /** Steps over a word (in any case) or symbol if it is next. */
  take(text: string): boolean
  /** Steps over a word or symbol that has to be next. */
  need(text: string): void
}

interface Pattern {
  readonly kind: Token['kind'] | 'space'
  readonly pattern: RegExp
}

/** Reads the words, literals and symbols of a query; throws MALFORMED_QUERY for a character that starts none of them. */
export function readTokens(soql: string): Tokens {
  const tokens = split(soql)
  const end: Token = { kind: 'end', text: '<EOF>', at: soql.length }
  let index = 0

  function peek(): Token {
    return tokens[index] ?? end
  }

  function take(text: string): boolean {
    const { kind, text: found } = peek()
    const isNext = (kind === 'word' || kind === 'symbol') && found.toUpperCase() === text
    if (isNext) index += 1
    return isNext
  }

  return {
    peek,
    next() {
      const token = peek()
      index += 1
      return token
    },
    take,
    need(text) {
      if (!take(text)) throw unexpected(peek())
    },
  }
}

export function unexpected(token: Token): SoqlProblem {
  return malformed(`unexpected token: '${token.text}'`, token.at)
}

function split(soql: string): Token[] {
  const patterns = tokenPatterns()
  const tokens: Token[] = []
  let at = 0
  while (at < soql.length) {
    const token = tokenAt(soql, at, patterns)
    if (token.kind !== 'space') tokens.push({ kind: token.kind, text: bare(token.kind, token.text), at })
    at += token.text.length
  }
  return tokens
}

function bare(kind: Token['kind'], text: string): string {
  return kind === 'string' ? text.slice(1, -1) : text
}

function tokenAt(soql: string, at: number, patterns: readonly Pattern[]): { kind: Pattern['kind']; text: string } {
  for (const { kind, pattern } of patterns) {
    pattern.lastIndex = at
    const text = pattern.exec(soql)?.[0]
    if (text !== undefined) return { kind, text }
  }
  const column = at - soql.lastIndexOf('\n', at - 1) - 1
  const line = soql.slice(0, at).split('\n').length
  if (soql[at] === "'") throw malformed(`line ${line}:${column} mismatched character '<EOF>' expecting '''`, at)
  throw malformed(`line ${line}:${column} no viable alternative at character '${soql[at]}'`, at)
}

/** Made anew for every query: a sticky pattern remembers where it is. */
function tokenPatterns(): Pattern[] {
  return [
    { kind: 'space', pattern: /\s+/y },
    // No bare line breaks: the escapes \n and \r exist for them, and whether a real org takes a bare one is not documented.
    { kind: 'string', pattern: /'(?:[^'\\\r\n]|\\.)*'/y },
    { kind: 'datetime', pattern: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/iy },
    { kind: 'date', pattern: /\d{4}-\d\d-\d\d/y },
    { kind: 'number', pattern: /[+-]?(?:\d+(?:\.\d*)?|\.\d+)/y },
    { kind: 'word', pattern: /[a-z_]\w*(?:\.[a-z_]\w*)*/iy },
    { kind: 'symbol', pattern: /!=|<>|<=|>=|[=<>(),:]/y },
  ]
}
