import { Client } from '@hubspot/api-client'
import { type ConnectorDependencies, DeliveryError } from '../../src/core/index.ts'
import { withoutTrailingSlash } from '../kit/base-url.ts'
import { type Exchange, exchange } from '../kit/exchange.ts'
import { parseJson } from '../kit/json.ts'
import { shortRetry } from '../kit/short-retry.ts'
import { createAllowance } from './allowance.ts'
import { type Refusal, refusalOf, sentence } from './errors.ts'
import { type Paths, pathsOf, withoutPeople } from './paths.ts'
import type { Settings } from './settings.ts'

/** The JSON of a 2xx, or why there is none. */
export type Reply =
  | { readonly kind: 'ok'; readonly body: unknown; readonly status: number }
  | ({ readonly kind: 'refused' } & Refusal)

export interface Api {
  readonly paths: Paths
  get(path: string, signal: AbortSignal): Promise<Reply>
  /** Only for requests that may be made twice: it tries again by itself. */
  post(path: string, body: object | undefined, signal: AbortSignal): Promise<Reply>
  /** For requests that make something each time they are sent: one try. Without an answer it may have happened all the same. */
  create(path: string, body: object, signal: AbortSignal): Promise<Reply>
}

const Spent = {
  burst: ['rate_limited', 'the requests of these ten seconds are used up.'],
  day: [
    'quota_exhausted',
    "the account's daily requests are used up, by all its apps together. It goes on at midnight in the portal's time zone.",
  ],
} as const

/**
 * HubSpot's SDK, through `apiRequest` only: its typed calls know just the numbered API versions, and lose the status of a 5xx that has no
 * content type. Its retries and limiter stay off; they live in a process-wide singleton that the last made client decides over.
 */
export function createApi(
  settings: Settings,
  dependencies: ConnectorDependencies,
  org: { readonly timeZone: string | null },
): Api {
  const { crm, fetch, log, now } = dependencies
  const baseUrl = withoutTrailingSlash(settings.baseUrl)
  const allowance = createAllowance(now)
  const client = new Client({ accessToken: settings.token, basePath: baseUrl, numberOfApiCallRetries: 0 })

  async function once(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<Exchange> {
    const started = now()
    const send = () => client.apiRequest({ method, path, body })
    const result = await exchange(send, { fetch, baseUrl, signal, timeoutMs: settings.timeoutMs })
    if (result.kind === 'answer') allowance.note(result.headers, org.timeZone)
    log.debug(
      {
        crm,
        method,
        path: withoutPeople(path),
        status: result.kind === 'answer' ? result.status : result.kind,
        ms: now() - started,
      },
      'HubSpot request',
    )
    return result
  }

  async function call(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<Reply> {
    return spentReply() ?? replyOf(await shortRetry(() => once(method, path, body, signal), retryFloor, signal))
  }

  /** What HubSpot would answer, without asking it. */
  function spentReply(): Reply | null {
    const spent = allowance.spent()
    if (spent === null) return null
    const [code, say] = Spent[spent.what]
    return { kind: 'refused', error: new DeliveryError(code, sentence(crm, say), { retryAfterMs: spent.forMs }), reach: 'org' }
  }

  function replyOf(result: Exchange): Reply {
    if (result.kind !== 'answer' || result.status < 200 || result.status > 299) {
      return { kind: 'refused', ...refusalOf(result, { crm, now: now(), timeZone: org.timeZone }) }
    }
    const json = parseJson(result.text)
    if (json !== undefined) return { kind: 'ok', body: json, status: result.status }
    // A proxy, a maintenance page: parking a whole batch for it would need a person for what time mends.
    const error = new DeliveryError(
      'unavailable',
      sentence(crm, 'its answer is not JSON. It is tried again; if that lasts, check that baseUrl is HubSpot itself.'),
      { status: result.status },
    )
    return { kind: 'refused', error, reach: 'org' }
  }

  return {
    paths: pathsOf(settings.apiVersion),
    get: (path, signal) => call('GET', path, undefined, signal),
    post: (path, body, signal) => call('POST', path, body, signal),
    create: async (path, body, signal) => spentReply() ?? replyOf(await once('POST', path, body, signal)),
  }
}

// Never after a 429: each further request is one more that HubSpot counts. Not after a timeout either: that time is spent already.
function retryFloor(result: Exchange): number | null {
  if (result.kind === 'network') return 0
  if (result.kind !== 'answer' || result.headers.has('retry-after')) return null
  if (result.status === 423) return 2_000
  return result.status >= 500 ? 0 : null
}
