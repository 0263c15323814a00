import { type JobsOptions, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Log } from '../core/index.ts'
import { Batcher } from '../delivery/batcher.ts'
import {
  AlertsQueue,
  deliveryQueue,
  FollowUpsQueue,
  JobCatalogue,
  type JobName,
  LeadsQueue,
  QuarantineQueue,
  queuePrefix,
} from './catalogue.ts'
import { stamped } from './job-version.ts'

export type { Job, Queue } from 'bullmq'

export interface NewJob {
  readonly name: JobName
  readonly id: string
  readonly data: unknown
  /** How long it waits before it may run, in ms. */
  readonly delayMs?: number
}

const JobsAtOnce = 200

/** Our queues on one connection; jobs that are added at the same time travel together. */
export class Queues {
  /** The connection that they share. */
  readonly redis: Redis
  readonly leads: Queue
  readonly quarantine: Queue
  readonly followUps: Queue
  readonly alerts: Queue
  readonly deliveries: ReadonlyMap<string, Queue>
  readonly #others = new Map<string, Queue>()
  readonly #open: (name: string) => Queue
  readonly #batchers = new Map<string, Batcher<NewJob, string>>()

  constructor(redis: Redis, crms: readonly string[], log: Log) {
    this.redis = redis
    this.leads = open(LeadsQueue, redis, log)
    this.quarantine = open(QuarantineQueue, redis, log)
    this.followUps = open(FollowUpsQueue, redis, log)
    this.alerts = open(AlertsQueue, redis, log)
    this.deliveries = new Map(crms.map((crm) => [crm, open(deliveryQueue(crm), redis, log)]))
    this.#open = (name) => open(name, redis, log)
    for (const queue of this.all()) this.#batch(queue)
  }

  all(): Queue[] {
    return [this.leads, this.quarantine, this.followUps, this.alerts, ...this.deliveries.values()]
  }

  delivery(crm: string): Queue {
    const queue = this.deliveries.get(crm)
    if (!queue) throw new Error(`There is no queue for the CRM ${crm}.`)
    return queue
  }

  /**
   * Also of a CRM that has no file: what is to be done there waits until the file is back, or goes over to the new name when it was renamed.
   * Such a queue is not among `all()`.
   */
  deliveryOrOpen(crm: string): Queue {
    const known = this.deliveries.get(crm) ?? this.#others.get(crm)
    if (known) return known
    const queue = this.#open(deliveryQueue(crm))
    this.#others.set(crm, queue)
    this.#batch(queue)
    return queue
  }

  #batch(queue: Queue): void {
    const batcher = new Batcher({
      max: JobsAtOnce,
      concurrency: 4,
      waitMs: 2,
      run: (jobs: readonly NewJob[]) => addAll(queue, jobs),
    })
    this.#batchers.set(queue.name, batcher)
  }

  /** Adding a job whose id is kept already changes nothing. */
  async add(queue: Queue, job: NewJob): Promise<void> {
    await this.#batchers.get(queue.name)?.submit(job)
  }

  async close(): Promise<void> {
    await Promise.all([...this.all(), ...this.#others.values()].map((queue) => queue.close()))
  }
}

function open(name: string, redis: Redis, log: Log): Queue {
  // BullMQ asks a new connection for the server's version, and a queue whose first question failed fails for ever: Redis may be away now.
  const queue = new Queue(name, {
    connection: redis,
    prefix: queuePrefix(name),
    skipWaitingForReady: true,
    skipVersionCheck: true,
  })
  queue.on('error', (error) => log.warn({ queue: name, error: error.message }, 'the queue lost Redis for a moment'))
  return queue
}

async function addAll(queue: Queue, jobs: readonly NewJob[]): Promise<string[]> {
  await queue.addBulk(
    jobs.map(({ name, id, data, delayMs: delay }) => ({
      name,
      data: stamped(data),
      opts: { ...(JobCatalogue[name] as JobsOptions), jobId: id, ...(delay === undefined ? {} : { delay }) },
    })),
  )
  return jobs.map((job) => job.id)
}
