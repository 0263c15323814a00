/** How many requests may be under way at once. */
export interface Slots {
  /** Waits for a slot and runs; an abort ends the waiting, and `run` is called all the same: it knows what an abort means. */
  within<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T>
  /** What the CRM recommends; never more than was configured. */
  recommend(count: number): void
  /** Half as many, at least one; then one more per minute. `startedAt`: of the request that was refused, in ms. */
  lower(startedAt: number): void
  limit(): number
}

const RecoveryMs = 60_000

export function createSlots(configured: number, now: () => number): Slots {
  const waiting = new Set<() => void>()
  let most = configured
  let lowered: { readonly to: number; readonly at: number } | null = null
  let busy = 0

  function limit(): number {
    if (lowered === null) return most
    // A clock that was set back must not leave less than none: nobody would be woken until it is where it was.
    const minutes = Math.max(0, Math.floor((now() - lowered.at) / RecoveryMs))
    return Math.min(most, lowered.to + minutes)
  }

  function wake(): void {
    for (const go of waiting) {
      if (busy >= limit()) return
      waiting.delete(go)
      busy += 1
      go()
    }
  }

  function slot(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    function leave(): void {
      if (!waiting.delete(resolve)) return
      busy += 1
      resolve()
    }
    waiting.add(resolve)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    wake()
    return promise.finally(() => signal.removeEventListener('abort', leave))
  }

  return {
    async within(signal, run) {
      await slot(signal)
      try {
        return await run()
      } finally {
        busy -= 1
        wake()
      }
    },
    recommend(count) {
      if (Number.isInteger(count) && count > 0) most = Math.min(configured, count)
    },
    lower(startedAt) {
      // Requests that were under way together are refused together: that is one reason to send fewer, not several.
      if (lowered !== null && startedAt <= lowered.at) return
      lowered = { to: Math.max(1, Math.floor(limit() / 2)), at: now() }
    },
    limit,
  }
}
