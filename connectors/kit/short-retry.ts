import { setTimeout as delay } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { Exchange } from './exchange.ts'

const MoreTries = 2
const StepMs = 250

/**
 * Calls once and up to two times more, with full jitter above what `floor` asks for. `floor` says how many ms to wait at least before the
 * same call may be made again, or null when it must not be. Only for calls that may be made twice. Longer waits are the queue's:
 * a worker that sleeps keeps its contact locked. Returns the last result; an abort cuts the waiting short and leaves the rest to `call`.
 */
export async function shortRetry<T>(
  call: () => Promise<T>,
  floor: (result: T) => number | null,
  signal: AbortSignal,
): Promise<T> {
  async function attempt(): Promise<T> {
    const result = await call()
    const floorMs = floor(result)
    if (floorMs === null) return result
    throw new TryAgain(result, floorMs)
  }
  try {
    return await pRetry(attempt, {
      retries: MoreTries,
      // p-retry's own delays start at the full step (`randomize` is 1x to 2x of it): workers that met one 503 together would come back together.
      minTimeout: 0,
      onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
        if (!(error instanceof TryAgain) || retriesLeft === 0) return
        const jitterMs = Math.random() * StepMs * 2 ** attemptNumber
        return delay(error.floorMs + jitterMs, undefined, { signal }).catch(ignoreAbort)
      },
    })
  } catch (error) {
    if (error instanceof TryAgain) return error.result as T
    throw error
  }
}

/**
 * After how many ms the same request may be made again within the call, or null when it must not be. Never after a 403 or 429: each further
 * request is one more that counts. Not after a timeout either: that time is spent already.
 */
export function retryFloor(result: Exchange): number | null {
  if (result.kind === 'network') return 0
  if (result.kind !== 'answer' || result.headers.has('retry-after')) return null
  return result.status >= 500 ? 0 : null
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}

class TryAgain extends Error {
  readonly result: unknown
  readonly floorMs: number

  constructor(result: unknown, floorMs: number) {
    super('try again')
    this.result = result
    this.floorMs = floorMs
  }
}
