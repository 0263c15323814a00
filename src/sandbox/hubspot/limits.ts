import { randomUUID } from 'node:crypto'
import type { ApiAnswer } from '../exchange.ts'
import { json } from './answers.ts'

/** Defaults are those of a Professional account: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
export interface LimitOptions {
  readonly burst?: number
  readonly burstIntervalMs?: number
  readonly daily?: number
  readonly searchPerSecond?: number
}

export interface Limits {
  /** Counts one request, or answers 429 with the exceeded policy and counts nothing. */
  admit(isSearch: boolean): ApiAnswer | null
  /** The rate headers of an answer; search answers carry none. */
  headers(): Record<string, string>
  usage(): { readonly limit: number; readonly used: number }
  clear(): void
}

/** Counts requests in a rolling window (10 s), per second for search, and per day of the portal's time zone. */
export function createLimits(options: LimitOptions, timeZone: string, now: () => number): Limits {
  const burst = options.burst ?? 190
  const intervalMs = options.burstIntervalMs ?? 10_000
  const daily = options.daily ?? 625_000
  const searchPerSecond = options.searchPerSecond ?? 5
  const days = new Intl.DateTimeFormat('en-CA', { timeZone })
  let calls: number[] = []
  let searches: number[] = []
  let day = ''
  let today = 0

  function advance(): void {
    const at = now()
    calls = dropUntil(calls, at - intervalMs)
    searches = dropUntil(searches, at - 1000)
    const currentDay = days.format(at)
    if (currentDay !== day) today = 0
    day = currentDay
  }

  return {
    admit(isSearch) {
      advance()
      if (today >= daily) return refuse('DAILY', 'daily')
      if (calls.length >= burst) return refuse('TEN_SECONDLY_ROLLING', 'ten_secondly_rolling')
      if (isSearch && searches.length >= searchPerSecond) return refuse('SECONDLY', 'secondly')
      today += 1
      calls.push(now())
      if (isSearch) searches.push(now())
      return null
    },
    headers() {
      advance()
      const secondly = Math.max(1, Math.floor((burst * 1000) / intervalMs))
      return {
        'x-hubspot-ratelimit-max': String(burst),
        'x-hubspot-ratelimit-remaining': String(burst - calls.length),
        'x-hubspot-ratelimit-interval-milliseconds': String(intervalMs),
        'x-hubspot-ratelimit-daily': String(daily),
        'x-hubspot-ratelimit-daily-remaining': String(daily - today),
        'x-hubspot-ratelimit-secondly': String(secondly),
        'x-hubspot-ratelimit-secondly-remaining': String(Math.min(secondly, burst - calls.length)),
      }
    },
    usage() {
      advance()
      return { limit: daily, used: today }
    },
    clear() {
      calls = []
      searches = []
      today = 0
    },
  }
}

/** HubSpot's 429 has neither a `category` nor a `Retry-After`. */
function refuse(policyName: string, words: string): ApiAnswer {
  return json(429, {
    status: 'error',
    message: `You have reached your ${words} limit.`,
    errorType: 'RATE_LIMIT',
    correlationId: randomUUID(),
    policyName,
    requestId: randomUUID(),
  })
}

function dropUntil(times: number[], at: number): number[] {
  const first = times.findIndex((time) => time > at)
  if (first < 0) return []
  return first === 0 ? times : times.slice(first)
}
