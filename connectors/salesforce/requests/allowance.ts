import { retryAfterMs } from '../../kit/retry-after.ts'
import { createSingleFlight, Left } from '../../kit/single-flight.ts'

export interface Usage {
  readonly used: number
  readonly limit: number
}

/** Why nothing may be sent now, and for how long, in ms. */
export interface Spent {
  readonly what: 'day' | 'moment'
  readonly forMs: number
}

/** What `GET /limits` said of the day's requests. `refused`: it met a limit itself; `unknown`: the user may not read it. */
export type DayLeft = 'some' | 'none' | 'refused' | 'unknown'

export interface Allowance {
  /** Reads the headers of an answer, whatever its status. */
  note(headers: Headers): void
  usage(): Usage | null
  /** Null when something may be sent. After a day's hold the org is asked first, once for all callers. */
  spent(signal: AbortSignal): Promise<Spent | null>
  /** After REQUEST_LIMIT_EXCEEDED with these headers: which limit it was, which then holds. */
  exceeded(headers: Headers, signal: AbortSignal): Promise<Spent>
}

// The window of 24 hours rolls, so something comes back all the time, but every refused request counts as well. Concurrent requests are
// those that run for more than 20 s already: one of them ends soon.
const DefaultMs = { day: 15 * 60_000, moment: 5_000 }

/** Not certain: nothing has counted. The queue waits all the same; who comes earlier has `/limits` asked first. */
interface Verdict {
  readonly what: Spent['what']
  readonly isCertain: boolean
}

/**
 * Follows what Salesforce says is used up. A full count by itself stops nothing: the limit is soft, and Salesforce lets orgs go over it for a while.
 * https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm
 */
export function createAllowance(now: () => number, ask: (signal: AbortSignal) => Promise<DayLeft>): Allowance {
  const until = { day: 0, moment: 0 }
  const since = { day: 0, moment: 0 }
  let usage: Usage | null = null
  const askOnce = createSingleFlight(ask)

  function standing(): Spent | null {
    const at = now()
    for (const what of ['day', 'moment'] as const) {
      // The clock was set back: the hold begins anew, instead of lasting until the clock is where it was.
      if (at < since[what]) [since[what], until[what]] = [at, at + until[what] - since[what]]
      if (until[what] > at) return { what, forMs: until[what] - at }
    }
    return null
  }

  function hold({ what, isCertain }: Verdict, forMs: number): Spent {
    since[what] = now()
    until[what] = since[what] + (isCertain ? forMs : 0)
    return { what, forMs }
  }

  /** Both limits have one code, and the text is for people. Where nothing can be told, the longer wait is the safer one. */
  async function verdictOf(headers: Headers, signal: AbortSignal): Promise<Verdict> {
    if (isUsedUp(headers)) return { what: 'day', isCertain: true }
    if (usageIn(headers) !== null) return { what: 'moment', isCertain: true }
    if (usage !== null && usage.used >= usage.limit) return { what: 'day', isCertain: true }
    const left = await askOnce(signal)
    return left === 'some' ? { what: 'moment', isCertain: true } : { what: 'day', isCertain: left === 'none' }
  }

  return {
    note(headers) {
      usage = usageIn(headers) ?? usage
    },
    usage: () => usage,
    async spent(signal) {
      const held = standing()
      if (held !== null || until.day === 0) return held
      const left = await askOnce(signal)
      if (left === 'none' || left === 'refused') {
        return standing() ?? hold({ what: 'day', isCertain: left === 'none' }, DefaultMs.day)
      }
      if (left !== Left) until.day = 0
      return null
    },
    async exceeded(headers, signal) {
      const held = standing()
      if (held !== null) return held
      const verdict = await verdictOf(headers, signal)
      // Callers that were refused together have asked together: the first to get here holds for all.
      return standing() ?? hold(verdict, retryAfterMs(headers, now()) ?? DefaultMs[verdict.what])
    },
  }
}

/** `api-usage=18/15000; per-app-api-usage=17/250(appName=x)`: an app may have a share of its own. */
function countsIn(headers: Headers): { readonly name: string; readonly used: number; readonly limit: number }[] {
  const text = headers.get('sforce-limit-info') ?? ''
  return [...text.matchAll(/([a-z-]+)=(\d{1,12})\/(\d{1,12})/g)].map(([, name, used, limit]) => ({
    name: name ?? '',
    used: Number(used),
    limit: Number(limit),
  }))
}

/** What the org has used of its 24 hours; null where the answer does not say. */
export function usageIn(headers: Headers): Usage | null {
  const count = countsIn(headers).find(({ name }) => name === 'api-usage')
  return count === undefined ? null : { used: count.used, limit: count.limit }
}

function isUsedUp(headers: Headers): boolean {
  return countsIn(headers).some(({ used, limit }) => used >= limit)
}
