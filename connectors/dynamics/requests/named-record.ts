import { IdColumns, SetNames } from '../org/table.ts'
import { WireRecord } from '../wire.ts'
import { isGuid } from './odata.ts'

const IdColumnsOfSets: Readonly<Record<string, string>> = {
  [SetNames.lead]: IdColumns.lead,
  [SetNames.contact]: IdColumns.contact,
  [SetNames.task]: IdColumns.task,
  annotations: 'annotationid',
}
const Addressed = /^([a-z]+)(?:\(([0-9a-f-]{36})\))?(?=\?|\(|$)/i
const Entity = /\(([0-9a-f-]{36})\)\s*$/i

/**
 * Whether an answer names another record than the one that was addressed: by its representation, or by `OData-EntityId`. Its parts were
 * mixed up on the way, and taking it would put one customer's id beside another.
 */
export function namesAnother(path: string, headers: Headers, body: unknown): boolean {
  const [, set = '', addressed] = Addressed.exec(path) ?? []
  const record = WireRecord.safeParse(body).data ?? {}
  const own = IdColumnsOfSets[set]
  const named = own === undefined ? undefined : record[own]
  if (own !== undefined && named === undefined && Object.values(IdColumnsOfSets).some((column) => isId(record[column])))
    return true
  const [, entity] = Entity.exec(headers.get('odata-entityid') ?? '') ?? []
  return new Set([addressed, named, entity].filter(isId).map((id) => id.toLowerCase())).size > 1
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && isGuid(value)
}
