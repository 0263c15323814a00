import type { FieldValue } from '../../../src/core/index.ts'
import { type Column, isLookup, optionValue, type Table } from '../org/table.ts'
import { isGuid } from '../requests/odata.ts'

/** A value in the JSON of a column, or why the column can't hold it. */
export type Encoded = { readonly value: FieldValue } | { readonly reason: string }

const Truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
])
const IsoTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/i

/**
 * A value as Dataverse takes it in this column: it refuses a number for a text, a label for a choice and `0` for a yes or no, each with
 * the whole record. Lookups are bound elsewhere.
 */
export function encode(value: FieldValue, column: Column, state: Table['state']): Encoded {
  if (value === null) return { value }
  switch (column.type) {
    case 'String':
    case 'Memo':
    case 'EntityName':
      return { value: String(value).toWellFormed() }
    case 'Integer':
    case 'BigInt':
      return number(value, Number.isSafeInteger, 'a whole number')
    case 'Decimal':
    case 'Double':
    case 'Money':
      return number(value, Number.isFinite, 'a number')
    case 'Boolean':
      return orReason(Truths.get(String(value).trim().toLowerCase()), 'It takes only true or false.')
    case 'DateTime':
      return orReason(instantOf(value), 'It takes only a time, e.g. 2026-11-23T10:00:00Z.')
    case 'DateOnly':
      return orReason(instantOf(value)?.slice(0, 10), 'It takes only a day, e.g. 2026-11-23.')
    case 'Picklist':
    case 'State':
    case 'Status':
      return option(value, column, state)
    case 'MultiSelectPicklist':
      return options(value, column, state)
    case 'Uniqueidentifier':
      return isGuid(String(value)) ? { value: String(value).toLowerCase() } : { reason: 'It takes only an id (a guid).' }
    default:
      return { value }
  }
}

/** A column as it was read, in the form in which a mapping writes it: choices by the label in the user's language, lookups by their id. */
export function decode(value: unknown, column: Column | undefined): FieldValue {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return labelOf(value, column) ?? value
  if (typeof value !== 'string' || value === '') return null
  if (column?.type !== 'MultiSelectPicklist') return value
  return value
    .split(',')
    .map((one) => labelOf(Number(one), column) ?? one)
    .join('; ')
}

/** By which name a column is read: lookups by `_NAME_value`. */
export function readName(column: Column): string {
  return isLookup(column) ? `_${column.name}_value` : column.name
}

/** Whether a column holds what it was sent, as Dataverse keeps it: times to the second, texts without white space around them. */
export function holds(stored: unknown, sent: unknown): boolean {
  if (typeof stored === 'string' && typeof sent === 'string') return comparable(stored) === comparable(sent)
  return (stored ?? null) === (sent ?? null)
}

function comparable(text: string): string | number {
  if (IsoTime.test(text)) return Math.floor(Date.parse(text) / 1_000)
  return text.trim().replaceAll(/\r\n?/g, '\n')
}

function number(value: string | number | boolean, isOne: (value: number) => boolean, what: string): Encoded {
  const text = String(value).trim()
  const read = typeof value === 'boolean' || text === '' ? Number.NaN : Number(text)
  return isOne(read) ? { value: read } : { reason: `It takes only ${what}.` }
}

/** Dataverse keeps whole seconds. */
function instantOf(value: string | number | boolean): string | undefined {
  const time = typeof value === 'number' ? value : IsoTime.test(String(value)) ? Date.parse(String(value)) : Number.NaN
  if (!Number.isFinite(time) || Math.abs(time) > 8.64e15) return undefined
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}

function option(value: string | number | boolean, column: Column, state: Table['state']): Encoded {
  const known = typeof value === 'boolean' ? null : optionValue(column, value)
  if (known !== null) return { value: known }
  const asNumber = Number(String(value).trim() || Number.NaN)
  // Where the options can't be read, those that every environment has are known, and an own one by its number.
  if (Number.isSafeInteger(asNumber) && (column.options === null || state !== 'read')) return { value: asNumber }
  return { reason: 'It has no such option, or several of that name.' }
}

function options(value: string | number | boolean, column: Column, state: Table['state']): Encoded {
  const found = String(value)
    .split(/[;,]/)
    .filter((one) => one.trim() !== '')
    .map((one) => option(one, column, state))
  const refused = found.find((one) => 'reason' in one)
  return refused ?? { value: found.map((one) => ('value' in one ? one.value : '')).join(',') }
}

function labelOf(value: number, column: Column | undefined): string | null {
  return column?.options?.find((one) => one.value === value)?.label ?? null
}

function orReason(value: FieldValue | undefined, reason: string): Encoded {
  return value === undefined ? { reason } : { value }
}
