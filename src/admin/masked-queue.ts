import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { retryFailed } from '../queue/dead-letters.ts'
import type { Job, Queue } from '../queue/queues.ts'
import { shownJob } from './job-view.ts'

export interface MaskedQueueOptions {
  /** Whether its buttons do something. */
  readonly operable: boolean
  /** Whether the data of jobs is shown as it is. */
  readonly showData: boolean
}

/**
 * A queue as Bull Board may see it. Its own formatters cover data, name, progress and return value only; job ids, options, stack traces and
 * logs would pass them by, so what a job is made into is replaced here, at the one place where jobs come out.
 */
export class MaskedQueue extends BullMQAdapter {
  readonly #showData: boolean

  constructor(queue: Queue, { operable, showData }: MaskedQueueOptions) {
    super(queue, { readOnlyMode: !operable })
    this.#showData = showData
  }

  override async getJob(id: string): Promise<Job | undefined> {
    const job = await super.getJob(id)
    return job && this.#masked(job)
  }

  override async getJobs(...wanted: Parameters<BullMQAdapter['getJobs']>): Promise<Job[]> {
    const jobs = await super.getJobs(...wanted)
    // A job may have gone since its id was read.
    return jobs.filter(Boolean).map((job) => this.#masked(job))
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

  #masked(job: Job): Job {
    const shown = shownJob(job)
    const view = this.#showData ? { ...shown, data: job.data } : shown
    const retry = job.retry.bind(job)
    return Object.assign(job, {
      toJSON: () => view,
      // As `dead-letters replay` does it; Bull Board itself would give a job that had used up its attempts a single one.
      retry: async () => void (await retryFailed({ retry, isFailed: () => job.isFailed() })),
    })
  }
}
