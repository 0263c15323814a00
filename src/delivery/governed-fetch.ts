import { setTimeout as delay } from 'node:timers/promises'
import { DeliveryError, type QuotaRules } from '../core/index.ts'
import type { OrgQuota } from './org-quota.ts'

export interface GovernedFetchOptions {
  readonly crm: string
  readonly fetch: typeof globalThis.fetch
  readonly rules: QuotaRules
  readonly quota: Pick<OrgQuota, 'take' | 'note'>
  /** How long a request may wait for room, in ms; default 2,000. */
  readonly longestWaitMs?: number
}

/** A worker that waits longer keeps contacts locked, and uses up the time that its request has: longer waits are the queue's. */
const UsualWaitMs = 2_000
/** A hold for less would only be renewed at once. */
const LeastHoldMs = 1_000

/**
 * A `fetch` that asks for each request, retries and logins too, whether the org's window has room. Where it has none soon it rejects with a
 * `DeliveryError` (`rate_limited`), and nothing was sent.
 */
export function governedFetch({
  crm,
  fetch,
  rules,
  quota,
  longestWaitMs = UsualWaitMs,
}: GovernedFetchOptions): typeof globalThis.fetch {
  async function turn(requestClass: string, signal: AbortSignal | undefined): Promise<void> {
    let waited = 0
    for (;;) {
      const ms = await quota.take(requestClass)
      if (ms === 0) return
      if (waited + ms > longestWaitMs) throw usedUp(crm, ms)
      waited += ms
      await delay(ms, undefined, signal === undefined ? {} : { signal })
    }
  }

  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    const requestClass = rules.classOf(method, url.pathname)
    await turn(requestClass, init?.signal ?? undefined)
    try {
      const answer = await fetch(input, init)
      quota.note(requestClass, rules.read(answer.headers))
      return answer
    } catch (error) {
      // It may have arrived all the same.
      quota.note(requestClass, null)
      throw error
    }
  }
}

function usedUp(crm: string, ms: number): DeliveryError {
  return new DeliveryError(
    'rate_limited',
    `${crm}: Leadsync has sent as many requests as its account takes in this time. It goes on by itself.`,
    { retryAfterMs: Math.max(LeastHoldMs, ms) },
  )
}
