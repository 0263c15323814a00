import type { ApiAnswer } from '../exchange.ts'
import { json } from './answers.ts'
import { CustomFieldInput, readBody } from './bodies.ts'
import type { Call, Instance } from './instance.ts'
import { methodRefused, missing } from './refusals.ts'
import { rowRefused } from './row-answers.ts'

/**
 * `POST /tooling/sobjects/CustomField`: adds a field, which nobody sees until a permission set grants it.
 * https://developer.salesforce.com/docs/atlas.en-us.api_tooling.meta/api_tooling/tooling_api_objects_customfield.htm
 */
export function answerTooling(instance: Instance, call: Call): ApiAnswer {
  const [, area, object, ...more] = call.rest
  if (area !== 'sobjects' || object !== 'CustomField' || more.length > 0) throw missing(instance)
  if (call.request.method !== 'POST') throw methodRefused(call.request.method, 'POST')
  const { FullName, Metadata } = readBody(call.request, CustomFieldInput)
  const result = instance.org.addCustomField(FullName, Metadata)
  if (!result.success) return rowRefused(result.errors)
  return json(201, { id: result.id, success: true, errors: [], warnings: [], infos: [] })
}
