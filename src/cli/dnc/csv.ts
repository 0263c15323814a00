import { WrongUse } from '../wrong-use.ts'

/** One record of a CSV file, and the line on which it begins. */
export interface CsvRow {
  readonly line: number
  readonly cells: readonly string[]
}

const Delimiters = [',', ';', '\t'] as const
/** Spaces before a quote, which some tools write. */
const LongestIndent = 20

/**
 * Rows of a CSV text, empty lines left out. The delimiter is the one that the first line holds most of, or what `sep=` there says, which Excel
 * writes. A quoted cell may hold delimiters, quotes (doubled) and line breaks. A quote within a cell is a quote. Throws `WrongUse` where a quoted cell has no end.
 */
export function readCsv(text: string): readonly CsvRow[] {
  const told = /^sep=(.)\r?\n/.exec(text)
  const body = told ? text.slice(told[0].length) : text
  const delimiter = told?.[1] ?? mostOf(/^[^\r\n]*/.exec(body.trimStart())?.[0] ?? '')
  return rows(body, delimiter, told ? 2 : 1)
}

function mostOf(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '')
  const counts = Delimiters.map((one) => bare.split(one).length)
  return Delimiters[counts.indexOf(Math.max(...counts))] ?? ','
}

function rows(text: string, delimiter: string, firstLine: number): readonly CsvRow[] {
  const found: CsvRow[] = []
  const ends = new RegExp(`\\r\\n|[\\r\\n]|${delimiter.replace(/[\\^$.*+?()[\]{}|]/, '\\$&')}|$`, 'g')
  let cells: string[] = []
  let line = firstLine
  let begin = firstLine
  let at = 0
  while (at < text.length || cells.length > 0) {
    const { value, next, end } = readCell(text, at, ends, begin)
    cells.push(value)
    line += lineBreaks(text.slice(at, next))
    at = next
    if (end === delimiter) continue
    if (cells.some((one) => one !== '')) found.push({ line: begin, cells })
    cells = []
    begin = line
  }
  return found
}

/** What stands between a closing quote and the end of the cell is left out. */
function readCell(text: string, at: number, ends: RegExp, line: number): { value: string; next: number; end: string } {
  const open = /^ *"/.exec(text.slice(at, at + LongestIndent))?.[0].length
  const close = open === undefined ? at : closingQuote(text, at + open)
  // To take the rest of the file for one cell would lose everybody in it.
  if (close === -1) throw new WrongUse(`the quoted cell in the row that begins in line ${line} has no end`)
  ends.lastIndex = close
  const end = ends.exec(text)
  const stop = end?.index ?? text.length
  const value = open === undefined ? text.slice(at, stop) : text.slice(at + open, close).replaceAll('""', '"')
  return { value: value.trim(), next: stop + (end?.[0].length ?? 0), end: end?.[0] ?? '' }
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from)
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}

function lineBreaks(text: string): number {
  return text.match(/\r\n|[\r\n]/g)?.length ?? 0
}
