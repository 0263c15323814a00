import type { ColumnDefinition } from './column.ts'
import { isGuid } from './guid.ts'
import type { Messages } from './messages.ts'
import type { OrgError } from './org.ts'
import { problem } from './problem.ts'

export type Verdict = { readonly value: unknown } | OrgError

const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/
const dayPattern = /^\d{4}-\d{2}-\d{2}$/
const choicesPattern = /^-?\d+(?:,-?\d+)*$/
// SQL Server's datetime begins here; Dataverse refuses what is older.
const oldestInstant = Date.UTC(1753, 0, 1)

/** What OData's deserializer says about a JSON value, before any rule of the table: 0x80048d19, or the value as it is stored. */
export function readLiteral({ type }: Pick<ColumnDefinition, 'type'>, raw: unknown, say: Messages): Verdict {
  if (raw === null || raw === undefined) return { value: null }
  const edmType = edmTypes[type]
  const refusal = problem(400, '0x80048d19', say.badLiteral(shown(raw), edmType))
  if (edmType === 'Edm.String') {
    if (typeof raw !== 'string') return refusal
    if (type === 'MultiSelectPicklist' && raw !== '' && !choicesPattern.test(raw)) return refusal
    // An empty text is stored as none.
    return { value: raw === '' ? null : raw }
  }
  if (edmType === 'Edm.Boolean') return typeof raw === 'boolean' ? { value: raw } : refusal
  if (edmType === 'Edm.Int32') return isInteger(raw, 2 ** 31) ? { value: raw } : refusal
  if (edmType === 'Edm.Int64') return isInteger(raw, 2 ** 53) ? { value: raw } : refusal
  if (edmType === 'Edm.Decimal') return typeof raw === 'number' && Number.isFinite(raw) ? { value: raw } : refusal
  if (typeof raw !== 'string') return refusal
  if (edmType === 'Edm.Guid') return isGuid(raw) ? { value: raw.toLowerCase() } : refusal
  const stored = edmType === 'Edm.Date' ? toDay(raw) : toInstant(raw)
  return stored === null ? refusal : { value: stored }
}

/** What the table says about a value that has the right type: length in UTF-16 units, options, range. */
export function checkValue(column: ColumnDefinition, table: string, value: unknown, say: Messages): Verdict {
  if (value === null) return { value }
  if (typeof value === 'string' && column.maxLength !== null && value.length > column.maxLength) {
    return problem(400, '0x80044331', say.tooLong(column.logicalName, table, column.maxLength))
  }
  if (typeof value === 'number' && column.options.length > 0) return checkOption(column, table, value, say)
  if (column.type === 'MultiSelectPicklist') return checkOptions(column, table, String(value), say)
  if (typeof value === 'number') return checkRange(column, table, value, say)
  return { value }
}

/** `2026-11-23T10:00:00Z`: Dataverse keeps whole seconds. */
export function toStoredInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

const edmTypes: Readonly<Record<ColumnDefinition['type'], string>> = {
  String: 'Edm.String',
  Memo: 'Edm.String',
  MultiSelectPicklist: 'Edm.String',
  Integer: 'Edm.Int32',
  Picklist: 'Edm.Int32',
  State: 'Edm.Int32',
  Status: 'Edm.Int32',
  BigInt: 'Edm.Int64',
  Decimal: 'Edm.Decimal',
  Money: 'Edm.Decimal',
  Boolean: 'Edm.Boolean',
  DateTime: 'Edm.DateTimeOffset',
  DateOnly: 'Edm.Date',
  Lookup: 'Edm.Guid',
  Owner: 'Edm.Guid',
  Uniqueidentifier: 'Edm.Guid',
}

function checkOption(column: ColumnDefinition, table: string, value: number, say: Messages): Verdict {
  const accepted = column.options.map((option) => option.value)
  if (accepted.includes(value)) return { value }
  return problem(400, '0x8004431A', say.notAnOption(value, column.logicalName, table, accepted))
}

function checkOptions(column: ColumnDefinition, table: string, list: string, say: Messages): Verdict {
  for (const one of list.split(',')) {
    const verdict = checkOption(column, table, Number(one), say)
    if ('code' in verdict) return verdict
  }
  return { value: list }
}

function checkRange(column: ColumnDefinition, table: string, value: number, say: Messages): Verdict {
  const least = column.minValue ?? Number.NEGATIVE_INFINITY
  const most = column.maxValue ?? Number.POSITIVE_INFINITY
  if (value < least || value > most) {
    const code = column.type === 'Integer' ? '0x8004432F' : '0x80044330'
    return problem(400, code, say.outsideRange(value, column.logicalName, table, least, most))
  }
  return { value: column.type === 'Integer' ? value : Number(value.toFixed(column.precision)) }
}

function isInteger(raw: unknown, bound: number): boolean {
  return typeof raw === 'number' && Number.isInteger(raw) && raw >= -bound && raw < bound
}

function toDay(raw: string): string | null {
  if (!dayPattern.test(raw)) return null
  // Date would roll the 31st of February over to March.
  const date = new Date(`${raw}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(raw) ? raw : null
}

function toInstant(raw: string): string | null {
  if (!instantPattern.test(raw) || toDay(raw.slice(0, 10)) === null) return null
  const ms = Date.parse(raw)
  return Number.isNaN(ms) || ms < oldestInstant ? null : toStoredInstant(ms)
}

function shown(raw: unknown): string {
  return typeof raw === 'object' ? JSON.stringify(raw) : String(raw)
}
