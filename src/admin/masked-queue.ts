import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import type { Job, Queue } from '../queue/queues.ts'
import { shownJob } from './job-view.ts'

/**
 * A queue as Bull Board may see it. Its own formatters cover data, name, progress and return value only; job ids, options, stack traces and
 * logs would pass them by, so what a job is made into is replaced here, at the one place where jobs come out.
 */
export class MaskedQueue extends BullMQAdapter {
  constructor(queue: Queue) {
    super(queue, { readOnlyMode: true })
  }

  override async getJob(id: string): Promise<Job | undefined> {
    const job = await super.getJob(id)
    return job && masked(job)
  }

  override async getJobs(...wanted: Parameters<BullMQAdapter['getJobs']>): Promise<Job[]> {
    const jobs = await super.getJobs(...wanted)
    // A job may have gone since its id was read.
    return jobs.filter(Boolean).map(masked)
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
}

function masked(job: Job): Job {
  const shown = shownJob(job)
  return Object.assign(job, { toJSON: () => shown })
}
