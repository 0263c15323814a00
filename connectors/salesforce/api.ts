import type { Connection } from 'jsforce/lib/connection.js'
import { z } from 'zod'
import { type ConnectorDependencies, DeliveryError } from '../../src/core/index.ts'
import { absenceOf } from '../kit/absence.ts'
import type { Exchange } from '../kit/exchange.ts'
import { parseJson } from '../kit/json.ts'
import { createSession } from '../kit/session.ts'
import { retryFloor, shortRetry } from '../kit/short-retry.ts'
import { createTokenSource, type Token, type TokenSettings } from './auth/token.ts'
import { codeOf, protocolError, type Refusal, refusalOf, sentence } from './errors.ts'
import { ApiVersion, createPaths, type Paths, withoutPeople } from './paths.ts'
import { createAllowance, type DayLeft, type Spent, type Usage } from './requests/allowance.ts'
import { brokenGateway } from './requests/short-failures.ts'
import { type Call, carry } from './requests/transport.ts'

/** The JSON of a 2xx (null where there is none), or why there is none. */
export type Reply =
  | { readonly kind: 'ok'; readonly status: number; readonly body: unknown }
  | ({ readonly kind: 'refused' } & Refusal)

export type Headers = Readonly<Record<string, string>>

export interface Api {
  readonly paths: Paths
  get(path: string, signal: AbortSignal): Promise<Reply>
  /** Only for requests that may be made twice: it tries again by itself (network, 5xx). */
  send(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: object | undefined,
    signal: AbortSignal,
    headers?: Headers,
  ): Promise<Reply>
  /** For requests that make something each time they are sent: one try. Without an answer it may have happened all the same. */
  create(method: 'POST' | 'PATCH', path: string, body: object, signal: AbortSignal, headers?: Headers): Promise<Reply>
  /** Ids of the org and of the user that the token is for; gets a token if there is none. Rejects with why there is none. */
  who(signal: AbortSignal): Promise<{ readonly org: string; readonly user: string }>
  /** The org's daily requests, as the last answer said; null before any. */
  usage(): Usage | null
}

const SpentSays = {
  day: [
    'quota_exhausted',
    "the org's requests of the last 24 hours are used up, by all its apps together. It is asked again every 15 minutes; Setup, System Overview shows the limit.",
  ],
  moment: ['rate_limited', 'too many of its requests run at once.'],
} as const

const LimitExceeded = 'REQUEST_LIMIT_EXCEEDED'
const LimitsAnswer = z.object({ DailyApiRequests: z.object({ Remaining: z.number() }) })

/** An exchange that took place, or why there was no token for it. */
type Sent = Exchange | { readonly kind: 'no-token'; readonly error: DeliveryError }

/**
 * jsforce, through `request` only and over our own transport. Its refreshing of tokens stays off, since it goes on for ever where every new
 * token is refused: here a call gets at most one new token, and callers that need one together get the same.
 */
export function createApi(settings: TokenSettings, dependencies: ConnectorDependencies): Api {
  const { crm, fetch, log, now } = dependencies
  const { timeoutMs } = settings
  const paths = createPaths()
  const session = createSession({
    mint: createTokenSource(settings, dependencies),
    cancelled: () => absenceOf({ kind: 'cancelled' }, (say) => sentence(crm, say)),
  })
  const connections = new WeakMap<Token, Connection>()
  const allowance = createAllowance(now, dayLeft)

  /**
   * jsforce is loaded when a request is to be made, as it takes longer than anything else at the start of every command. Not from 'jsforce' itself,
   * which also loads all that is built upon it.
   */
  async function connectionOf(token: Token): Promise<Connection> {
    const { Connection } = await import('jsforce/lib/connection.js')
    const { instanceUrl, accessToken } = token
    const connection =
      connections.get(token) ??
      new Connection({ instanceUrl, accessToken, version: ApiVersion, callOptions: { client: 'leadsync' } })
    connections.set(token, connection)
    return connection
  }

  async function once(token: Token, call: Call, signal: AbortSignal): Promise<Exchange> {
    const started = now()
    const result = await carry(await connectionOf(token), call, { fetch, signal, timeoutMs })
    if (result.kind === 'answer') allowance.note(result.headers)
    const status = result.kind === 'answer' ? result.status : result.kind
    log.debug({ crm, method: call.method, path: withoutPeople(call.path), status, ms: now() - started }, 'Salesforce request')
    return result
  }

  /** A function, so that the tries of one call share its one new token. */
  function authorized(call: Call, signal: AbortSignal): () => Promise<Sent> {
    let mayRenew = true
    return async () => {
      const token = await session.token(signal)
      if (token instanceof DeliveryError) return { kind: 'no-token', error: token }
      const sent = await once(token, call, signal)
      if (sent.kind !== 'answer' || sent.status !== 401 || !mayRenew) return sent
      mayRenew = false
      const fresh = await session.renewed(token, signal)
      return fresh instanceof DeliveryError ? { kind: 'no-token', error: fresh } : once(fresh, call, signal)
    }
  }

  async function request(call: Call, signal: AbortSignal, attempts: 'once' | 'again'): Promise<Reply> {
    const spent = await allowance.spent(signal)
    if (spent !== null) return spentReply(spent)
    const attempt = authorized(call, signal)
    const sent = await (attempts === 'once' ? attempt() : shortRetry(attempt, floorOf, signal))
    if (isLimitExceeded(sent)) return spentReply(await allowance.exceeded(sent.headers, signal))
    return replyOf(sent)
  }

  function replyOf(sent: Sent): Reply {
    if (sent.kind === 'no-token') return { kind: 'refused', error: sent.error, statusCode: null, fields: [] }
    if (sent.kind !== 'answer' || sent.status < 200 || sent.status > 299) {
      return { kind: 'refused', ...refusalOf(sent, { crm, now: now() }) }
    }
    const { status } = sent
    const body = sent.text === '' && status === 204 ? null : parseJson(sent.text)
    if (body !== undefined) return { kind: 'ok', body, status }
    return { kind: 'refused', error: brokenGateway(crm, status), statusCode: null, fields: [] }
  }

  function spentReply({ what, forMs }: Spent): Reply {
    const [code, say] = SpentSays[what]
    const error = new DeliveryError(code, sentence(crm, say), { retryAfterMs: forMs, status: 403 })
    return { kind: 'refused', error, statusCode: LimitExceeded, fields: [] }
  }

  /** Past the allowance, which asks for it. */
  async function dayLeft(signal: AbortSignal): Promise<DayLeft> {
    const sent = await authorized({ method: 'GET', path: paths.limits }, signal)()
    if (isLimitExceeded(sent)) return 'refused'
    const reply = replyOf(sent)
    const limits = reply.kind === 'ok' ? LimitsAnswer.safeParse(reply.body).data : undefined
    if (limits === undefined) return 'unknown'
    return limits.DailyApiRequests.Remaining > 0 ? 'some' : 'none'
  }

  return {
    paths,
    get: (path, signal) => request({ method: 'GET', path }, signal, 'again'),
    send: (method, path, body, signal, headers) => request({ method, path, body, headers }, signal, 'again'),
    create: (method, path, body, signal, headers) => request({ method, path, body, headers }, signal, 'once'),
    async who(signal) {
      const token = await session.token(signal)
      if (token instanceof DeliveryError) throw token
      if (token.who === null) throw protocolError(crm, 'its token does not say which org it is for. Please report it.')
      return token.who
    },
    usage: () => allowance.usage(),
  }
}

function isLimitExceeded(sent: Sent): sent is Extract<Exchange, { kind: 'answer' }> {
  return sent.kind === 'answer' && sent.status === 403 && codeOf(sent.text) === LimitExceeded
}

function floorOf(sent: Sent): number | null {
  return sent.kind === 'no-token' ? null : retryFloor(sent)
}
