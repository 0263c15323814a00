import type { Job } from 'bullmq'
import { type CrmAnswer, deliveryJobId, leadKey, leadOfStep, namesOne, offerNames } from '../core/index.ts'
import type { FollowUps } from '../delivery/follow-ups/ports.ts'
import type { Ledger, Tried } from '../delivery/ports.ts'
import type { CrmJob } from './crm-work.ts'
import { countFailed, type FailedBetween, failedJobs } from './failed-jobs.ts'
import type { Queues } from './queues.ts'

/** A delivery, or a task of a follow-up, that waits for a person. */
export interface DeadLetter {
  /** The job's id, which names CRM and lead. */
  readonly id: string
  readonly crm: string
  /** The ledger's key of the lead. */
  readonly lead: string
  /** The id of the step, where it is a task; null for a delivery. */
  readonly step: string | null
  /** Null when the ledger no longer knows it. */
  readonly leadId: string | null
  /** Of the error taxonomy; null when the ledger no longer says. */
  readonly code: string | null
  /** A sentence for a person. */
  readonly reason: string
  /** ISO 8601. */
  readonly parkedAt: string | null
  /** Null when the CRM said nothing, was not asked, or it is not known any more. */
  readonly answer: CrmAnswer | null
  /** The version of the CRM's settings with which it was tried; null when that was not noted. */
  readonly config: string | null
  /** How often it was parked, this time included. */
  readonly parks: number
  /** Tries that counted since it came in, or was last replayed: waiting for a CRM that is away counts as none. */
  readonly tries: number
}

/** All that are given must hold. */
export interface DeadLetterFilter {
  readonly crm?: string | undefined
  readonly code?: string | undefined
  /** As `accept.offers` names offers. */
  readonly offer?: string | undefined
  /** When it was parked. */
  readonly parked?: FailedBetween | undefined
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[]
  /** How many the page had before the filter. */
  readonly looked: number
}

const NotNoted: Tried = { answer: null, config: null, parks: 1 }

/** The failed jobs of the deliver queues, as an operator handles them. */
export class DeadLetters {
  readonly #queues: Queues
  readonly #ledger: Pick<Ledger, 'entry' | 'discard' | 'offer'>
  readonly #followUps: Pick<FollowUps, 'recall' | 'move'>

  constructor(
    queues: Queues,
    ledger: Pick<Ledger, 'entry' | 'discard' | 'offer'>,
    followUps: Pick<FollowUps, 'recall' | 'move'>,
  ) {
    this.#queues = queues
    this.#ledger = ledger
    this.#followUps = followUps
  }

  /** Oldest first, CRM by CRM. Those of a page may be replayed or discarded before the next one is asked for. */
  async *pages(filter: DeadLetterFilter = {}): AsyncGenerator<DeadLetterPage> {
    for (const [crm, queue] of this.#asked(filter)) {
      for await (const jobs of failedJobs(this.#queues.redis, queue, filter.parked)) {
        const letters = await Promise.all(jobs.filter(isLetter).map((job) => this.#letter(crm, job)))
        yield { letters: await this.#fitting(letters, filter), looked: jobs.length }
      }
    }
  }

  /** How many `pages` will look at: no fewer than it gives. */
  async count(filter: DeadLetterFilter = {}): Promise<number> {
    const counts = this.#asked(filter).map(([, queue]) => countFailed(this.#queues.redis, queue, filter.parked))
    return (await Promise.all(counts)).reduce((sum, one) => sum + one, 0)
  }

  /** By the id of a job or of a step, or by a lead's id or key: then one for each CRM that parked it, and the tasks of its follow-up. */
  async find(id: string, filter: DeadLetterFilter = {}): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = []
    for (const [crm, queue] of this.#asked(filter)) {
      for (const jobId of new Set([id, `${crm}.${id}`, deliveryJobId(crm, id), `task.${id}`, `withdraw.${id}`])) {
        const job: Job<CrmJob> | undefined = await queue.getJob(jobId)
        if (job && isLetter(job) && (await job.isFailed())) found.push(await this.#letter(crm, job))
      }
      // The id of a task names its rule and step, so the lead alone does not tell it.
      for await (const jobs of failedJobs(this.#queues.redis, queue)) {
        const ofLead = jobs.filter(({ data }) => 'step' in data && [id, leadKey(id)].includes(leadOfStep(data.step)))
        found.push(...(await Promise.all(ofLead.map((job) => this.#letter(crm, job)))))
      }
    }
    return await this.#fitting(found, { code: filter.code, offer: filter.offer })
  }

  /** Back to the queue, with all its attempts. The ledger learns of it at the claim. False when it is no longer among the dead letters. */
  async replay({ crm, id }: DeadLetter): Promise<boolean> {
    const job: Job | undefined = await this.#queues.delivery(crm).getJob(id)
    return job ? await retryFailed(job) : false
  }

  /**
   * Gives it up for good. The ledger first: were the job gone before, nobody could replay or discard what the ledger still calls parked.
   * False when somebody replayed or discarded it meanwhile.
   */
  async discard({ crm, id, lead, step }: DeadLetter, reason: string): Promise<boolean> {
    const job: Job | undefined = await this.#queues.delivery(crm).getJob(id)
    if (!job || !(await job.isFailed())) return false
    if (step !== null) {
      await this.#giveUp(step, reason)
      await job.remove()
      return true
    }
    const discarded = await this.#ledger.discard(crm, lead, reason)
    const entry = discarded ? null : await this.#ledger.entry(crm, lead)
    // One that waits again is its worker's; one that the ledger has forgotten or settled has nothing left but its job.
    if (entry !== null && /^(waiting|ask|written|parked)$/.test(entry.state)) return false
    await job.remove()
    return true
  }

  async #giveUp(step: string, reason: string): Promise<void> {
    // A recall would leave one that failed while it was made to its replay, and there is none.
    const change = { reason, recall: null }
    const { moved } = await this.#followUps.move({
      id: step,
      from: ['failed'],
      to: 'cancelled',
      change,
      say: `Cancelled: ${reason}`,
    })
    if (moved || (await this.#followUps.recall(step, reason)) !== 'withdraw') return
    await this.#followUps.move({ id: step, from: ['withdrawing'], to: 'kept', say: 'A person left its task as it is.' })
  }

  #asked({ crm }: DeadLetterFilter) {
    return [...this.#queues.deliveries].filter(([name]) => crm === undefined || crm === name)
  }

  async #fitting(letters: readonly DeadLetter[], { code, offer }: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    const ofCode = letters.filter((letter) => code === undefined || letter.code === code)
    if (offer === undefined) return ofCode
    const offers = await Promise.all(ofCode.map(({ lead }) => this.#ledger.offer(lead)))
    return ofCode.filter((_, index) => {
      const known = offers[index]
      return known ? namesOne([offer], offerNames(known)) : false
    })
  }

  async #letter(crm: string, job: Job<CrmJob>): Promise<DeadLetter> {
    const { id = '', data, failedReason, finishedOn, attemptsMade } = job
    const step = 'step' in data ? data.step : null
    const lead = 'lead' in data ? data.lead : leadOfStep(step ?? '')
    const entry = await this.#ledger.entry(crm, lead)
    const { answer, config, parks } = (step === null ? entry?.tried : triedOf(data)) ?? NotNoted
    return {
      id,
      crm,
      lead,
      step,
      leadId: entry?.leadId ?? null,
      code: (step === null ? entry?.code : codeOf(data)) ?? null,
      reason: step === null ? (entry?.reason ?? failedReason) : failedReason,
      parkedAt: finishedOn === undefined ? null : new Date(finishedOn).toISOString(),
      answer,
      config,
      parks: Math.max(1, parks),
      tries: Math.max(1, attemptsMade),
    }
  }
}

function codeOf(data: CrmJob): string | null {
  return 'step' in data ? (data.code ?? null) : null
}

function triedOf(data: CrmJob): Tried | undefined {
  return 'step' in data ? data.tried : undefined
}

/** With all its attempts: a person has looked, and one that had used them up would be parked again at the next hiccup. */
export async function retryFailed(job: Pick<Job, 'retry' | 'isFailed'>): Promise<boolean> {
  try {
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
    return true
  } catch (error) {
    if (await job.isFailed()) throw error
    return false
  }
}

/** A mark is nobody's to replay. */
function isLetter({ data }: Job<CrmJob>): boolean {
  return 'lead' in data || 'step' in data
}
