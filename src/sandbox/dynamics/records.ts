import type { ApiAnswer } from '../exchange.ts'
import { noContent, Refusal } from './answers.ts'
import { readBody } from './bodies.ts'
import type { Call, Instance } from './instance.ts'
import type { Key, OrgTable } from './org/org.ts'
import { readPreferences } from './preferences.ts'
import { methodRefused } from './refusals.ts'
import { entityAnswer, queried } from './views.ts'
import { writeOptionsOf } from './write-options.ts'

/** One record by its id or an alternate key. */
export function answerRecord(instance: Instance, call: Call, table: OrgTable, key: Key): ApiAnswer {
  switch (call.method) {
    case 'GET':
      return retrieve(instance, call, table, key)
    case 'PATCH':
      return upsert(instance, call, table, key)
    case 'DELETE':
      return remove(instance, call, table, key)
    default:
      throw methodRefused(call.method)
  }
}

function retrieve(instance: Instance, call: Call, table: OrgTable, key: Key): ApiAnswer {
  const { org } = instance
  const refused = org.readRefusal(table.entitySet)
  if (refused !== null) throw new Refusal(refused)
  const found = org.find(table.entitySet, key)
  if ('code' in found) throw new Refusal(found)
  const etag = org.etag(table.entitySet, found.id)
  if (etag !== null && call.headers['if-none-match'] === etag) return { status: 304, headers: { ETag: etag }, body: '' }
  return entityAnswer(instance, call, table, found.id, 200)
}

/**
 * Without `return=representation` an update and a creation look the same, and the address is the one of the request, alternate key
 * and all. https://learn.microsoft.com/power-apps/developer/data-platform/use-upsert-insert-update-record
 */
function upsert(instance: Instance, call: Call, table: OrgTable, key: Key): ApiAnswer {
  queried(call, { ...table, rows: () => [] })
  const result = instance.org.upsert(table.entitySet, key, readBody(call, table.logicalName), writeOptionsOf(call))
  if (result.kind === 'error') throw new Refusal(result.error)
  const address = { 'OData-EntityId': `${call.base}/${call.path}` }
  if (!readPreferences(call.headers).representation) return noContent(address)
  const answer = entityAnswer(instance, call, table, result.id, result.kind === 'created' ? 201 : 200)
  return { ...answer, headers: { ...address, ...answer.headers } }
}

function remove(instance: Instance, call: Call, table: OrgTable, key: Key): ApiAnswer {
  const refused = instance.org.remove(table.entitySet, key, writeOptionsOf(call))
  if (refused !== null) throw new Refusal(refused)
  return noContent()
}
