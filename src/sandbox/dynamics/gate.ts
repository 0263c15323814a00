import { randomUUID } from 'node:crypto'
import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { type Address, readAddress } from './address.ts'
import { page, problemAnswer } from './answers.ts'
import { answerBatch } from './batch.ts'
import { dispatch } from './dispatch.ts'
import type { Call, Headers, Instance } from './instance.ts'
import type { Throttle } from './limits.ts'

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors#maximum-url-length */
const longestAddress = 32_768
const versions = new Set(['9.0', '9.1', '9.2'])

/** Order as in front of Dataverse: address, token, service protection limits, membership, then the handler. Refused tokens count against no limit. */
export function answerRequest(instance: Instance, request: ApiRequest): ApiAnswer {
  const address = readAddress(request.target)
  if (address === null) return page(404, 'Not Found')
  if (request.target.length > longestAddress) return page(414, 'URI Too Long')
  if (!versions.has(address.version)) return page(404, 'Not Found')
  if (!instance.access.admits(request.headers.authorization)) return unauthorized(request)
  const throttle = instance.limits.admit()
  const answer = throttle === null ? answerAdmitted(instance, request, address) : throttled(throttle)
  return { ...answer, headers: { ...commonHeaders(instance), ...answer.headers } }
}

function answerAdmitted(instance: Instance, request: ApiRequest, address: Address): ApiAnswer {
  const user = instance.org.whoAmI(instance.clientId)
  if ('code' in user) return problemAnswer(user)
  const call: Call = {
    method: request.method,
    base: origin(request) + address.root,
    path: address.path,
    query: address.query,
    headers: singleHeaders(request),
    body: request.body,
    userId: user.userId,
    faultInside: request.faultInside,
  }
  return call.path === '$batch' ? answerBatch(instance, call) : dispatch(instance, call)
}

/** Empty, but for where tokens are to be had. */
function unauthorized(request: ApiRequest): ApiAnswer {
  const authority = 'https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/oauth2/authorize'
  const challenge = `Bearer authorization_uri=${authority}, resource_id=${origin(request)}/`
  return { status: 401, headers: { 'WWW-Authenticate': challenge, REQ_ID: randomUUID() }, body: '' }
}

function throttled({ problem, retryAfter }: Throttle): ApiAnswer {
  const answer = problemAnswer(problem)
  return { ...answer, headers: { ...answer.headers, 'Retry-After': String(retryAfter) } }
}

function commonHeaders({ limits, dopHint }: Instance): Record<string, string> {
  const left = limits.left()
  return {
    'OData-Version': '4.0',
    'x-ms-service-request-id': randomUUID(),
    'x-ms-ratelimit-burst-remaining-xrm-requests': String(left.requests),
    'x-ms-ratelimit-time-remaining-xrm-requests': String(left.executionMs),
    ...(dopHint === null ? {} : { 'x-ms-dop-hint': String(dopHint) }),
  }
}

function origin(request: ApiRequest): string {
  return `http://${request.headers.host ?? '127.0.0.1'}`
}

function singleHeaders({ headers }: ApiRequest): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}
