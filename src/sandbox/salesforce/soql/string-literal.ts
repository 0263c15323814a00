import type { PatternPart } from './like-pattern.ts'
import { malformed } from './problem.ts'
import type { Token } from './tokens.ts'

interface Piece {
  readonly text: string
  readonly isEscaped: boolean
}

/** Quoted String Escape Sequences: https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/ */
const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
])

/** The text that a string token stands for; throws MALFORMED_QUERY for an escape that SOQL does not have. */
export function readString(token: Token): string {
  return pieces(token, '')
    .map((piece) => piece.text)
    .join('')
}

/** The same as the right side of LIKE, the only place where `\%` and `\_` are escapes. */
export function readPattern(token: Token): PatternPart[] {
  return pieces(token, '%_').map(({ text, isEscaped }) => {
    if (!isEscaped && text === '%') return { kind: 'any' }
    if (!isEscaped && text === '_') return { kind: 'one' }
    return { kind: 'character', character: text.toLowerCase() }
  })
}

function pieces(token: Token, alsoEscaped: string): Piece[] {
  return [...token.text.matchAll(/\\u([0-9a-f]{4})|\\(.)|[^\\]/gisu)].map(([whole, code, letter]) => {
    if (code !== undefined) return { text: String.fromCharCode(Number.parseInt(code, 16)), isEscaped: true }
    if (letter === undefined) return { text: whole, isEscaped: false }
    const text = alsoEscaped.includes(letter) ? letter : escapes.get(letter.toLowerCase())
    if (text !== undefined) return { text, isEscaped: true }
    throw malformed(`Invalid string literal '${token.text}'. Illegal character sequence '${whole}' in string literal.`, token.at)
  })
}
