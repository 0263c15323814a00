import { type CollectionRow, failed, repeated, runRows } from './collection-rows.ts'
import type { Call, Instance } from './instance.ts'
import type { RowResult } from './org/org.ts'
import { noSuchKey } from './refusals.ts'
import { writeOptions } from './write-options.ts'

/** `PATCH /composite/sobjects/{object}/{field}`. A key that stands twice in one request fails in every row that has it. */
export function upsertRows(
  instance: Instance,
  call: Call,
  object: string,
  field: string,
  rows: readonly CollectionRow[],
  allOrNone: boolean,
): RowResult[] {
  const isId = field.toLowerCase() === 'id'
  if (!isId && instance.org.lookUp(object, field, '') === null) throw noSuchKey(instance, field)
  const twice = repeated(rows.map((row) => keyOf(row, field)?.toLowerCase() ?? null))
  return runRows(instance, rows, allOrNone, (row) => upsertRow(instance, call, object, field, twice, row))
}

function upsertRow(
  { org, words }: Instance,
  call: Call,
  object: string,
  field: string,
  twice: ReadonlySet<string>,
  row: CollectionRow,
): RowResult {
  const key = keyOf(row, field)
  if (row.object.toLowerCase() !== object.toLowerCase()) {
    return failed('INVALID_TYPE', `The record is a ${row.object}, the request is for ${object}`)
  }
  if (key === null && field.toLowerCase() === 'id') return org.create(object, row.values, writeOptions(call))
  if (key === null) return failed('MISSING_ARGUMENT', words.keyMissing(field), [field])
  if (twice.has(key.toLowerCase())) return failed('DUPLICATE_VALUE', words.keyTwice(key))
  const values = row.id === null ? row.values : { ...row.values, Id: row.id }
  const result = org.upsert(object, field, values, writeOptions(call))
  if (!('matches' in result)) return result
  return failed('DUPLICATE_EXTERNAL_ID', words.severalMatches(field, result.matches), [field])
}

function keyOf({ id, values }: CollectionRow, field: string): string | null {
  const wanted = field.toLowerCase()
  if (wanted === 'id') return id
  const value = Object.entries(values).find(([name]) => name.toLowerCase() === wanted)?.[1]
  return value === undefined || value === null || value === '' ? null : String(value)
}
