import type { ApiAnswer } from '../exchange.ts'
import { json, Refusal } from './answers.ts'
import { Row, readBody } from './bodies.ts'
import type { Call, Instance } from './instance.ts'
import { deleteRecord, readRecord, updateRecord } from './records.ts'
import { methodRefused, missing, noSuchKey } from './refusals.ts'
import { rowRefused } from './row-answers.ts'
import { writeOptions } from './write-options.ts'

/** `/sobjects/{object}/{field}/{value}`: one record by a key of its own. */
export function answerKeyed(instance: Instance, call: Call, object: string, field: string, value: string): ApiAnswer {
  const { method } = call.request
  if (method === 'PATCH') return upsertRecord(instance, call, object, field, value)
  if (method !== 'GET' && method !== 'DELETE') throw methodRefused(method, 'DELETE,GET,HEAD,PATCH')
  const ids = matches(instance, object, field, value)
  const [id, ...more] = ids
  if (id === undefined) throw missing(instance)
  if (more.length > 0) return multipleChoices(call, object, ids)
  return method === 'GET' ? readRecord(instance, call, object, id) : deleteRecord(instance, object, id)
}

/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_upsert.htm */
function upsertRecord(instance: Instance, call: Call, object: string, field: string, value: string): ApiAnswer {
  const { attributes: _, ...values } = readBody(call.request, Row)
  if (Object.keys(values).some((name) => name.toLowerCase() === field.toLowerCase())) {
    const message = `The ${field} field should not be specified in the sobject data.`
    throw new Refusal({ status: 400, errorCode: 'INVALID_FIELD', message, fields: [field] })
  }
  const ids = matches(instance, object, field, value)
  if (ids.length > 1) return multipleChoices(call, object, ids)
  if (ids.length === 0 && call.request.query.get('updateOnly') === 'true') throw missing(instance)
  if (field.toLowerCase() === 'id') return updateRecord(instance, call, object, value)

  const result = instance.org.upsert(object, field, { ...values, [field]: value }, writeOptions(call))
  if (result.success) {
    const { id, created } = result
    return json(created ? 201 : 200, { id, success: true, errors: [], created })
  }
  return 'matches' in result ? multipleChoices(call, object, result.matches) : rowRefused(result.errors)
}

function matches(instance: Instance, object: string, field: string, value: string): readonly string[] {
  if (field.toLowerCase() === 'id') return instance.org.presence(object, value) === 'absent' ? [] : [value]
  const ids = instance.org.lookUp(object, field, value)
  if (ids === null) throw noSuchKey(instance, field)
  return ids
}

/** The one answer that is neither success nor an error list: addresses to choose from. */
function multipleChoices(call: Call, object: string, ids: readonly string[]): ApiAnswer {
  return json(
    300,
    ids.map((id) => `${call.base}/sobjects/${object}/${id}`),
  )
}
