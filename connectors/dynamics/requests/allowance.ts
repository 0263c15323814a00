import { DeliveryError } from '../../../src/core/index.ts'
import type { Refusal } from '../errors.ts'
import type { Slots } from './slots.ts'

/** What Dynamics 365 asks of everybody who sends it requests. */
export interface Allowance {
  /** Reads the headers of an answer, whatever its status. */
  note(headers: Headers): void
  /** After a refusal, of a request or of a part of one; `startedAt` in ms. */
  refused(refusal: Refusal, startedAt: number): void
  /** The refusal that would come now, or null when something may be sent. */
  held(): DeliveryError | null
}

/** By these it says that fewer at once would have been fine; 0x80072322 is about their number alone. */
const TooMuchAtOnce = new Set(['0x80072321', '0x80072326', '0x80072327'])
const DefaultHoldMs = 10_000

/**
 * Nothing is sent before a whole `Retry-After` is over: each request in between makes it longer. The remaining-counts in the headers are of
 * one web server of several, so they steer nothing.
 * https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
 */
export function createAllowance(slots: Slots, now: () => number): Allowance {
  let from = 0
  let until = 0
  let said = ''
  return {
    note(headers) {
      slots.recommend(Number(headers.get('x-ms-dop-hint')))
    },
    refused({ error, code }, startedAt) {
      if (error.code !== 'rate_limited') return
      from = now()
      until = Math.max(until, from + (error.retryAfterMs ?? DefaultHoldMs))
      said = error.message
      if (code !== null && TooMuchAtOnce.has(code)) slots.lower(startedAt)
    },
    held() {
      const at = now()
      // The clock was set back: the hold begins anew, instead of lasting until the clock is where it was.
      if (at < from) [from, until] = [at, at + until - from]
      const retryAfterMs = until - at
      return retryAfterMs > 0 ? new DeliveryError('rate_limited', said, { retryAfterMs, status: 429 }) : null
    },
  }
}
