import { DelayedError, type Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Log } from '../core/index.ts'
import type { FollowUpReview } from '../delivery/follow-ups/review.ts'
import type { StepFiring } from '../delivery/follow-ups/step-firing.ts'
import { backoffMs, type FollowUpJob, FollowUpsQueue, queuePrefix } from './catalogue.ts'
import type { ClaimGate } from './claim-gate.ts'
import { readable } from './job-version.ts'
import { closeWorker, type WorkerLimits, workerOptions } from './worker-options.ts'

export interface FollowUpWorkerOptions {
  readonly redis: Redis
  readonly firing: StepFiring
  readonly review: FollowUpReview
  readonly limits: WorkerLimits
  /** Absent: nothing holds it up. */
  readonly gate?: ClaimGate
  readonly concurrency: number
  readonly graceMs: number
  readonly log: Log
  /** See `VersionGuard.known`. */
  readonly jobVersion?: number
  now(): number
}

/** So long a task stays that is to be taken back, beside what the CRM takes. */
const ReviewEveryMs = 1_000

/** Works the queue `follow-ups`, and takes back what was said no to. Returns how to stop it. */
export function startFollowUpWorker(options: FollowUpWorkerOptions): () => Promise<void> {
  const { redis, limits, concurrency, graceMs, log, now, jobVersion: known } = options
  const read = readable<FollowUpJob, void>({ queue: FollowUpsQueue, log, now, known }, (job, token) => work(options, job, token))
  const worker = new Worker<FollowUpJob>(FollowUpsQueue, read, {
    ...workerOptions(redis, limits),
    prefix: queuePrefix(FollowUpsQueue),
    concurrency,
  })
  options.gate?.add(worker)
  worker.on('error', (error) => log.warn({ queue: FollowUpsQueue, error: error.message }, 'the follow-up worker was disturbed'))
  const stopReview = startReview(options)
  return async () => {
    stopReview()
    await closeWorker(worker, graceMs, undefined, options.gate)
  }
}

async function work(
  { firing, log, now }: FollowUpWorkerOptions,
  job: Job<FollowUpJob>,
  token: string | undefined,
): Promise<void> {
  const { step } = job.data
  try {
    const fired = job.name === 'look' ? await firing.look(step) : await firing.fire(step)
    if (fired.kind === 'done') return
    await job.moveToDelayed(Math.max(fired.at, now()), token)
  } catch (error) {
    // Never given up: the step would wait for ever, and nobody would know.
    log.warn({ queue: FollowUpsQueue, step, error }, 'a step of a follow-up could not be looked at; it comes back')
    await job.moveToDelayed(now() + backoffMs(job.attemptsStarted, undefined), token).catch(() => undefined)
  }
  throw new DelayedError()
}

/** A few at a time, until nothing is left: an opt-out list may name thousands. */
async function reviewAll(review: FollowUpReview): Promise<void> {
  while ((await review.run()) > 0);
}

function startReview({ review, log }: Pick<FollowUpWorkerOptions, 'review' | 'log'>): () => void {
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    reviewAll(review)
      .catch((error: unknown) => log.warn({ error }, 'follow-ups could not be reviewed; they are again in a moment'))
      .finally(() => {
        busy = false
      })
  }, ReviewEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}
