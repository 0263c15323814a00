import type { ApiAnswer } from '../exchange.ts'
import { json, Refusal } from './answers.ts'
import { IdCollection, RowCollection, readBody } from './bodies.ts'
import { type CollectionRow, failed, repeated, runRows, takeApart } from './collection-rows.ts'
import type { Call, Instance } from './instance.ts'
import type { RowResult } from './org/org.ts'
import { methodRefused, missing } from './refusals.ts'
import { rowOf } from './row-answers.ts'
import { upsertRows } from './upsert-rows.ts'
import { projected } from './views.ts'
import { writeOptions } from './write-options.ts'

const mostRows = 200
const mostReadRows = 2000

/**
 * Everything below `/composite/sobjects`: 200 however many rows failed, rows in the order in which they came.
 * https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm
 */
export function answerCollections(instance: Instance, call: Call): ApiAnswer {
  const [, , name, field, ...more] = call.rest
  const { method } = call.request
  if (name === undefined) return answerRows(instance, call)
  const object = instance.org.object(name)?.name
  if (object === undefined || more.length > 0) throw missing(instance)
  if (field === undefined) return readRows(instance, call, object)
  if (method !== 'PATCH') throw methodRefused(method, 'PATCH')
  const { rows, allOrNone } = readRowCollection(call)
  return rowsAnswer(upsertRows(instance, call, object, field, rows, allOrNone), true)
}

function answerRows(instance: Instance, call: Call): ApiAnswer {
  const { method } = call.request
  if (method === 'DELETE') return deleteRows(instance, call)
  if (method !== 'POST' && method !== 'PATCH') throw methodRefused(method, 'DELETE,PATCH,POST')
  const { rows, allOrNone } = readRowCollection(call)
  const options = writeOptions(call)
  if (method === 'PATCH') return rowsAnswer(updateRows(instance, call, rows, allOrNone), false)
  return rowsAnswer(
    runRows(instance, rows, allOrNone, ({ object, id, values }) =>
      instance.org.create(object, id === null ? values : { ...values, Id: id }, options),
    ),
    false,
  )
}

function updateRows(instance: Instance, call: Call, rows: readonly CollectionRow[], allOrNone: boolean): RowResult[] {
  const { org, words } = instance
  const options = writeOptions(call)
  const twice = repeated(rows.map(({ id }) => id?.slice(0, 15) ?? null))
  return runRows(instance, rows, allOrNone, ({ object, id, values }) => {
    if (id === null) return failed('MISSING_ARGUMENT', words.keyMissing('Id'), ['Id'])
    if (twice.has(id.slice(0, 15))) return failed('DUPLICATE_VALUE', words.idTwice(id))
    return org.update(object, id, values, options)
  })
}

/** The objects are told by the ids' first three characters. */
function deleteRows(instance: Instance, call: Call): ApiAnswer {
  const { query } = call.request
  const ids = (query.get('ids') ?? '').split(',').filter((id) => id !== '')
  refuseTooMany(ids.length, mostRows)
  const objects = new Map(instance.org.objects().map(({ name, keyPrefix }) => [keyPrefix, name]))
  const results = runRows(instance, ids, query.get('allOrNone') === 'true', (id) => {
    const object = objects.get(id.slice(0, 3))
    if (object === undefined) return failed('MALFORMED_ID', `malformed id ${id}`)
    return instance.org.remove(object, id)
  })
  return rowsAnswer(results, false)
}

/** Ids that nobody has, and deleted ones, are null in their place. */
function readRows(instance: Instance, call: Call, object: string): ApiAnswer {
  const { ids, fields } = wantedRows(call)
  refuseTooMany(ids.length, mostReadRows)
  const records = ids.map((id) => instance.org.read(object, id))
  return json(
    200,
    records.map((record) => (record === null ? null : projected(instance, call, object, record, fields))),
  )
}

function wantedRows(call: Call): { readonly ids: readonly string[]; readonly fields: readonly string[] } {
  const { method, query } = call.request
  if (method === 'POST') return readBody(call.request, IdCollection)
  if (method !== 'GET') throw methodRefused(method, 'GET,POST')
  return { ids: (query.get('ids') ?? '').split(','), fields: (query.get('fields') ?? 'Id').split(',') }
}

function readRowCollection(call: Call): { readonly rows: readonly CollectionRow[]; readonly allOrNone: boolean } {
  const { records, allOrNone } = readBody(call.request, RowCollection)
  refuseTooMany(records.length, mostRows)
  return { rows: records.map(takeApart), allOrNone }
}

function rowsAnswer(results: readonly RowResult[], withCreated: boolean): ApiAnswer {
  return json(
    200,
    results.map((one) => rowOf(one, withCreated)),
  )
}

function refuseTooMany(count: number, most: number): void {
  if (count <= most) return
  const message = `record limit reached. cannot submit more than ${most} records into this call`
  throw new Refusal({ status: 400, errorCode: 'EXCEEDED_ID_LIMIT', message })
}
