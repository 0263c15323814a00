import { setTimeout as delay } from 'node:timers/promises'
import type { Queue, Worker, WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import { DeliveryError } from '../core/index.ts'
import { backoffMs } from './catalogue.ts'
import type { ClaimGate } from './claim-gate.ts'

const ReturnMs = 1_000
/** BullMQ's own 15 s would let every worker sleep that long after a moment in which Redis was full or failed over. */
const RetryMs = 1_000
/** A worker that sleeps through a hold, 30 s at a time by default, would let a shutdown wait for it. */
const HoldCheckMs = 1_000
/** More jobs than can start in a second. */
export const NoLimit = 1_000_000_000

export interface WorkerLimits {
  /** How long a job stays its worker's without a sign of life, in ms. */
  readonly lockMs: number
  /** How often abandoned jobs are looked for, in ms. */
  readonly stalledMs: number
}

/**
 * What every worker of ours shares.
 * - `maxStalledCount`: the default of 1 fails every job in hand at the third crash, unprocessed; we count unclean ends ourselves.
 * - `limiter`: without one no script reads the hold that `queue.rateLimit()` sets, and jobs start in the middle of it.
 * - `backoffStrategy`: our jobs name it; without it BullMQ can't even put back one whose end it could not note.
 * - `maxStartedAttempts` is never set: it also counts jobs that came back from a hold.
 */
export function workerOptions(redis: Redis, limits: WorkerLimits): WorkerOptions {
  return {
    connection: redis,
    lockDuration: limits.lockMs,
    stalledInterval: limits.stalledMs,
    maxStalledCount: NoLimit,
    limiter: { max: NoLimit, duration: 1_000 },
    runRetryDelay: RetryMs,
    maximumRateLimitDelay: HoldCheckMs,
    settings: {
      backoffStrategy: (attempts, _type, error) =>
        backoffMs(attempts, error instanceof DeliveryError ? error.retryAfterMs : undefined),
    },
  }
}

/**
 * Takes no new job and waits for those in hand. When the grace time is over `expired` is called, which sends what can be sent back, and a
 * second later nothing is waited for any more: such jobs are taken over by others like after a crash.
 */
export async function closeWorker(
  worker: Worker,
  graceMs: number,
  expired: () => void = () => undefined,
  gate?: ClaimGate,
): Promise<void> {
  // Not close(): it waits for ever for a job that never ends or a Redis that is away, and close(true) after it is handed the same promise.
  const paused = (gate ? gate.leave(worker) : worker.pause()).then(
    () => 'idle',
    () => 'late',
  )
  const within = (ms: number) => Promise.race([paused, delay(ms, 'late', { ref: false })])
  if ((await within(graceMs)) === 'idle') return worker.close()
  expired()
  const forced = (await within(ReturnMs)) === 'late'
  // Even a forced one asks Redis, which may be away or full.
  await Promise.race([worker.close(forced), delay(ReturnMs, undefined, { ref: false })])
}

/** How long a queue is still held, in ms; 0 or less when it is not. Without the number our own limiter's counter would pass for a hold. */
export function holdOf(queue: Pick<Queue, 'getRateLimitTtl'>): Promise<number> {
  return queue.getRateLimitTtl(NoLimit)
}
