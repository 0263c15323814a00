import type { ObjectDefinition } from './catalog/object-definition.ts'
import type { Instance } from './instance.ts'
import { findLive } from './writes.ts'

type Fields = Readonly<Record<string, unknown>>

/** What GET of one record shows: every field that the user sees, empty ones as null, addresses as one object too. */
export function readRow(instance: Instance, object: ObjectDefinition, id: string): Fields | null {
  const found = findLive(instance, object, id)
  if ('code' in found) return null
  const visible = object.fields.filter((field) => instance.access.readable(object, field))
  return Object.fromEntries(
    visible.map((field) => [
      field.name,
      field.type === 'address' ? address(found.row, field.name) : (found.row[field.name] ?? null),
    ]),
  )
}

function address(row: Fields, name: string): Fields | null {
  const prefix = name.slice(0, -'Address'.length)
  const parts = ['City', 'Country', 'CountryCode', 'PostalCode', 'State', 'StateCode', 'Street']
  const entries = parts.map((part) => [part.charAt(0).toLowerCase() + part.slice(1), row[`${prefix}${part}`] ?? null] as const)
  if (entries.every(([, value]) => value === null)) return null
  return { ...Object.fromEntries(entries), geocodeAccuracy: null, latitude: null, longitude: null }
}
