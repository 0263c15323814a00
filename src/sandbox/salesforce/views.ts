import { Refusal } from './answers.ts'
import type { Call, Instance } from './instance.ts'

type Fields = Readonly<Record<string, unknown>>

/** A record as a read shows it: all fields that the user sees, or the `wanted` ones in any case. Throws INVALID_FIELD for others. */
export function projected(
  { org }: Instance,
  call: Call,
  object: string,
  record: Fields,
  wanted: readonly string[] | null,
): Fields {
  const type = org.object(object)?.name ?? object
  const shown = { attributes: { type, url: `${call.base}/sobjects/${type}/${String(record.Id)}` } }
  if (wanted === null) return { ...shown, ...record }
  const names = new Map(Object.keys(record).map((name) => [name.toLowerCase(), name]))
  const some: Record<string, unknown> = {}
  for (const field of wanted) {
    const name = names.get(field.trim().toLowerCase())
    if (name === undefined) throw noSuchColumn(field, type)
    some[name] = record[name]
  }
  return { ...shown, ...some, Id: record.Id }
}

function noSuchColumn(field: string, type: string): Refusal {
  const message = `No such column '${field}' on sobject of type ${type}`
  return new Refusal({ status: 400, errorCode: 'INVALID_FIELD', message })
}
