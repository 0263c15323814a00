import { DelayedError, type Job, type Queue, RateLimitError, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { DeliveryError, type Disposition, disposition } from '../core/index.ts'
import type { CrmStates } from '../delivery/ports.ts'
import { backoffMs, crmOfQueue, deliveryQueue, JobCatalogue, queuePrefix } from './catalogue.ts'
import type { Circuit } from './circuit.ts'
import type { ClaimGate } from './claim-gate.ts'
import { type CrmJob, type CrmWork, type CrmWorkOptions, workOf } from './crm-work.ts'
import { readable } from './job-version.ts'
import type { Repairs } from './repairs.ts'
import { holdOf, type WorkerLimits, workerOptions } from './worker-options.ts'

export interface DeliveryWorkerOptions extends CrmWorkOptions {
  readonly redis: Redis
  readonly repairs: Repairs
  readonly queue: Queue
  /** Queues of the CRMs that write to the same org. */
  alike(): Promise<readonly Queue[]>
  readonly states: CrmStates
  readonly limits: WorkerLimits
  readonly circuit: Circuit
  /** Absent: nothing holds it up. */
  readonly gate?: ClaimGate
  readonly concurrency: number
  /** A delivery that finds the CRM unavailable for longer is parked, if others to it succeed meanwhile. In ms. */
  readonly giveUpAfterMs: number
  /** Aborted when the grace time of a shutdown is over: what is in hand goes back to the queue. */
  readonly signal: AbortSignal
  /** See `VersionGuard.known`. */
  readonly jobVersion?: number
}

/** A job in this process's hands. */
interface InHand {
  readonly job: Job<CrmJob>
  readonly token: string | undefined
  readonly work: CrmWork
}

/** Bugs are not worth more: the third time the delivery is parked for a person to look at. */
const MostUnexpectedErrors = 3
/** While a CRM is probed, one whose turn it is not waits so long. */
const NextTurnMs = 500
/** HubSpot asks for up to a day while it moves an account; a proxy that says more is broken, and would silence the CRM for years. */
const LongestHoldMs = 24 * 60 * 60_000

/** Works one CRM's queue: turns each outcome and each class of error into a BullMQ verb. */
export class DeliveryWorker {
  readonly worker: Worker<CrmJob>
  readonly #options: DeliveryWorkerOptions

  constructor(options: DeliveryWorkerOptions) {
    const { crm, redis, limits, concurrency, log, now, jobVersion: known } = options
    this.#options = options
    const read = readable<CrmJob, string>({ queue: deliveryQueue(crm), log, now, known }, (job, token) =>
      this.#work({ job, token, work: workOf(job, options) }),
    )
    this.worker = new Worker<CrmJob>(deliveryQueue(crm), read, {
      ...workerOptions(redis, limits),
      prefix: queuePrefix(deliveryQueue(crm)),
      concurrency,
    })
    options.gate?.add(this.worker)
    options.circuit.watch((most) => {
      this.worker.concurrency = most
    })
    this.worker.on('error', (error) => log.warn({ crm, error: error.message }, 'the delivery worker was disturbed'))
  }

  async #work(one: InHand): Promise<string> {
    const { circuit } = this.#options
    const turn = String(one.job.id)
    try {
      if (!(await circuit.enter(turn))) return await this.#later(one, NextTurnMs)
      const result = await one.work.run()
      if (result.kind !== 'settled') {
        if (result.late !== undefined) await this.#repair(result.late)
        return await this.#later(one, result.delayMs)
      }
      if (result.asked) await circuit.succeeded(turn).catch(this.#untold)
      return result.outcome
    } catch (error) {
      if (error instanceof DelayedError) throw error
      return await this.#recover(one, error).catch((verb: unknown) => this.#only(verb, one))
    } finally {
      await circuit.left(turn).catch(this.#untold)
    }
  }

  async #repair(contact: string): Promise<void> {
    const { crm, repairs, log } = this.#options
    log.warn(
      { crm, contact },
      'a write may have come late, after another process had the contact: all of it is delivered once more',
    )
    await repairs.ask(contact)
  }

  async #later({ job, token }: InHand, delayMs: number): Promise<never> {
    await job.moveToDelayed(this.#options.now() + delayMs, token)
    throw new DelayedError()
  }

  /** What was delivered is delivered, whoever can be told of it. */
  readonly #untold = (error: unknown): void => {
    const { crm, log } = this.#options
    log.warn({ crm, error }, 'how the CRM does could not be noted')
  }

  /** Redis may fail while a failure is dealt with. That is no fault of the delivery: it comes back, without spending an attempt. */
  async #only(verb: unknown, { job, token, work }: InHand): Promise<never> {
    if (isVerb(verb)) throw verb
    const { crm, log, now } = this.#options
    log.warn({ crm, ...work.about, error: verb }, 'a failed delivery could not be dealt with; it comes back')
    await job.moveToDelayed(now() + backoffMs(job.attemptsStarted, undefined), token)
    throw new DelayedError()
  }

  async #recover(one: InHand, error: unknown): Promise<string> {
    if (this.#options.signal.aborted) {
      await one.work.release(false)
      await one.job.moveToWait(one.token)
      throw new WaitingError()
    }
    if (error instanceof DeliveryError) return this.#dispose(one, error, disposition(error))
    return this.#unexpected(one, error)
  }

  async #dispose(one: InHand, error: DeliveryError, verdict: Disposition): Promise<string> {
    if (verdict.kind === 'park') return one.work.giveUp(error)
    if (verdict.kind === 'retry' && verdict.spendsAttempt) return this.#again(one, error)
    if (verdict.kind === 'retry') return this.#waitForCrm(one, error, verdict.delayMs)

    await one.work.release(false)
    if (verdict.kind === 'block') await this.#block(error)
    else await this.#holdOrg(verdict.delayMs, error)
    throw new RateLimitError()
  }

  /** The CRM's queue stands still until the probe (or a person) lifts it; the others go on. */
  async #block(error: DeliveryError): Promise<void> {
    const { crm, queue, states, alerts, log, now } = this.#options
    const pausedByPerson = (await queue.isPaused()) && !(await states.blocked(crm))
    if (pausedByPerson) return
    const fresh = await states.block(crm, { code: error.code, reason: error.message, since: new Date(now()).toISOString() })
    if (fresh) {
      log.error({ crm, code: error.code, status: error.status }, `${crm} is blocked: ${error.message}`)
      await alerts.raise({ event: 'crm-blocked', crm, lead: null, code: error.code, reason: error.message })
    }
    // Last: were Redis away now, the next delivery would pause it, and nobody would tell.
    await queue.pause()
  }

  /**
   * The CRM is away. While nothing at all succeeds the whole queue is held, for longer each time, so that a CRM that is down is not hammered;
   * when others succeed only this delivery waits.
   */
  async #waitForCrm({ job, token, work }: InHand, error: DeliveryError, asked: number | undefined): Promise<string> {
    const { crm, ledger, circuit, now, giveUpAfterMs } = this.#options
    const since = await work.release(true)
    const othersSucceed = (await ledger.lastSuccess(crm)) > since
    // How long it was away from all is no delivery's fault: thousands have met that, and fail once more while it comes back.
    const alone = othersSucceed ? Math.max(since, await circuit.backAt()) : since
    if (othersSucceed && now() - alone > giveUpAfterMs) return work.giveUp(error)

    if (othersSucceed) {
      await job.moveToDelayed(now() + backoffMs(job.attemptsStarted, asked), token)
      throw new DelayedError()
    }
    const { queue } = this.#options
    const wasOpen = circuit.isOpen()
    const forMs = await circuit.failed(String(job.id), asked)
    await this.#hold(queue, forMs, error)
    // What the hold sends back is the first to be taken after it. Of probes each is another delivery's, or one that fails alone would be all of them.
    if (wasOpen) await job.moveToDelayed(now() + forMs, token)
    throw wasOpen ? new DelayedError() : new RateLimitError()
  }

  /**
   * A limit is the org's: another file that writes there would run into it at once, and what it sends meanwhile counts against both. Only for
   * limits, as an answer that never came may have to do with one file's address, proxy or credential, and each finds that out by itself.
   */
  async #holdOrg(ms: number, error: DeliveryError): Promise<void> {
    const { queue, alike } = this.#options
    await this.#hold(queue, ms, error)
    for (const other of await alike()) await this.#hold(other, ms, error)
  }

  /** Never shortens a hold that stands: what was in hand when a day's quota ended may come back with "in a second". In ms. */
  async #hold(queue: Queue, ms: number, { code, status, message: reason }: DeliveryError): Promise<void> {
    const { crm, states, log, now } = this.#options
    const standing = await holdOf(queue)
    const asked = Math.min(Math.ceil(ms), LongestHoldMs)
    if (standing <= 0) {
      log.warn({ crm, queue: queue.name, forMs: asked, code, status }, `the queue of ${crm} is held: ${reason}`)
      await states.hold(crmOfQueue(queue.name), { code, reason, since: new Date(now()).toISOString() }, now() + asked)
    }
    await queue.rateLimit(Math.max(1, asked, standing))
  }

  async #again({ job, work }: InHand, error: DeliveryError): Promise<string> {
    if (job.attemptsMade + 1 >= (job.opts.attempts ?? JobCatalogue.deliver.attempts)) return work.giveUp(error)
    await work.release(false)
    throw error
  }

  async #unexpected(one: InHand, error: unknown): Promise<string> {
    if (isRedisFailure(error)) throw error
    // Another worker took it over while this process stood still, or it is gone: it is not this one's to say what becomes of it.
    if (isLostJob(error)) throw new DelayedError()
    const { crm, log } = this.#options
    log.error({ crm, ...one.work.about, error }, 'an unexpected error: please report it')
    // Its text may hold anything, a lead's values included: the job view gets a sentence of our own.
    const bug = new DeliveryError(
      'protocol',
      `${crm}: an unexpected error in Leadsync (${error instanceof Error ? error.name : typeof error}); its stack is in the log.`,
    )
    if (one.job.attemptsMade + 1 >= MostUnexpectedErrors) return one.work.giveUp(bug)
    return this.#again(one, bug)
  }
}

/** BullMQ's codes, whose names it does not export: no such job, no lock, not in that state, another one's lock. */
const LostJobCodes: readonly unknown[] = [-1, -2, -3, -6]

function isLostJob(error: unknown): boolean {
  return error instanceof Error && 'code' in error && LostJobCodes.includes(error.code)
}

/** What BullMQ is to do next; a `DeliveryError` spends an attempt. */
function isVerb(error: unknown): boolean {
  return [DelayedError, RateLimitError, WaitingError, UnrecoverableError, DeliveryError].some((verb) => error instanceof verb)
}

/** Out of memory, a fail-over, a lost connection: ioredis's own classes are not exported as such. */
function isRedisFailure(error: unknown): boolean {
  return error instanceof Error && /^(ReplyError|MaxRetriesPerRequestError|AbortError)$/.test(error.name)
}
