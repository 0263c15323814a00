import type { ApiAnswer } from '../exchange.ts'
import { json, noContent, Refusal } from './answers.ts'
import { readBody } from './bodies.ts'
import type { Call, Instance } from './instance.ts'
import { nextQuery } from './odata/query.ts'
import type { OrgTable } from './org/org.ts'
import { readPreferences } from './preferences.ts'
import { methodRefused } from './refusals.ts'
import { appliedHeader, contextOf, entityAnswer, queried, withAnnotations } from './views.ts'
import { writeOptionsOf } from './write-options.ts'

/** `GET leads?…` and `POST leads`. A PATCH of a whole table is refused, as Dataverse refuses it. */
export function answerCollection(instance: Instance, call: Call, table: OrgTable): ApiAnswer {
  if (call.method === 'GET') return list(instance, call, table)
  if (call.method === 'POST') return create(instance, call, table)
  throw methodRefused(call.method)
}

function list(instance: Instance, call: Call, table: OrgTable): ApiAnswer {
  const refused = instance.org.readRefusal(table.entitySet)
  if (refused !== null) throw new Refusal(refused)
  const preferences = readPreferences(call.headers)
  const maxPageSize = Math.min(preferences.maxPageSize ?? instance.maxPageSize, instance.maxPageSize)
  const { rows, next, count } = queried(call, table, { maxPageSize, preferred: preferences.maxPageSize !== null })
  const value = {
    '@odata.context': contextOf(call, table.entitySet),
    ...(count === null ? {} : { '@odata.count': count }),
    value: rows.map((row) => withAnnotations(instance, table, row, preferences)),
    ...(next === null ? {} : { '@odata.nextLink': `${call.base}/${call.path}?${nextQuery(call.query, next)}` }),
  }
  return json(200, value, appliedHeader(preferences))
}

function create(instance: Instance, call: Call, table: OrgTable): ApiAnswer {
  queried(call, { ...table, rows: () => [] })
  const result = instance.org.create(table.entitySet, readBody(call, table.logicalName), writeOptionsOf(call))
  if (result.kind === 'error') throw new Refusal(result.error)
  const address = `${call.base}/${table.entitySet}(${result.id})`
  const made = { Location: address, 'OData-EntityId': address }
  if (!readPreferences(call.headers).representation) return noContent(made)
  const answer = entityAnswer(instance, call, table, result.id, 201)
  return { ...answer, headers: { ...made, ...answer.headers } }
}
