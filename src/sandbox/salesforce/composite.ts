import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { json, problemAnswer, Refusal } from './answers.ts'
import { CompositeInput, readBody, type Subrequest, unreadable } from './bodies.ts'
import type { Call, Instance } from './instance.ts'
import { DeadReference, resolve, valueAt } from './references.ts'
import { methodRefused } from './refusals.ts'
import { parseRoute } from './route.ts'

interface Subanswer {
  readonly referenceId: string
  readonly httpStatusCode: number
  readonly httpHeaders: Readonly<Record<string, string>>
  readonly body: unknown
}

/** How one subrequest is answered: as it would be alone. */
type Answering = (call: Call) => ApiAnswer

const mostSubrequests = 25
const mostLargeSubrequests = 5
/** All that a subrequest inherits; Sforce-Auto-Assign on the outside, say, is lost. */
const inheritedHeaders = ['accept', 'authorization', 'content-type'] as const

/**
 * `POST /composite`: up to 25 requests in one, in order, 200 whatever becomes of them.
 * https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite.htm
 */
export function answerComposite(instance: Instance, call: Call, answer: Answering): ApiAnswer {
  if (call.request.method !== 'POST') throw methodRefused(call.request.method, 'POST')
  const { compositeRequest, allOrNone } = readBody(call.request, CompositeInput)
  refuseTooMuch(compositeRequest)
  const run = () => runAll(call, compositeRequest, answer)
  if (!allOrNone) return json(200, { compositeResponse: run() })

  const answers = instance.org.atomically(() => {
    const value = run()
    const keep = value.every(isGood)
    return { keep, value: keep ? value : value.map(asRolledBack) }
  })
  return json(200, { compositeResponse: answers })
}

function runAll(call: Call, subrequests: readonly Subrequest[], answer: Answering): Subanswer[] {
  const answers = new Map<string, Subanswer>()
  for (const subrequest of subrequests) answers.set(subrequest.referenceId, runOne(call, subrequest, answers, answer))
  return [...answers.values()]
}

function runOne(call: Call, subrequest: Subrequest, earlier: ReadonlyMap<string, Subanswer>, answer: Answering): Subanswer {
  try {
    const { referenceId } = subrequest
    const { status, headers, body } = answer(subcall(call, subrequest, earlier))
    const { location } = headers
    const httpHeaders = location === undefined ? {} : { Location: location }
    return { referenceId, httpStatusCode: status, httpHeaders, body: body === '' ? null : JSON.parse(body) }
  } catch (error) {
    if (error instanceof DeadReference) return halted(subrequest.referenceId, error.message)
    throw error
  }
}

function subcall(call: Call, subrequest: Subrequest, earlier: ReadonlyMap<string, Subanswer>): Call {
  const lookup = (reference: string, path: string) => {
    const answered = earlier.get(reference)
    return answered !== undefined && isGood(answered) ? valueAt(answered.body, path) : undefined
  }
  const target = String(resolve(subrequest.url, lookup))
  const url = new URL(target, 'http://sandbox')
  const route = parseRoute(url.pathname)
  if (route === null) throw unreadable(`The url ${target} has to begin with /services/data/`)
  const body = subrequest.body === undefined ? '' : JSON.stringify(resolve(subrequest.body, lookup))
  const { method, httpHeaders } = subrequest
  const headers = { ...inherited(call.request), ...lowerCased(httpHeaders) }
  const { faultInside } = call.request
  const request = { method, path: url.pathname, target, query: url.searchParams, headers, body, faultInside }
  return { ...route, request, userId: call.userId }
}

function inherited({ headers }: ApiRequest): Record<string, string> {
  const kept = inheritedHeaders.flatMap((name) => {
    const value = headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(kept)
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function refuseTooMuch(subrequests: readonly Subrequest[]): void {
  if (subrequests.length > mostSubrequests) {
    throw tooMuch(`The request can't have more than ${mostSubrequests} subrequests`)
  }
  const large = subrequests.filter(({ url }) => /^\/services\/data\/v\d+\.0\/(query|queryAll|composite\/sobjects)\b/.test(url))
  if (large.length > mostLargeSubrequests) {
    throw tooMuch(`The request can't have more than ${mostLargeSubrequests} query and sObject Collections subrequests`)
  }
  if (new Set(subrequests.map(({ referenceId }) => referenceId)).size < subrequests.length) {
    throw unreadable('Every referenceId may stand once in the request only')
  }
}

/** That it is refused is documented; under which code is not. */
function tooMuch(message: string): Refusal {
  return new Refusal({ status: 400, errorCode: 'LIMIT_EXCEEDED', message })
}

function isGood({ httpStatusCode }: Subanswer): boolean {
  return httpStatusCode < 300
}

function asRolledBack(answer: Subanswer): Subanswer {
  if (!isGood(answer)) return answer
  return halted(answer.referenceId, 'The transaction was rolled back since another operation in the same transaction failed.')
}

function halted(referenceId: string, message: string): Subanswer {
  const { status, body } = problemAnswer({ status: 400, errorCode: 'PROCESSING_HALTED', message })
  return { referenceId, httpStatusCode: status, httpHeaders: {}, body: JSON.parse(body) }
}
