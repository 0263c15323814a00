import type { ApiAnswer } from '../exchange.ts'
import { json } from './answers.ts'
import type { Call, Instance } from './instance.ts'
import { answerKeyed } from './keyed-records.ts'
import { answerRecord, createRecord } from './records.ts'
import { methodRefused, missing } from './refusals.ts'

/** Everything below `/sobjects`. Throws a `Refusal` for what Salesforce would refuse. */
export function answerSobjects(instance: Instance, call: Call): ApiAnswer {
  const [, name, second, third, ...more] = call.rest
  if (name === undefined) return listObjects(instance, call)
  // An object that doesn't exist and one that the user may not see look the same: an unknown address.
  const object = instance.org.object(name)?.name
  // A key with an unencoded slash in it has too many segments, and gets no better answer than this.
  if (object === undefined || more.length > 0) throw missing(instance)
  if (second === undefined) return answerObject(instance, call, object)
  if (second === 'describe' && third === undefined) return describeObject(instance, call, object)
  if (third !== undefined) return answerKeyed(instance, call, object, second, third)
  return answerRecord(instance, call, object, second)
}

function answerObject(instance: Instance, call: Call, object: string): ApiAnswer {
  const { method } = call.request
  if (method === 'POST') return createRecord(instance, call, object)
  if (method !== 'GET') throw methodRefused(method, 'GET,HEAD,POST')
  return json(200, { objectDescribe: summaries(instance, call).find((one) => one.name === object), recentItems: [] })
}

function describeObject(instance: Instance, call: Call, object: string): ApiAnswer {
  if (call.request.method !== 'GET') throw methodRefused(call.request.method, 'GET,HEAD')
  const description = instance.org.describe(object)
  if (description === null) throw missing(instance)
  return json(200, description)
}

function listObjects(instance: Instance, call: Call): ApiAnswer {
  if (call.request.method !== 'GET') throw methodRefused(call.request.method, 'GET,HEAD')
  return json(200, { encoding: 'UTF-8', maxBatchSize: 200, sobjects: summaries(instance, call) })
}

function summaries({ org }: Instance, { base }: Call): { readonly name: string }[] {
  return org.objects().map((object) => {
    const sobject = `${base}/sobjects/${object.name}`
    return { ...object, urls: { sobject, describe: `${sobject}/describe`, rowTemplate: `${sobject}/{ID}` } }
  })
}
