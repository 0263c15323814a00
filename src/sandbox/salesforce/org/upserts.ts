import type { ObjectDefinition } from './catalog/object-definition.ts'
import type { FieldDefinition } from './field.ts'
import type { Instance } from './instance.ts'
import type { ManyMatches, RowResult, RowValues, WriteOptions } from './org.ts'
import { failed, problem } from './problem.ts'
import { createRow, updateRow } from './writes.ts'

/** The field of that name if records can be found by it: an external id or idLookup field that the user sees. */
export function findKeyField(instance: Instance, object: ObjectDefinition, name: string): FieldDefinition | null {
  const field = instance.schema.field(object, name)
  if (field === undefined || !(field.externalId || field.idLookup)) return null
  return instance.access.readable(object, field) ? field : null
}

/** Ids of the live records with that key which the user sees. */
export function idsByKey(instance: Instance, object: ObjectDefinition, field: FieldDefinition, value: string): string[] {
  const holders = instance.tables.holders(object.name, field.name, value)
  return holders.filter((row) => instance.access.sees(object.name, row)).map((row) => row.Id)
}

/** Updates the record that holds the key of `values`, or creates one with it. */
export function upsertRow(
  instance: Instance,
  object: ObjectDefinition,
  keyName: string,
  values: RowValues,
  options: WriteOptions,
): RowResult | ManyMatches {
  const field = findKeyField(instance, object, keyName)
  if (field === null) return failed(problem('NOT_FOUND', instance.say.noSuchKey(keyName)))
  const isKey = ([name]: [string, unknown]): boolean => name.toLowerCase() === field.name.toLowerCase()
  const key = Object.entries(values).find(isKey)?.[1] ?? ''
  const rest = Object.fromEntries(Object.entries(values).filter((entry) => !isKey(entry)))
  if (field.name === 'Id') {
    return key === '' ? createRow(instance, object, rest, options) : updateRow(instance, object, String(key), rest, options)
  }
  if (key === '') return failed(problem('MISSING_ARGUMENT', instance.say.keyMissing(field.name), [field.name]))
  const matches = idsByKey(instance, object, field, String(key))
  const [id] = matches
  if (matches.length > 1) return { success: false, matches }
  if (id !== undefined) return updateRow(instance, object, id, rest, options)
  return createRow(instance, object, { ...rest, [field.name]: key }, options)
}
