import type { ApiAnswer } from '../exchange.ts'
import { json, noContent, Refusal } from './answers.ts'
import { Row, readBody } from './bodies.ts'
import type { Call, Instance } from './instance.ts'
import { isAbsent, methodRefused, missing } from './refusals.ts'
import { rowRefused } from './row-answers.ts'
import { projected } from './views.ts'
import { writeOptions } from './write-options.ts'

/** `POST /sobjects/{object}`: makes one record. */
export function createRecord({ org }: Instance, call: Call, object: string): ApiAnswer {
  const { attributes: _, ...values } = readBody(call.request, Row)
  const result = org.create(object, values, writeOptions(call))
  if (!result.success) return rowRefused(result.errors)
  const location = `${call.base}/sobjects/${object}/${result.id}`
  return json(201, { id: result.id, success: true, errors: [] }, { location })
}

/** `/sobjects/{object}/{id}`: reads, changes and deletes one record. */
export function answerRecord(instance: Instance, call: Call, object: string, id: string): ApiAnswer {
  const { method } = call.request
  if (method === 'GET') return readRecord(instance, call, object, id)
  if (method === 'PATCH') return updateRecord(instance, call, object, id)
  if (method === 'DELETE') return deleteRecord(instance, object, id)
  throw methodRefused(method, 'DELETE,GET,HEAD,PATCH')
}

export function readRecord(instance: Instance, call: Call, object: string, id: string): ApiAnswer {
  const record = instance.org.read(object, id)
  if (record !== null) {
    const fields = call.request.query.get('fields')
    return json(200, projected(instance, call, object, record, fields === null ? null : fields.split(',')))
  }
  if (instance.org.presence(object, id) === 'deleted') {
    throw new Refusal({ status: 404, errorCode: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [] })
  }
  throw missing(instance)
}

/** Answers 204 without a body, where an upsert says what it did. */
export function updateRecord(instance: Instance, call: Call, object: string, id: string): ApiAnswer {
  const { attributes: _, ...values } = readBody(call.request, Row)
  if (Object.keys(values).some((name) => name.toLowerCase() === 'id')) {
    throw new Refusal({
      status: 400,
      errorCode: 'INVALID_FIELD',
      message: 'The Id field should not be specified in the sobject data.',
      fields: ['Id'],
    })
  }
  const result = instance.org.update(object, id, values, writeOptions(call))
  if (result.success) return noContent()
  if (isAbsent(instance, object, id)) throw missing(instance)
  return rowRefused(result.errors)
}

export function deleteRecord(instance: Instance, object: string, id: string): ApiAnswer {
  const result = instance.org.remove(object, id)
  if (result.success) return noContent()
  if (isAbsent(instance, object, id)) throw missing(instance)
  return rowRefused(result.errors)
}
