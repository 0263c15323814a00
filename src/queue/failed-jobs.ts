import type { Job, Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/** When a job failed, ms since the epoch, both ends included; absent: any time. */
export interface FailedBetween {
  readonly from?: number | undefined
  readonly until?: number | undefined
}

const PageSize = 250

/**
 * Failed jobs, oldest first, a page at a time. By the time at which they failed: BullMQ's own pages go by place, and whoever retries a page has
 * moved the next one into its place. What fails again meanwhile is not met a second time.
 */
export async function* failedJobs(redis: Redis, queue: Queue, between: FailedBetween = {}): AsyncGenerator<readonly Job[]> {
  const key = queue.toKey('failed')
  const [, newest = '0'] = await redis.zrange(key, '0', '0', 'REV', 'WITHSCORES')
  const until = Math.min(between.until ?? Number.POSITIVE_INFINITY, Number(newest))
  let at = between.from ?? 0
  /** The ids of that very millisecond that were met already. */
  let met: ReadonlySet<string> = new Set()
  for (;;) {
    const found = await redis.zrange(key, String(at), String(until), 'BYSCORE', 'LIMIT', 0, PageSize + met.size, 'WITHSCORES')
    const fresh = pairs(found).filter(([id]) => !met.has(id))
    const last = fresh.at(-1)?.[1]
    if (last === undefined) return
    const ofLast = fresh.flatMap(([id, failedAt]) => (failedAt === last ? [id] : []))
    met = new Set(last === at ? [...met, ...ofLast] : ofLast)
    at = last
    const jobs: (Job | undefined)[] = await Promise.all(fresh.map(([id]) => queue.getJob(id)))
    // One may have gone since its id was read.
    yield jobs.filter((job) => job !== undefined)
  }
}

/** How many there are. */
export async function countFailed(redis: Redis, queue: Queue, { from, until }: FailedBetween = {}): Promise<number> {
  return await redis.zcount(queue.toKey('failed'), from ?? '-inf', until ?? '+inf')
}

function pairs(flat: readonly string[]): readonly (readonly [id: string, failedAt: number])[] {
  return flat.flatMap((id, index) => (index % 2 === 0 ? [[id, Number(flat[index + 1])] as const] : []))
}
