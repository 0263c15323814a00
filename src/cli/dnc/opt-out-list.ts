import { readEmail } from '../../core/index.ts'
import { WrongUse } from '../wrong-use.ts'
import { type CsvRow, readCsv } from './csv.ts'
import { decodeText } from './decode-text.ts'

export interface OptOutList {
  /** Each address as often as the file has it, in the file's order. */
  readonly emails: readonly string[]
  /** Lines whose cell holds no address, or none that can be read with certainty. */
  readonly invalid: readonly number[]
}

/** How marketing tools call the column, letters only; what none of these is may still be the only one that has `email` in its name. */
const Names =
  /^(?:e?mail|e?mail(?:address|adresse|id|addr)|(?:primary|work|contact|person|subscriber|recipient)e?mail(?:address)?)$/

/** The addresses of an opt-out export: CSV with an e-mail column. Throws `WrongUse` when the column can't be told; no message holds an address. */
export function readOptOutList(bytes: Uint8Array, column: string | null): OptOutList {
  const [header, ...rows] = readCsv(decodeText(bytes))
  if (!header) throw new WrongUse('the file is empty')
  const at = columnOf(header, column)
  const emails: string[] = []
  const invalid: number[] = []
  for (const { line, cells } of rows) {
    const found = addresses(cells[at] ?? '')
    emails.push(...found)
    if (found.length === 0) invalid.push(line)
  }
  return { emails, invalid }
}

/** A cell may hold several: then all of them or, where one can't be read, none. */
function addresses(cell: string): readonly string[] {
  const { email, unread } = readEmail(cell)
  if (email === null) return []
  if (unread === null) return [email]
  return unread.split(/[;,]/).flatMap((part) => readEmail(part).email ?? [])
}

function columnOf({ cells }: CsvRow, wanted: string | null): number {
  // A header that holds an address is none: what is a person's must not get into a message, or be skipped as a title.
  if (cells.some((cell) => cell.includes('@')))
    throw new WrongUse('the first line holds an address: put a line with the names of the columns before it')
  const names = cells.map(folded)
  const asked = wanted === null ? null : folded(wanted)
  const exact = indexes(names, (name) => (asked === null ? Names.test(name) : name === asked))
  const found = exact.length === 0 && asked === null ? indexes(names, (name) => name.includes('email')) : exact
  const [first, ...more] = found
  if (first !== undefined && more.length === 0) return first
  const what = first === undefined ? 'there is no such column' : 'several columns may be it'
  const which = wanted === null ? 'the column with the e-mail addresses can’t be told' : `--column ${wanted}`
  throw new WrongUse(`${which}: ${what}; say --column with one of ${cells.join(', ')}`)
}

function indexes(names: readonly string[], fits: (name: string) => boolean): readonly number[] {
  return names.flatMap((name, at) => (fits(name) ? [at] : []))
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}
