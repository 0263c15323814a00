import { setImmediate as turn } from 'node:timers/promises'
import { type BulkJobOptions, type Job, Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'

// What BullMQ alone does on the same Redis. Deliberately nothing of ours in here, options included: whatever makes Leadsync faster or
// slower must move the ratio.
const Options: BulkJobOptions = { removeOnComplete: true, removeOnFail: false }
const RouteConcurrency = 50
const DeliverConcurrency = 200
const PrefillAtOnce = 500

/** Adds `count` jobs from one process, `inFlight` at a time, each by a call of its own. Returns the seconds that it took. */
export async function bareAdds(redis: Redis, count: number, inFlight: number, data: (n: number) => object): Promise<number> {
  const queue = openQueue(redis, 'bare-adds')
  await queue.waitUntilReady()
  let next = 0
  async function addUntilDone(): Promise<void> {
    for (let n = next++; n < count; n = next++) await queue.add('lead', data(n), { ...Options, jobId: `lead.${n}` })
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: inFlight }, addUntilDone))
  const seconds = (performance.now() - started) / 1_000
  await queue.close()
  return seconds
}

export interface BareTwoHops {
  /** Adds so many jobs, which wait for `drain`. */
  fill(count: number, data: (n: number) => object): Promise<void>
  /** Resolves when all jobs are done. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** `bare-leads` → `bare-deliver`: each job adds one to the next queue, in bulk with those that are routed at the same time. Nobody does any work. */
export function openBareTwoHops(redis: Redis): BareTwoHops {
  const leads = openQueue(redis, 'bare-leads')
  const deliver = openQueue(redis, 'bare-deliver')
  const addSoon = bulkAdder(deliver)
  let added = 0
  let delivered = 0
  let done: () => void = () => undefined

  const router = openWorker(redis, leads, RouteConcurrency, (job) => addSoon(`crm.${job.id}`, { lead: job.id }))
  const deliverer = openWorker(redis, deliver, DeliverConcurrency, async () => {})
  deliverer.on('completed', () => {
    delivered += 1
    if (delivered === added) done()
  })

  return {
    async fill(count, data) {
      await leads.pause()
      for (let from = 0; from < count; from += PrefillAtOnce) {
        const size = Math.min(PrefillAtOnce, count - from)
        const jobs = Array.from({ length: size }, (_, index) => job('lead', `lead.${added + index}`, data(added + index)))
        await leads.addBulk(jobs)
        added += size
      }
    },
    async drain() {
      const finished = new Promise<void>((resolve) => {
        done = resolve
      })
      await leads.resume()
      await finished
    },
    async close() {
      await Promise.all([router.close(), deliverer.close()])
      await Promise.all([leads.close(), deliver.close()])
    },
  }
}

function job(name: string, jobId: string, data: object) {
  return { name, data, opts: { ...Options, jobId } }
}

function openQueue(redis: Redis, name: string): Queue {
  return new Queue(name, { connection: redis })
}

function openWorker(redis: Redis, queue: Queue, concurrency: number, work: (job: Job) => Promise<void>): Worker {
  return new Worker(queue.name, work, { connection: redis, concurrency })
}

/** Jobs of one turn of the event loop go in one `addBulk`. */
function bulkAdder(queue: Queue): (jobId: string, data: object) => Promise<void> {
  let waiting: ReturnType<typeof job>[] = []
  let adding: Promise<unknown> | null = null

  async function addAll(): Promise<void> {
    await turn()
    const jobs = waiting
    waiting = []
    adding = null
    await queue.addBulk(jobs)
  }

  return async (jobId, data) => {
    waiting.push(job('deliver', jobId, data))
    adding ??= addAll()
    await adding
  }
}
