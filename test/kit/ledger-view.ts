import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { readStatus, type Status } from '../../src/admin/status.ts'
import { Queues } from '../../src/queue/queues.ts'
import { CrmStates } from '../../src/store/crm-states.ts'
import { Scripts } from '../../src/store/redis.ts'
import { until } from './until.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

export interface Sight {
  readonly redis: Redis
  readonly queues: Queues
  readonly status: Status
}

/** Looks into the Redis of a daemon. The connection is not called leadsync…, so it keeps no embedded server alive. */
export async function look<T>(redisUrl: string, see: (sight: Sight) => T | Promise<T>): Promise<T> {
  const redis = new Redis(redisUrl, { connectTimeout: 1_000, maxRetriesPerRequest: 3 })
  redis.on('error', () => undefined)
  const queues = new Queues(redis, ['hubspot'], silent)
  const scripts = new Scripts(redis)
  try {
    const crms = [{ name: 'hubspot', valid: true }]
    return await see({ redis, queues, status: await readStatus({ queues, scripts, states: new CrmStates(scripts), crms }) })
  } finally {
    await queues.close()
    redis.disconnect()
  }
}

export function statusOf(redisUrl: string): Promise<Status> {
  return look(redisUrl, ({ status }) => status)
}

/** Waits until at least so many were received, every one of them was routed and every delivery has its outcome. */
export async function untilSettled(redisUrl: string, received: number, withinMs = 60_000): Promise<Status> {
  let status = await statusOf(redisUrl)
  await until(
    `${received} leads are received and settled`,
    async () => {
      status = await statusOf(redisUrl)
      return status.received >= received && isSettled(status)
    },
    { withinMs, shows: () => JSON.stringify(status) },
  )
  return status
}

function isSettled({ queues, crms }: Status): boolean {
  const leads = queues.leads
  if (!leads || leads.waiting + leads.active + leads.delayed + leads.prioritized > 0) return false
  return Object.values(crms).every(({ waiting }) => waiting === 0)
}

/** The two laws by which nothing is lost: design §3. */
export function expectBalanced(status: Status): void {
  const { received, accepted, duplicates, quarantined, held, crms } = status
  expect(accepted + duplicates + quarantined + held, JSON.stringify(status)).toBe(received)
  for (const crm of Object.values(crms)) {
    const { delivered, suppressed, notWanted, parked, discarded, forgotten, waiting, created, updated, unchanged } = crm
    expect(crm.accepted, JSON.stringify(crm)).toBe(delivered + suppressed + notWanted + parked + discarded + forgotten + waiting)
    expect(created + updated + unchanged, JSON.stringify(crm)).toBe(delivered)
  }
}
