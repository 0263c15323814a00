import { performance } from 'node:perf_hooks'
import type { OrgError } from './org/org.ts'
import { createWindow } from './window.ts'

/** Service protection limits of one user on one web server. https://learn.microsoft.com/power-apps/developer/data-platform/api-limits */
export interface LimitOptions {
  /** Requests in the window; default 6,000. A batch is one. */
  readonly requests?: number
  /** Milliseconds of execution in the window; default 1,200,000. */
  readonly executionMs?: number
  /** Requests at the same time; default 52. */
  readonly concurrent?: number
  /** Default 300,000. */
  readonly windowMs?: number
  /** What each operation (a batch has many) costs of `executionMs` beside the latency of its request; default 0. Nothing waits for it. */
  readonly operationMs?: number
}

export interface Throttle {
  readonly problem: OrgError
  /** Whole seconds. */
  readonly retryAfter: number
}

export interface Limits {
  /** Counts one request. Null: it may go on. A refused one counts for nothing. */
  admit(): Throttle | null
  /** Counts the execution time of one operation. */
  spend(): void
  /** What is left, for the answer's headers. */
  left(): { readonly requests: number; readonly executionMs: number }
  clear(): void
}

/**
 * Beyond the first two limits nothing gets in until the oldest of what was counted is out of the window, and who keeps asking waits a
 * second longer for each request: only a client that waits the whole Retry-After gets on. What was under way at the first refusal
 * (one second) is no asking. How much longer Dataverse makes it is not documented.
 */
export function createLimits(options: LimitOptions, latencyMs: number, now: () => number): Limits {
  const limit = { requests: 6000, executionMs: 1_200_000, concurrent: 52, windowMs: 300_000, operationMs: 0, ...options }
  const requests = createWindow(limit.windowMs, now)
  const execution = createWindow(limit.windowMs, now)
  // Real time, as the latency is: `now` may stand still while requests come and go.
  let endings: number[] = []
  let ban: { readonly problem: OrgError; readonly since: number; until: number } | null = null

  function reached(): { readonly problem: OrgError; readonly freeAt: number } | null {
    if (requests.sum() >= limit.requests) return { problem: tooMany(limit), freeAt: requests.firstEnds() }
    if (execution.sum() >= limit.executionMs) return { problem: tooLong(limit), freeAt: execution.firstEnds() }
    return null
  }

  function refuse(problem: OrgError, until: number): Throttle {
    return { problem, retryAfter: Math.max(1, Math.ceil((until - now()) / 1000)) }
  }

  return {
    admit() {
      if (ban !== null && now() < ban.until) {
        if (now() - ban.since > 1000) ban.until += 1000
        return refuse(ban.problem, ban.until)
      }
      const over = reached()
      ban = over === null ? null : { problem: over.problem, since: now(), until: over.freeAt }
      if (over !== null) return refuse(over.problem, over.freeAt)
      const at = performance.now()
      endings = endings.filter((ending) => ending > at)
      if (endings.length >= limit.concurrent) return refuse(tooConcurrent(limit), now() + latencyMs)
      if (latencyMs > 0) endings.push(at + latencyMs)
      requests.add(1)
      if (latencyMs > 0) execution.add(latencyMs)
      return null
    },
    spend() {
      if (limit.operationMs > 0) execution.add(limit.operationMs)
    },
    left: () => ({
      requests: Math.max(0, limit.requests - requests.sum()),
      executionMs: Math.max(0, limit.executionMs - execution.sum()),
    }),
    clear() {
      requests.clear()
      execution.clear()
      endings = []
      ban = null
    },
  }
}

type AllLimits = Required<LimitOptions>

function tooMany({ requests, windowMs }: AllLimits): OrgError {
  const message = `Number of requests exceeded the limit of ${requests} over time window of ${windowMs / 1000} seconds.`
  return { status: 429, code: '0x80072322', message }
}

function tooLong({ executionMs, windowMs }: AllLimits): OrgError {
  const limit = executionMs.toLocaleString('en')
  const message = `Combined execution time of incoming requests exceeded limit of ${limit} milliseconds over time window of ${windowMs / 1000} seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.`
  return { status: 429, code: '0x80072321', message }
}

function tooConcurrent({ concurrent }: AllLimits): OrgError {
  return { status: 429, code: '0x80072326', message: `Number of concurrent requests exceeded the limit of ${concurrent}.` }
}
