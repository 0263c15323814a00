/**
 * The closed taxonomy of what can go wrong with a delivery. A connector classifies once; nobody else looks at a CRM's answer.
 *
 * | code | who acts |
 * |---|---|
 * | `rate_limited`, `quota_exhausted`, `unavailable`, `conflict` | time |
 * | `unauthorized`, `misconfigured` | operator |
 * | `invalid`, `multiple_matches` | a person |
 * | `protocol` | us |
 */
export const DeliveryErrorCodes = [
  'rate_limited',
  'quota_exhausted',
  'unauthorized',
  'misconfigured',
  'unavailable',
  'conflict',
  'invalid',
  'multiple_matches',
  'protocol',
] as const
export type DeliveryErrorCode = (typeof DeliveryErrorCodes)[number]

export interface DeliveryErrorDetails {
  /** How long the CRM itself asked to wait, in ms; absent when it did not say. */
  readonly retryAfterMs?: number
  /** CRM field names that the CRM refused. */
  readonly fields?: readonly string[]
  /** HTTP status, for the operator; never used to decide anything outside the connector. */
  readonly status?: number
  /** The CRM's own code for what was wrong, of the form that its connector checks: never its text. For the operator, too. */
  readonly crmCode?: string
  /** The CRM's own id for the failed request, for its support. */
  readonly correlationId?: string
  /** The original exception, if there was one. It is never logged as it is: SDK messages carry bodies and headers. */
  readonly cause?: unknown
}

/**
 * Why a delivery did not succeed. `message` is a sentence for a person: what happened, in which field, what to do next. It is built
 * from our own words and the field names, never from the CRM's text or the lead's values: it is shown in job views and logs.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly code: DeliveryErrorCode
  readonly retryAfterMs: number | undefined
  readonly fields: readonly string[]
  readonly status: number | undefined
  readonly crmCode: string | undefined
  readonly correlationId: string | undefined

  constructor(code: DeliveryErrorCode, message: string, details: DeliveryErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.retryAfterMs = details.retryAfterMs
    this.fields = details.fields ?? []
    this.status = details.status
    this.crmCode = details.crmCode
    this.correlationId = details.correlationId
  }
}

/** What the queue does with a failed delivery. */
export type Disposition =
  | { readonly kind: 'hold'; readonly delayMs: number }
  | { readonly kind: 'block' }
  | { readonly kind: 'retry'; readonly delayMs: number | undefined; readonly spendsAttempt: boolean }
  | { readonly kind: 'park' }

const DefaultHoldMs = { rate_limited: 10_000, quota_exhausted: 15 * 60_000 }

/** Total over the taxonomy: what each class of error means for the queue (design §5). Delays in ms. */
export function disposition(error: DeliveryError): Disposition {
  switch (error.code) {
    case 'rate_limited':
    case 'quota_exhausted':
      return { kind: 'hold', delayMs: error.retryAfterMs ?? DefaultHoldMs[error.code] }
    case 'unauthorized':
    case 'misconfigured':
      return { kind: 'block' }
    case 'unavailable':
      return { kind: 'retry', delayMs: error.retryAfterMs, spendsAttempt: false }
    case 'conflict':
      return { kind: 'retry', delayMs: error.retryAfterMs, spendsAttempt: true }
    case 'invalid':
    case 'multiple_matches':
    case 'protocol':
      return { kind: 'park' }
  }
}
