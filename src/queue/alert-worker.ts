import { DelayedError, type Job, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { AlertWebhook, Log } from '../core/index.ts'
import { sendAlert } from '../delivery/alert-webhook.ts'
import type { AlertBatch, AlertBatchRef, AlertLog } from '../delivery/alerts.ts'
import { AlertsQueue, JobCatalogue, queuePrefix } from './catalogue.ts'
import { readable } from './job-version.ts'
import { type WorkerLimits, workerOptions } from './worker-options.ts'

export interface AlertWorkerOptions {
  readonly redis: Redis
  readonly gathered: AlertLog
  readonly webhook: AlertWebhook
  readonly limits: WorkerLimits
  readonly log: Log
  readonly fetch: typeof globalThis.fetch
  now(): number
  /** Aborted when the grace time of a shutdown is over: what is in hand goes back to the queue. */
  readonly signal: AbortSignal
  /** The wait before the second try, ms; each further one is three times as long, up to an hour: ten tries are about four and a half hours. */
  readonly firstRetryMs?: number
}

const FirstRetryMs = 15_000
const LongestRetryMs = 3_600_000
/** A batch whose turn has not come looks again after the gathering time, and never more often than this. */
const LeastWaitMs = 1_000
/** A receiver that hangs holds its own lane up, not the others. */
const Concurrency = 8

/** The receiver did not take it. Its text is shown in the job view. */
class NotTaken extends Error {
  readonly retryAfterMs: number

  constructor(reason: string, retryAfterMs = 0) {
    super(reason)
    this.name = 'NotTaken'
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * Works the queue `alerts`: each job sends one batch. A batch is forgotten only once it was taken or given up, so after a crash the same one is
 * sent again under the same id; and a job fails only after its batch is forgotten, so that none holds up what comes after it.
 */
export function startAlertWorker(options: AlertWorkerOptions): Worker<AlertBatchRef> {
  const { redis, limits, log, now, firstRetryMs = FirstRetryMs } = options
  const read = readable<AlertBatchRef, void>({ queue: AlertsQueue, log, now }, (job, token) => work(options, job, token))
  const worker = new Worker<AlertBatchRef>(AlertsQueue, read, {
    ...workerOptions(redis, limits),
    prefix: queuePrefix(AlertsQueue),
    concurrency: Concurrency,
    settings: {
      backoffStrategy: (tries, _type, error) => {
        const own = Math.min(LongestRetryMs, firstRetryMs * 3 ** (tries - 1))
        // Not the shorter of the two: a receiver that says "in a second" all the time would use up the tries in ten.
        return Math.max(own, error instanceof NotTaken ? error.retryAfterMs : 0)
      },
    },
  })
  worker.on('error', (error) => log.warn({ queue: AlertsQueue, error: error.message }, 'the alert worker was disturbed'))
  return worker
}

async function work(options: AlertWorkerOptions, job: Job<AlertBatchRef>, token: string | undefined): Promise<void> {
  const { webhook, now, log } = options
  try {
    const batch = await options.gathered.take(job.data)
    if (batch === 'gone') return
    if (batch !== 'busy') return await send(options, job, batch, token)
    await job.moveToDelayed(now() + Math.max(LeastWaitMs, webhook.gatherMs), token)
    throw new DelayedError()
  } catch (error) {
    if (error instanceof NotTaken || error instanceof DelayedError || error instanceof WaitingError) throw error
    // Redis was away or full: that is no try.
    log.warn({ queue: AlertsQueue, job: job.id, error }, 'an alert could not be dealt with; it comes back')
    await job.moveToDelayed(now() + LeastWaitMs, token).catch(() => undefined)
    throw new DelayedError()
  }
}

async function send(
  options: AlertWorkerOptions,
  job: Job<AlertBatchRef>,
  batch: AlertBatch,
  token: string | undefined,
): Promise<void> {
  const { webhook, gathered, log, signal } = options
  const { id, event, crm, count } = batch
  const sent = await sendAlert(webhook, batch, options)
  if (sent.ok) {
    await gathered.forget(batch)
    log.debug({ event, crm, count, delivery: id }, 'the webhook was told')
    return
  }
  if (signal.aborted) {
    await job.moveToWait(token)
    throw new WaitingError()
  }
  const tries = job.attemptsMade + 1
  const facts = { event, crm, count, delivery: id, tries }
  if (tries < (job.opts.attempts ?? JobCatalogue.alert.attempts)) {
    log.warn(facts, `the webhook was not told and will be again: ${sent.reason}`)
  } else {
    await gathered.forget(batch)
    log.error(facts, `the webhook was not told, and will not be any more: ${sent.reason}`)
  }
  throw new NotTaken(sent.reason, sent.retryAfterMs)
}
