import { DeliveryError } from '../../src/core/index.ts'
import { absenceOf } from '../kit/absence.ts'
import { isBareRefusal } from '../kit/bare.ts'
import type { Reach } from '../kit/bisect.ts'
import type { Exchange } from '../kit/exchange.ts'
import { retryAfterMs } from '../kit/retry-after.ts'
import { msUntilMidnight } from './portal-time.ts'
import { problemId, problemsOf } from './problems.ts'
import { type Rule, Rules, Unknown } from './rules.ts'
import { WireError } from './wire.ts'

/** Why a request, or a row of one, was not done. */
export interface Refusal {
  readonly error: DeliveryError
  readonly reach: Reach
  /** The row of docs/errors.md; absent where nothing was answered. */
  readonly rule?: string
  /** It gives no reason. */
  readonly isBare?: boolean
  /** The contact that HubSpot says stands in the way of a conflict. */
  readonly existingId?: string
}

/** What the judgement needs besides the answer. */
export interface Circumstances {
  readonly crm: string
  readonly now: number
  /** The portal's, where known: its daily quota ends at its midnight. */
  readonly timeZone: string | null
}

// Rows of a batch answer carry no HTTP status of their own.
const StatusOfCategory: Readonly<Record<string, number>> = {
  VALIDATION_ERROR: 400,
  INVALID_AUTHENTICATION: 401,
  EXPIRED_AUTHENTICATION: 401,
  MISSING_SCOPES: 403,
  OBJECT_NOT_FOUND: 404,
  CONFLICT: 409,
  OBJECT_ALREADY_EXISTS: 409,
  RATE_LIMITS: 429,
  INTERNAL_ERROR: 500,
}

/** Classifies an answer that is not 2xx, and the absence of one. */
export function refusalOf(exchange: Exchange, circumstances: Circumstances): Refusal {
  if (exchange.kind !== 'answer') return { error: absenceOf(exchange, (say) => sentence(circumstances.crm, say)), reach: 'org' }
  const body = errorBody(exchange.text)
  const refusal = judge(body, exchange.status, exchange.headers, circumstances)
  // A 500 in HubSpot's own words says no more than one without: "internal error".
  const hasReason = exchange.status < 500 && (body.category !== undefined || body.message !== undefined)
  return isBareRefusal(exchange, hasReason) ? { ...refusal, isBare: true } : refusal
}

/** Classifies one row of a batch answer's `errors`. */
export function rowRefusalOf(row: WireError, circumstances: Circumstances): Refusal {
  return judge(row, StatusOfCategory[row.category ?? ''] ?? 207, new Headers(), circumstances)
}

/** An answer that can't be so: our defect or theirs, never a success. */
export function protocolError(crm: string, say: string, status?: number): DeliveryError {
  return new DeliveryError('protocol', sentence(crm, say), status === undefined ? {} : { status })
}

/** Every message of this connector begins with the kind of CRM and its name. */
export function sentence(crm: string, say: string): string {
  return `HubSpot (${crm}): ${say}`
}

function judge(body: WireError, status: number, headers: Headers, circumstances: Circumstances): Refusal {
  const { crm } = circumstances
  const correlation = (body.correlationId ?? headers.get('x-hubspot-correlation-id') ?? '').match(/^[\w-]{1,64}$/)?.[0]
  const problems = status === 400 ? problemsOf(body) : null
  const crmCode = problems?.codes[0] ?? body.category?.match(/^[A-Z][A-Z0-9_]{2,80}$/)?.[0]
  const details = {
    status,
    ...(correlation === undefined ? {} : { correlationId: correlation }),
    ...(crmCode === undefined ? {} : { crmCode }),
  }
  if (problems) {
    return {
      error: new DeliveryError(problems.code, sentence(crm, problems.say), { ...details, fields: problems.fields }),
      reach: problems.reach,
      rule: problemId(problems.codes[0] ?? null),
    }
  }
  const policy = body.policyName ?? spentPolicy(headers)
  const rule = Rules.find((one) => fits(one, status, body, policy)) ?? Unknown
  const delay = retryAfterMs(headers, circumstances.now) ?? ownDelay(rule, headers, circumstances)
  const say = rule.say.replace('{status}', `status ${status}`).replace('{scopes}', scopesOf(body))
  const error = new DeliveryError(
    rule.code,
    sentence(crm, say),
    delay === undefined ? details : { ...details, retryAfterMs: delay },
  )
  const existingId = rule.code === 'conflict' ? body.message?.match(/Existing ID:\s*(\d{1,20})/i)?.[1] : undefined
  return { error, reach: rule.reach, rule: rule.id, ...(existingId === undefined ? {} : { existingId }) }
}

/** Gateways answer a 429 without a body: then the headers say whether it is the day or the ten seconds that are used up. */
function spentPolicy(headers: Headers): string | undefined {
  return headers.get('x-hubspot-ratelimit-daily-remaining') === '0' ? 'DAILY' : undefined
}

function fits(rule: Rule, status: number, body: WireError, policy: string | undefined): boolean {
  const [from, to] = typeof rule.status === 'number' ? [rule.status, rule.status] : rule.status
  if (status < from || status > to) return false
  if (rule.category !== undefined && rule.category !== body.category) return false
  if (rule.policy !== undefined && rule.policy !== policy) return false
  return rule.text === undefined || rule.text.test(body.message ?? '')
}

function ownDelay(rule: Rule, headers: Headers, circumstances: Circumstances): number | undefined {
  if (typeof rule.delay === 'number' || rule.delay === undefined) return rule.delay
  if (rule.delay === 'midnight') return msUntilMidnight(circumstances.now, circumstances.timeZone)
  const interval = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds'))
  return interval >= 1_000 && interval <= 60_000 ? interval : 10_000
}

function scopesOf(body: WireError): string {
  const named = body.errors.flatMap((part) => part.context.requiredScopes ?? [])
  const scopes = [...new Set(named)].filter((scope) => /^[a-z][a-z_.-]{2,80}$/.test(scope))
  return scopes.length === 0 ? '' : ` (${scopes.join(', ')})`
}

// Gateways answer with HTML or nothing at all: then the status alone decides.
function errorBody(text: string): WireError {
  try {
    return WireError.parse(JSON.parse(text))
  } catch {
    return WireError.parse({})
  }
}
