import { setTimeout as delay } from 'node:timers/promises'
import type { Worker, WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'

const ReturnMs = 1_000

export interface WorkerLimits {
  /** How long a job stays its worker's without a sign of life, in ms. */
  readonly lockMs: number
  /** How often abandoned jobs are looked for, in ms. */
  readonly stalledMs: number
}

/**
 * What every worker of ours shares.
 * - `maxStalledCount`: the default of 1 fails every job in hand at the third crash, unprocessed; we count unclean ends ourselves.
 * - `limiter`: without one no script reads the hold that `queue.rateLimit()` sets, and jobs start in the middle of it. The number means "no limit".
 * - `maxStartedAttempts` is never set: it also counts jobs that came back from a hold.
 */
export function workerOptions(redis: Redis, limits: WorkerLimits): WorkerOptions {
  return {
    connection: redis,
    lockDuration: limits.lockMs,
    stalledInterval: limits.stalledMs,
    maxStalledCount: 1_000_000_000,
    limiter: { max: 1_000_000_000, duration: 1_000 },
  }
}

/**
 * Takes no new job and waits for those in hand. When the grace time is over `expired` is called, which sends what can be sent back, and a
 * second later nothing is waited for any more: such jobs are taken over by others like after a crash.
 */
export async function closeWorker(worker: Worker, graceMs: number, expired: () => void = () => undefined): Promise<void> {
  const closed = worker.close()
  const returned = delay(graceMs, 'late', { ref: false })
  if ((await Promise.race([closed, returned])) !== 'late') return
  expired()
  if ((await Promise.race([closed, delay(ReturnMs, 'late', { ref: false })])) === 'late') await worker.close(true)
}
