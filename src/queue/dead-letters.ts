import type { Job, Queue } from 'bullmq'
import { deliveryJobId } from '../core/index.ts'
import type { Ledger } from '../delivery/ports.ts'
import type { DeliveryJob } from './catalogue.ts'
import type { Queues } from './queues.ts'

/** A delivery that waits for a person. */
export interface DeadLetter {
  /** The job's id, which names CRM and lead. */
  readonly id: string
  readonly crm: string
  /** The ledger's key of the lead. */
  readonly lead: string
  /** Null when the ledger no longer knows it. */
  readonly leadId: string | null
  /** Of the error taxonomy; null when the ledger no longer says. */
  readonly code: string | null
  /** A sentence for a person. */
  readonly reason: string
  /** ISO 8601. */
  readonly parkedAt: string | null
}

export interface DeadLetterFilter {
  readonly crm?: string | undefined
  readonly code?: string | undefined
}

const PageSize = 500

/** The failed jobs of the deliver queues, as an operator handles them. */
export class DeadLetters {
  readonly #queues: Queues
  readonly #ledger: Pick<Ledger, 'entry' | 'discard'>

  constructor(queues: Queues, ledger: Pick<Ledger, 'entry' | 'discard'>) {
    this.#queues = queues
    this.#ledger = ledger
  }

  /** Oldest first, CRM by CRM. */
  async list(filter: DeadLetterFilter = {}): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = []
    for (const [crm, queue] of this.#queues.deliveries) {
      if (filter.crm !== undefined && filter.crm !== crm) continue
      for await (const jobs of pagesOf(queue)) found.push(...(await Promise.all(jobs.map((job) => this.#letter(crm, job)))))
    }
    return found.filter(({ code }) => filter.code === undefined || filter.code === code)
  }

  /** By the id of a job, or by a lead's id or key: then one for each CRM that parked it. */
  async find(id: string, filter: DeadLetterFilter = {}): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = []
    for (const [crm, queue] of this.#queues.deliveries) {
      if (filter.crm !== undefined && filter.crm !== crm) continue
      for (const jobId of new Set([id, `${crm}.${id}`, deliveryJobId(crm, id)])) {
        const job: Job<DeliveryJob> | undefined = await queue.getJob(jobId)
        if (job?.data.lead !== undefined && (await job.isFailed())) found.push(await this.#letter(crm, job))
      }
    }
    return found.filter(({ code }) => filter.code === undefined || filter.code === code)
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
  async discard({ crm, id, lead }: DeadLetter, reason: string): Promise<boolean> {
    const job: Job | undefined = await this.#queues.delivery(crm).getJob(id)
    if (!job || !(await job.isFailed())) return false
    const discarded = await this.#ledger.discard(crm, lead, reason)
    const entry = discarded ? null : await this.#ledger.entry(crm, lead)
    // One that waits again is its worker's; one that the ledger has forgotten or settled has nothing left but its job.
    if (entry !== null && /^(waiting|ask|written|parked)$/.test(entry.state)) return false
    await job.remove()
    return true
  }

  async #letter(crm: string, job: Job<DeliveryJob>): Promise<DeadLetter> {
    const { id = '', data, failedReason, finishedOn } = job
    const entry = await this.#ledger.entry(crm, data.lead)
    return {
      id,
      crm,
      lead: data.lead,
      leadId: entry?.leadId ?? null,
      code: entry?.code ?? null,
      reason: entry?.reason ?? failedReason,
      parkedAt: finishedOn === undefined ? null : new Date(finishedOn).toISOString(),
    }
  }
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

async function* pagesOf(queue: Queue): AsyncGenerator<readonly Job<DeliveryJob>[]> {
  for (let from = 0; ; from += PageSize) {
    const jobs: Job<DeliveryJob>[] = await queue.getJobs(['failed'], from, from + PageSize - 1, true)
    // A job may have gone since its id was read; and one without a lead (a mark) is nobody's to replay.
    yield jobs.filter((job) => job?.data.lead !== undefined)
    if (jobs.length < PageSize) return
  }
}
