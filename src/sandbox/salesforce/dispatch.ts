import type { ApiAnswer } from '../exchange.ts'
import { json, Refusal } from './answers.ts'
import { answerCollections } from './collections.ts'
import { answerComposite } from './composite.ts'
import { identityUrl } from './identity.ts'
import type { Call, Instance } from './instance.ts'
import { answerQuery } from './query-endpoint.ts'
import { methodRefused, missing } from './refusals.ts'
import { answerSobjects } from './sobjects.ts'
import { answerTooling } from './tooling.ts'

/** Hands one admitted request to its handler; what Salesforce would refuse comes back as the answer that says so. */
export function dispatch(instance: Instance, call: Call): ApiAnswer {
  try {
    return answerArea(instance, call)
  } catch (error) {
    if (error instanceof Refusal) return error.answer
    throw error
  }
}

function answerArea(instance: Instance, call: Call): ApiAnswer {
  const [area, second] = call.rest
  switch (area) {
    case undefined:
      return resources(instance, only(call, 'GET'))
    case 'limits':
      return limits(instance, only(call, 'GET'))
    case 'query':
    case 'queryAll':
      return answerQuery(instance, only(call, 'GET'))
    case 'sobjects':
      return answerSobjects(instance, call)
    case 'composite':
      if (second === 'sobjects') return answerCollections(instance, call)
      if (second === undefined) return answerComposite(instance, call, (subcall) => dispatch(instance, subcall))
      throw missing(instance)
    case 'tooling':
      return answerTooling(instance, call)
    default:
      throw missing(instance)
  }
}

function resources({ org }: Instance, { base, request, userId }: Call): ApiAnswer {
  const names = ['composite', 'limits', 'query', 'queryAll', 'sobjects', 'tooling']
  const identity = identityUrl(request, org.organizationId, userId)
  return json(200, { ...Object.fromEntries(names.map((name) => [name, `${base}/${name}`])), identity })
}

/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_limits.htm */
function limits(instance: Instance, call: Call): ApiAnswer {
  if (call.rest.length > 1) throw missing(instance)
  const { used, max } = instance.limits.usage()
  return json(200, {
    DailyApiRequests: { Max: max, Remaining: Math.max(0, max - used) },
    DailyBulkV2QueryJobs: { Max: 10_000, Remaining: 10_000 },
    DataStorageMB: { Max: 1024, Remaining: 1000 },
    FileStorageMB: { Max: 1024, Remaining: 1000 },
  })
}

function only(call: Call, method: string): Call {
  if (call.request.method !== method) throw methodRefused(call.request.method, `${method},HEAD`)
  return call
}
