import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import type { Tried } from '../delivery/ports.ts'
import { retryFailed } from '../queue/dead-letters.ts'
import type { Job, Queue } from '../queue/queues.ts'
import { shownJob } from './job-view.ts'

export interface MaskedQueueOptions {
  /** Whether its buttons do something. */
  readonly operable: boolean
  /** Whether the data of jobs is shown as it is. */
  readonly showData: boolean
  /** Why it stands still, a sentence for a person; empty: it does not. */
  why?(): Promise<string>
  /** What is known of a delivery that was parked, by the ledger's key of its lead. */
  tried?(lead: string): Promise<Tried | null>
}

/**
 * A queue as Bull Board may see it. Its own formatters cover data, name, progress and return value only; job ids, options, stack traces and
 * logs would pass them by, so what a job is made into is replaced here, at the one place where jobs come out.
 */
export class MaskedQueue extends BullMQAdapter {
  readonly #showData: boolean
  readonly #why: () => Promise<string>
  readonly #tried: (lead: string) => Promise<Tried | null>
  #reason = ''

  constructor(queue: Queue, { operable, showData, why = async () => '', tried = async () => null }: MaskedQueueOptions) {
    super(queue, { readOnlyMode: !operable })
    this.#showData = showData
    this.#why = why
    this.#tried = tried
  }

  /** Bull Board asks for the counts before the description, and the description must be there when it is asked for. */
  override async getJobCounts(): ReturnType<BullMQAdapter['getJobCounts']> {
    const [counts, reason] = await Promise.all([super.getJobCounts(), this.#why()])
    this.#reason = reason
    return counts
  }

  override getDescription(): string {
    return this.#reason
  }

  override async getJob(id: string): Promise<Job | undefined> {
    const job = await super.getJob(id)
    return job && (await this.#masked(job))
  }

  override async getJobs(...wanted: Parameters<BullMQAdapter['getJobs']>): Promise<Job[]> {
    const jobs = await super.getJobs(...wanted)
    // A job may have gone since its id was read.
    return await Promise.all(jobs.filter(Boolean).map((job) => this.#masked(job)))
  }

  /** We write none; a foreign worker's may say anything. */
  override async getJobLogs(): Promise<string[]> {
    return []
  }

  /** We have none; a foreign one's template would show the data of its jobs. */
  override async getJobSchedulers(): ReturnType<BullMQAdapter['getJobSchedulers']> {
    return []
  }

  /** We have no flows, and the tree of a foreign one is read past `getJob`. */
  override async getFlowProducer(): Promise<null> {
    return null
  }

  async #masked(job: Job): Promise<Job> {
    const data = await this.#dataOf(job)
    const shown = shownJob({ ...job, data })
    const view = this.#showData ? { ...shown, data } : shown
    const retry = job.retry.bind(job)
    return Object.assign(job, {
      toJSON: () => view,
      // As `dead-letters replay` does it; Bull Board itself would give a job that had used up its attempts a single one.
      retry: async () => void (await retryFailed({ retry, isFailed: () => job.isFailed() })),
    })
  }

  /** A parked delivery's job has no more than the lead's key: what the CRM answered stands in the ledger. */
  async #dataOf({ data, failedReason }: Job): Promise<unknown> {
    if (!failedReason || typeof data?.lead !== 'string') return data
    const tried = await this.#tried(data.lead)
    return tried === null ? data : { ...data, tried }
  }
}
