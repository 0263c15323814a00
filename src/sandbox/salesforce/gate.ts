import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { json, page, problemAnswer } from './answers.ts'
import { dispatch } from './dispatch.ts'
import { answerIdentity, sessionOf } from './identity.ts'
import type { Instance } from './instance.ts'
import { newestVersion, oldestVersion, parseRoute } from './route.ts'
import { answerToken } from './token-endpoint.ts'

/** https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm */
const longestAddress = 16_384

/** Order as in front of Salesforce: length, version, token, daily limit, then the handler. A refused token counts against no limit. */
export function answerRequest(instance: Instance, request: ApiRequest): ApiAnswer {
  if (request.target.length > longestAddress) return page(414, 'URI Too Long')
  if (request.target.length + headerBytes(request) > longestAddress) return page(431, 'Request Header Fields Too Large')
  if (request.path === '/services/oauth2/token') return answerToken(instance, request)
  if (request.path === '/services/oauth2/userinfo' || request.path.startsWith('/id/')) return answerIdentity(instance, request)
  if (/^\/services\/data\/?$/.test(request.path)) return versions()
  return answerVersioned(instance, request)
}

function answerVersioned(instance: Instance, request: ApiRequest): ApiAnswer {
  const route = parseRoute(request.path)
  if (route === null || route.version > newestVersion) return notFound(instance)
  if (route.version < oldestVersion) {
    return problemAnswer({ status: 410, errorCode: 'UNSUPPORTED_API_VERSION', message: 'API version has been retired' })
  }
  const { authorization } = request.headers
  if (authorization !== undefined && !/^(Bearer|OAuth) /i.test(authorization)) {
    return problemAnswer({ status: 401, errorCode: 'INVALID_AUTH_HEADER', message: 'INVALID_HEADER_TYPE' })
  }
  const session = sessionOf(instance, request)
  if (session === null) {
    return problemAnswer({ status: 401, errorCode: 'INVALID_SESSION_ID', message: instance.words.sessionExpired })
  }
  const admitted = instance.limits.admit()
  // An assumption: Salesforce doesn't say whether /limits still answers beyond the limit, and a client has nothing else to poll.
  const isOver = !admitted && route.rest[0] !== 'limits'
  const answer = isOver ? overLimit(instance) : dispatch(instance, { ...route, request, userId: session.userId })
  return { ...answer, headers: { 'Sforce-Limit-Info': apiUsage(instance), ...answer.headers } }
}

function apiUsage({ limits }: Instance): string {
  const { used, max } = limits.usage()
  return `api-usage=${used}/${max}`
}

/** 403 and no Retry-After: Salesforce has no 429. */
function overLimit({ words }: Instance): ApiAnswer {
  return problemAnswer({ status: 403, errorCode: 'REQUEST_LIMIT_EXCEEDED', message: words.dailyLimit })
}

function notFound({ words }: Instance): ApiAnswer {
  return problemAnswer({ status: 404, errorCode: 'NOT_FOUND', message: words.notFound })
}

/** The one resource that needs no token. */
function versions(): ApiAnswer {
  const numbers = Array.from({ length: newestVersion - oldestVersion + 1 }, (_, index) => oldestVersion + index)
  return json(
    200,
    numbers.map((number) => ({ label: `v${number}`, url: `/services/data/v${number}.0`, version: `${number}.0` })),
  )
}

function headerBytes({ headers }: ApiRequest): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length + 4, 0)
}
