import { countryTable, foldName } from './country-names.ts'

const Table = countryTable()
const LongestName = 100

/** ISO 3166-1 alpha-2 from a two- or three-letter code, a number, or a name in one of many languages; null when it can't be read. */
export function readCountry(text: string | null): string | null {
  if (text === null || text.length > LongestName) return null
  // Codes are taken without punctuation only: `N/A` is nobody in Namibia.
  const code = text.trim().toLowerCase()
  const byCode = Table.codes.get(/^\d+$/.test(code) ? code.padStart(3, '0') : code)
  return byCode ?? Table.names.get(foldName(text)) ?? null
}
