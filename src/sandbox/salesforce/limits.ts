export interface LimitOptions {
  /** API calls in any 24 hours; default 100,000. */
  readonly daily?: number
}

export interface Limits {
  /** Counts one call; false: the limit was reached before it. */
  admit(): boolean
  usage(): { readonly used: number; readonly max: number }
  clear(): void
}

const dayMs = 24 * 60 * 60 * 1000

/**
 * The org-wide request limit over a rolling 24 hours. A refused call counts for nothing, or a client that keeps asking would
 * never be let in again. https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm
 */
export function createLimits(options: LimitOptions, now: () => number): Limits {
  const max = options.daily ?? 100_000
  let calls: number[] = []
  let first = 0

  function used(): number {
    const since = now() - dayMs
    while (first < calls.length && (calls[first] ?? 0) <= since) first += 1
    // Cut off now and then only: at every call it would copy a whole day's times.
    if (first > 10_000) {
      calls = calls.slice(first)
      first = 0
    }
    return calls.length - first
  }

  return {
    admit() {
      if (used() >= max) return false
      calls.push(now())
      return true
    },
    usage: () => ({ used: used(), max }),
    clear() {
      calls = []
      first = 0
    },
  }
}
