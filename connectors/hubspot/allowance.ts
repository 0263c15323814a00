import { msUntilMidnight } from './portal-time.ts'

/** What HubSpot said is left: until then a request would only be refused, and each refused one counts against the portal's share of errors. */
export interface Allowance {
  /** Reads the headers of an answer, whatever its status. */
  note(headers: Headers, timeZone: string | null): void
  /** Why nothing may be sent now, and for how long, in ms; null when something may. */
  spent(): { readonly what: 'burst' | 'day'; readonly forMs: number } | null
}

const DefaultIntervalMs = 10_000
/** Where the portal's time zone is not known yet. */
const DefaultDayMs = 60 * 60_000

/** Follows the live headers, since the limits differ by subscription. https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
export function createAllowance(now: () => number): Allowance {
  const holds = { burst: { from: 0, forMs: 0 }, day: { from: 0, forMs: 0 } }

  function left(what: 'burst' | 'day'): number {
    const hold = holds[what]
    // The clock was set back: the hold begins anew, instead of lasting until the clock is where it was.
    if (now() < hold.from) hold.from = now()
    return hold.from + hold.forMs - now()
  }

  return {
    note(headers, timeZone) {
      if (headers.get('x-hubspot-ratelimit-remaining') === '0') {
        const interval = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds'))
        holds.burst = { from: now(), forMs: interval > 0 ? interval : DefaultIntervalMs }
      }
      if (headers.get('x-hubspot-ratelimit-daily-remaining') === '0') {
        holds.day = { from: now(), forMs: msUntilMidnight(now(), timeZone) ?? DefaultDayMs }
      }
    },
    spent() {
      for (const what of ['day', 'burst'] as const) {
        const forMs = left(what)
        if (forMs > 0) return { what, forMs }
      }
      return null
    },
  }
}
