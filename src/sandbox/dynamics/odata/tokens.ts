import { type ODataProblem, refuse, syntaxError } from './problem.ts'

export type TokenKind =
  | 'word'
  | 'alias'
  | 'string'
  | 'enum'
  | 'guid'
  | 'number'
  | 'date'
  | 'datetime'
  | 'array'
  | 'symbol'
  | 'end'

export interface Token {
  readonly kind: TokenKind
  /** Of a string or an enumeration literal: its value, quotes undoubled. Of an array: as written, in its brackets. */
  readonly text: string
  readonly at: number
}

/** An expression read from left to right. Words are case-sensitive. */
export interface Tokens {
  readonly source: string
  peek(): Token
  next(): Token
  /** Steps over a word or symbol if it is next. */
  take(text: string): boolean
  /** Steps over a word or symbol that has to be next. */
  need(text: string): void
}

interface Pattern {
  readonly kind: TokenKind | 'space'
  readonly pattern: RegExp
}

/** Reads the words, literals and symbols of a filter or key predicate; throws the 400 for what is none of them. */
export function readTokens(source: string): Tokens {
  const tokens = split(source)
  const end: Token = { kind: 'end', text: '', at: source.length }
  let index = 0

  function peek(): Token {
    return tokens[index] ?? end
  }

  function take(text: string): boolean {
    const token = peek()
    const isNext = (token.kind === 'word' || token.kind === 'symbol') && token.text === text
    if (isNext) index += 1
    return isNext
  }

  return {
    source,
    peek,
    next() {
      const token = peek()
      index += 1
      return token
    },
    take,
    need(text) {
      if (!take(text)) throw syntaxError(peek().at, source)
    },
  }
}

function split(source: string): Token[] {
  const patterns = tokenPatterns()
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const { kind, text } = tokenAt(source, at, patterns)
    if (kind !== 'space') tokens.push({ kind, text: textOf(kind, text), at })
    at += text.length
  }
  return tokens
}

function textOf(kind: TokenKind, text: string): string {
  if (kind !== 'string' && kind !== 'enum') return text
  return text.slice(text.indexOf("'") + 1, -1).replaceAll("''", "'")
}

function tokenAt(source: string, at: number, patterns: readonly Pattern[]): { kind: Pattern['kind']; text: string } {
  for (const { kind, pattern } of patterns) {
    pattern.lastIndex = at
    const text = pattern.exec(source)?.[0]
    if (text !== undefined) return { kind, text }
  }
  throw unreadable(source, at)
}

function unreadable(source: string, at: number): ODataProblem {
  if (source[at] === '[') return invalidArray()
  if (/^[\w.]*'/.test(source.slice(at))) {
    return refuse(`There is an unterminated literal at position ${source.length} in '${source}'.`)
  }
  return refuse(`Syntax error: character '${source[at]}' is not valid at position ${at} in '${source}'.`)
}

/** Also for a list of names in single quotes with one quote among them: it is read as JSON, and JSON doubles no quotes. */
export function invalidArray(): ODataProblem {
  return refuse(
    "Invalid JSON. A comma character ',' was expected in scope 'Array'. Every two elements in an array and properties of an object must be separated by commas.",
  )
}

/** Made anew for every text: a sticky pattern remembers where it is. What begins like a GUID or a date is never a number. */
function tokenPatterns(): Pattern[] {
  return [
    { kind: 'space', pattern: /[ \t\r\n]+/y },
    { kind: 'string', pattern: /'[^']*(?:''[^']*)*'/y },
    { kind: 'guid', pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!\w)/iy },
    {
      kind: 'datetime',
      pattern: /\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+-]\d\d:\d\d)(?!\w)/iy,
    },
    { kind: 'date', pattern: /\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\w)/y },
    { kind: 'number', pattern: /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?[lmfd]?(?!\w)/iy },
    { kind: 'enum', pattern: /[a-z_]\w*(?:\.[a-z_]\w*)*'(?:[^']|'')*'/iy },
    // Not followed by a quote: that is an enumeration literal whose end is missing.
    { kind: 'word', pattern: /[a-z_]\w*(?:[./][a-z_]\w*)*(?![\w'])/iy },
    { kind: 'alias', pattern: /@[a-z_]\w*/iy },
    { kind: 'array', pattern: /\[(?:[^\]"']|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*\]/sy },
    { kind: 'symbol', pattern: /[(),=]/y },
  ]
}
