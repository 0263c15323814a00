import { type JobType, Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { until } from './until.ts'

/** What the installation has counted since its beginning, and what waits on `leads`. */
export interface Counted {
  readonly received: number
  readonly accepted: number
  readonly duplicates: number
  readonly quarantined: number
  readonly held: number
  readonly unrouted: number
  readonly hubspot: CountedCrm
  /** Leads that are not routed yet. */
  readonly routing: number
}

export interface CountedCrm {
  readonly accepted: number
  readonly delivered: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly suppressed: number
  readonly notWanted: number
  readonly parked: number
  readonly discarded: number
  readonly forgotten: number
  readonly waiting: number
}

/** A connection to the Redis of a daemon, with nothing of ours in between. It is not called leadsync…, so it keeps no embedded server alive. */
export async function look<T>(redisUrl: string, see: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(redisUrl, { connectTimeout: 1_000, maxRetriesPerRequest: 3 })
  redis.on('error', () => undefined)
  try {
    return await see(redis)
  } finally {
    redis.disconnect()
  }
}

/** As any BullMQ client sees it. */
export async function withQueue<T>(redisUrl: string, name: string, see: (queue: Queue, redis: Redis) => Promise<T>): Promise<T> {
  return await look(redisUrl, async (redis) => {
    const queue = new Queue(name, { connection: redis, prefix: `leadsync:{${name}}` })
    try {
      return await see(queue, redis)
    } finally {
      await queue.close()
    }
  })
}

export async function counted(redisUrl: string): Promise<Counted> {
  return await withQueue(redisUrl, 'leads', countedOn)
}

async function countedOn(leads: Queue, redis: Redis): Promise<Counted> {
  const routing = await leads.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized')
  const stored = await redis.hgetall('{leadsync}:counters')
  const count = (name: string) => Number(stored[name] ?? 0)
  return {
    received: count('received'),
    accepted: count('accepted'),
    duplicates: count('duplicates'),
    quarantined: count('quarantined'),
    held: count('held'),
    unrouted: count('unrouted'),
    routing,
    hubspot: countsOf('hubspot', stored),
  }
}

/** The same for one CRM by its name. */
export async function countedIn(redisUrl: string, crm: string): Promise<CountedCrm> {
  return await look(redisUrl, async (redis) => countsOf(crm, await redis.hgetall('{leadsync}:counters')))
}

function countsOf(crm: string, stored: Readonly<Record<string, string>>): CountedCrm {
  const count = (name: string) => Number(stored[`crm:${crm}:${name}`] ?? 0)
  return {
    accepted: count('accepted'),
    delivered: count('delivered'),
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    suppressed: count('suppressed'),
    notWanted: count('notWanted'),
    parked: count('parked'),
    discarded: count('discarded'),
    forgotten: count('forgotten'),
    waiting: count('waiting'),
  }
}

/** The data of every job of a queue that is in one of these states. */
export async function jobsOf(redisUrl: string, name: string, states: JobType[] = ['waiting']): Promise<readonly KeptJob[]> {
  return await withQueue(redisUrl, name, async (queue) => {
    const jobs = await queue.getJobs(states)
    return jobs.map((job) => ({ id: job.id ?? '', name: job.name, data: job.data as Readonly<Record<string, unknown>> }))
  })
}

export interface KeptJob {
  readonly id: string
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Waits until at least so many were received, every one of them was routed and every delivery has its outcome. */
export async function untilSettled(redisUrl: string, received: number, withinMs = 60_000): Promise<Counted> {
  // One connection for all looks: a new one, and a new queue, forty times in a second took a tenth of a core from those who are waited for.
  return await withQueue(redisUrl, 'leads', async (leads, redis) => {
    let now = await countedOn(leads, redis)
    await until(
      `${received} leads are received and settled`,
      async () => {
        now = await countedOn(leads, redis)
        return now.received >= received && now.routing === 0 && now.hubspot.waiting === 0
      },
      { withinMs, shows: () => JSON.stringify(now) },
    )
    return now
  })
}

/** The laws by which nothing is lost between two counters. */
export function expectBalanced(now: Counted): void {
  const { received, accepted, duplicates, quarantined, held, hubspot } = now
  expect(accepted + duplicates + quarantined + held, JSON.stringify(now)).toBe(received)
  const { delivered, suppressed, notWanted, parked, discarded, forgotten, waiting, created, updated, unchanged } = hubspot
  expect(delivered + suppressed + notWanted + parked + discarded + forgotten + waiting, JSON.stringify(now)).toBe(
    hubspot.accepted,
  )
  expect(created + updated + unchanged, JSON.stringify(now)).toBe(delivered)
}
