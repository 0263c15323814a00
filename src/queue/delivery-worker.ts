import { DelayedError, type Job, type Queue, RateLimitError, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { DeliveryError, type Disposition, disposition, type Log } from '../core/index.ts'
import type { CrmDelivery } from '../delivery/crm-delivery.ts'
import type { CrmStates, Ledger } from '../delivery/ports.ts'
import { backoffMs, type DeliveryJob, deliveryQueue, JobCatalogue, queuePrefix } from './catalogue.ts'
import { holdOf, type WorkerLimits, workerOptions } from './worker-options.ts'

export interface DeliveryWorkerOptions {
  readonly crm: string
  readonly redis: Redis
  readonly queue: Queue
  readonly delivery: CrmDelivery
  readonly ledger: Ledger
  readonly states: CrmStates
  readonly limits: WorkerLimits
  readonly concurrency: number
  /** A delivery that finds the CRM unavailable for longer is parked, if others to it succeed meanwhile. In ms. */
  readonly giveUpAfterMs: number
  readonly log: Log
  now(): number
  /** Aborted when the grace time of a shutdown is over: what is in hand goes back to the queue. */
  readonly signal: AbortSignal
}

type Work = Job<DeliveryJob>

/** Bugs are not worth more: the third time the delivery is parked for a person to look at. */
const MostUnexpectedErrors = 3
const FirstOutageHoldMs = 1_000
const LongestOutageHoldMs = 60_000
/** HubSpot asks for up to a day while it moves an account; a proxy that says more is broken, and would silence the CRM for years. */
const LongestHoldMs = 24 * 60 * 60_000

/** Works one CRM's queue: turns each outcome and each class of error into a BullMQ verb. */
export class DeliveryWorker {
  readonly worker: Worker<DeliveryJob>
  readonly #options: DeliveryWorkerOptions
  /** Holds in a row because the CRM was unavailable, and when the last one ends. */
  #outageHolds = 0
  #heldUntil = 0

  constructor(options: DeliveryWorkerOptions) {
    const { crm, redis, limits, concurrency, log } = options
    this.#options = options
    this.worker = new Worker<DeliveryJob>(deliveryQueue(crm), (job, token) => this.#work(job, token), {
      ...workerOptions(redis, limits),
      prefix: queuePrefix(deliveryQueue(crm)),
      concurrency,
      settings: {
        backoffStrategy: (attempts, _type, error) =>
          backoffMs(attempts, error instanceof DeliveryError ? error.retryAfterMs : undefined),
      },
    })
    this.worker.on('error', (error) => log.warn({ crm, error: error.message }, 'the delivery worker was disturbed'))
  }

  async #work(job: Work, token: string | undefined): Promise<string> {
    const { delivery, now } = this.#options
    try {
      const result = await delivery.deliver(job.data.lead)
      if (result.kind === 'settled') {
        this.#outageHolds = 0
        return result.outcome
      }
      await job.moveToDelayed(now() + result.delayMs, token)
      throw new DelayedError()
    } catch (error) {
      if (error instanceof DelayedError) throw error
      return await this.#recover(job, token, error).catch((verb: unknown) => this.#only(verb, job, token))
    }
  }

  /** Redis may fail while a failure is dealt with. That is no fault of the delivery: it comes back, without spending an attempt. */
  async #only(verb: unknown, job: Work, token: string | undefined): Promise<never> {
    if (isVerb(verb)) throw verb
    const { crm, log, now } = this.#options
    log.warn({ crm, lead: job.data.lead, error: verb }, 'a failed delivery could not be dealt with; it comes back')
    await job.moveToDelayed(now() + backoffMs(job.attemptsStarted, undefined), token)
    throw new DelayedError()
  }

  async #recover(job: Work, token: string | undefined, error: unknown): Promise<never> {
    const { crm, ledger, signal } = this.#options
    if (signal.aborted) {
      await ledger.release(crm, job.data.lead, false)
      await job.moveToWait(token)
      throw new WaitingError()
    }
    if (error instanceof DeliveryError) return this.#dispose(job, token, error, disposition(error))
    return this.#unexpected(job, error)
  }

  async #dispose(job: Work, token: string | undefined, error: DeliveryError, verdict: Disposition): Promise<never> {
    const { crm, ledger } = this.#options
    if (verdict.kind === 'park') return this.#park(job, error)
    if (verdict.kind === 'retry' && verdict.spendsAttempt) return this.#again(job, error)
    if (verdict.kind === 'retry') return this.#waitForCrm(job, token, error, verdict.delayMs)

    await ledger.release(crm, job.data.lead, false)
    if (verdict.kind === 'block') await this.#block(error)
    else await this.#hold(verdict.delayMs)
    throw new RateLimitError()
  }

  /** The CRM's queue stands still until the probe (or a person) lifts it; the others go on. */
  async #block(error: DeliveryError): Promise<void> {
    const { crm, queue, states, log, now } = this.#options
    const pausedByPerson = (await queue.isPaused()) && !(await states.blocked(crm))
    if (pausedByPerson) return
    const fresh = await states.block(crm, { code: error.code, reason: error.message, since: new Date(now()).toISOString() })
    await queue.pause()
    if (fresh) log.error({ crm, code: error.code, status: error.status }, `${crm} is blocked: ${error.message}`)
  }

  /**
   * The CRM is away. While nothing at all succeeds the whole queue is held, for longer each time, so that a CRM that is down is not hammered;
   * when others succeed only this delivery waits.
   */
  async #waitForCrm(job: Work, token: string | undefined, error: DeliveryError, asked: number | undefined): Promise<never> {
    const { crm, ledger, now, giveUpAfterMs } = this.#options
    const since = await ledger.release(crm, job.data.lead, true)
    const othersSucceed = (await ledger.lastSuccess(crm)) > since
    if (othersSucceed && now() - since > giveUpAfterMs) return this.#park(job, error)

    if (othersSucceed) {
      await job.moveToDelayed(now() + backoffMs(job.attemptsStarted, asked), token)
      throw new DelayedError()
    }
    await this.#hold(this.#outageHold(asked))
    throw new RateLimitError()
  }

  /** 1 s, doubling to a minute. A batch that fails together counts once: what comes back while the hold stands neither lengthens nor repeats it. */
  #outageHold(asked: number | undefined): number {
    const now = this.#options.now()
    if (now >= this.#heldUntil) {
      this.#heldUntil = now + (asked ?? Math.min(LongestOutageHoldMs, FirstOutageHoldMs * 2 ** Math.min(this.#outageHolds, 10)))
      this.#outageHolds += 1
    }
    return this.#heldUntil - now
  }

  /** Never shortens a hold that stands: what was in hand when a day's quota ended may come back with "in a second". In ms. */
  async #hold(ms: number): Promise<void> {
    const { crm, queue, log } = this.#options
    const standing = await holdOf(queue)
    const asked = Math.min(Math.ceil(ms), LongestHoldMs)
    if (standing <= 0) log.info({ crm, forMs: asked }, 'the CRM is away or at its limit: its queue is held')
    await queue.rateLimit(Math.max(1, asked, standing))
  }

  async #again(job: Work, error: DeliveryError): Promise<never> {
    const { crm, ledger } = this.#options
    if (job.attemptsMade + 1 >= (job.opts.attempts ?? JobCatalogue.deliver.attempts)) return this.#park(job, error)
    await ledger.release(crm, job.data.lead, false)
    throw error
  }

  async #unexpected(job: Work, error: unknown): Promise<never> {
    if (isRedisFailure(error)) throw error
    const { crm, log } = this.#options
    log.error({ crm, lead: job.data.lead, error }, 'an unexpected error: please report it')
    // Its text may hold anything, a lead's values included: the job view gets a sentence of our own.
    const bug = new DeliveryError(
      'protocol',
      `${crm}: an unexpected error in Leadsync (${error instanceof Error ? error.name : typeof error}); its stack is in the log.`,
    )
    if (job.attemptsMade + 1 >= MostUnexpectedErrors) return this.#park(job, bug)
    return this.#again(job, bug)
  }

  async #park(job: Work, error: DeliveryError): Promise<never> {
    const { crm, ledger, log } = this.#options
    await ledger.park(crm, job.data.lead, error.message, error.code)
    log.warn({ crm, lead: job.data.lead, code: error.code }, 'a delivery was parked')
    throw new UnrecoverableError(error.message)
  }
}

/** What BullMQ is to do next; a `DeliveryError` spends an attempt. */
function isVerb(error: unknown): boolean {
  return [DelayedError, RateLimitError, WaitingError, UnrecoverableError, DeliveryError].some((verb) => error instanceof verb)
}

/** Out of memory, a fail-over, a lost connection: ioredis's own classes are not exported as such. */
function isRedisFailure(error: unknown): boolean {
  return error instanceof Error && /^(ReplyError|MaxRetriesPerRequestError|AbortError)$/.test(error.name)
}
