import { Client } from '@hubspot/api-client'
import type { ConnectorDependencies } from '../../src/core/index.ts'
import { withoutTrailingSlash } from '../kit/base-url.ts'
import { type Exchange, exchange } from '../kit/exchange.ts'
import { shortRetry } from '../kit/short-retry.ts'
import { protocolError, type Refusal, refusalOf } from './errors.ts'
import type { ApiVersion, Settings } from './settings.ts'

/** The JSON of a 2xx, or why there is none. */
export type Reply =
  | { readonly kind: 'ok'; readonly body: unknown; readonly status: number }
  | ({ readonly kind: 'refused' } & Refusal)

export interface Api {
  readonly paths: Paths
  get(path: string, signal: AbortSignal): Promise<Reply>
  /** Only for requests that may be made twice: it tries again by itself. */
  post(path: string, body: object, signal: AbortSignal): Promise<Reply>
}

export interface Paths {
  readonly read: string
  readonly update: string
  readonly upsert: string
  readonly properties: string
  readonly account: string
}

/** The only place that knows how HubSpot's two numbering schemes spell an address. */
function pathsOf(version: ApiVersion): Paths {
  const contacts = version === 'v3' ? '/crm/v3/objects/contacts' : `/crm/objects/${version}/contacts`
  return {
    read: `${contacts}/batch/read`,
    update: `${contacts}/batch/update`,
    upsert: `${contacts}/batch/upsert`,
    properties: version === 'v3' ? '/crm/v3/properties/contacts' : `/crm/properties/${version}/contacts`,
    account: `/account-info/${version}/details`,
  }
}

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
  const client = new Client({ accessToken: settings.token, basePath: baseUrl, numberOfApiCallRetries: 0 })

  async function once(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<Exchange> {
    const started = now()
    const send = () => client.apiRequest({ method, path, body })
    const result = await exchange(send, { fetch, baseUrl, signal, timeoutMs: settings.timeoutMs })
    // Paths carry no ids and no e-mails: everything goes through batch calls.
    log.debug(
      { crm, method, path, status: result.kind === 'answer' ? result.status : result.kind, ms: now() - started },
      'HubSpot request',
    )
    return result
  }

  async function call(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<Reply> {
    const result = await shortRetry(() => once(method, path, body, signal), retryFloor, signal)
    if (result.kind !== 'answer' || result.status < 200 || result.status > 299) {
      return { kind: 'refused', ...refusalOf(result, { crm, now: now(), timeZone: org.timeZone }) }
    }
    const json = parseJson(result.text)
    if (json !== undefined) return { kind: 'ok', body: json, status: result.status }
    const error = protocolError(
      crm,
      'it answered with something that is not JSON. Check that baseUrl is HubSpot itself.',
      result.status,
    )
    return { kind: 'refused', error, reach: 'org' }
  }

  return {
    paths: pathsOf(settings.apiVersion),
    get: (path, signal) => call('GET', path, undefined, signal),
    post: (path, body, signal) => call('POST', path, body, signal),
  }
}

// Never after a 429: each further request is one more that HubSpot counts. Not after a timeout either: that time is spent already.
function retryFloor(result: Exchange): number | null {
  if (result.kind === 'network') return 0
  if (result.kind !== 'answer' || result.headers.has('retry-after')) return null
  if (result.status === 423) return 2_000
  return result.status >= 500 ? 0 : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
