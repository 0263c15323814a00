import type { TextMatch } from './condition.ts'
import { foldText } from './value.ts'

/**
 * What `contains` and its kin look for. In their text `%`, `_`, `[]` and `[^]` are wildcards and a bracket makes a literal of
 * one: https://learn.microsoft.com/power-apps/developer/data-platform/wildcard-characters
 */
export function readPattern(text: string, match: TextMatch): RegExp {
  // Folded piece by piece: folded whole, a full-width per cent sign would become a wildcard.
  const pieces = text.match(/%+|_|\[[^\]]*\]|[^%_[]+|\[/g) ?? []
  const body = pieces.map(readPiece).join('')
  const start = match === 'startswith' ? '^' : ''
  const end = match === 'endswith' ? '$' : ''
  return new RegExp(`${start}${body}${end}`, 'su')
}

const nothing = '(?!)'

function readPiece(piece: string): string {
  if (piece.startsWith('%')) return '.*'
  if (piece === '_') return '.'
  if (piece === '[') return nothing
  if (piece.startsWith('[')) return readSet(piece.slice(1, -1))
  return quoted(foldText(piece))
}

function readSet(content: string): string {
  const isNegated = content.startsWith('^') && content.length > 1
  const members = isNegated ? content.slice(1) : content
  if (members === '') return nothing
  const ranges = members.match(/.-.|./gsu) ?? []
  const set = ranges.map((range) => (range.length > 1 && range[1] === '-' ? readRange(range) : quoted(foldText(range)))).join('')
  return `[${isNegated ? '^' : ''}${set}]`
}

/** A range that runs backwards holds nothing but its first character. */
function readRange(range: string): string {
  const [first = '', , last = ''] = [...range].map(foldText)
  return last < first ? quoted(first) : `${quoted(first)}-${quoted(last)}`
}

function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
