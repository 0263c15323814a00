import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/** The test lead that came last, by which somebody sees that the way from the marketplace to here is open. */
export interface TestLead {
  /** ISO 8601. */
  readonly at: string
  /** The name of the token it came with; null when it came by another way. */
  readonly token: string | null
}

const PageSize = 500
const MostPages = 10

/**
 * The newest held test lead. It is read from the queue `quarantine`, so that any process can say it, and by job names first: what else is kept
 * there may be a quarter of a megabyte each.
 */
export async function lastTestLead(quarantine: Queue, redis: Redis): Promise<TestLead | null> {
  for (let page = 0; page < MostPages; page += 1) {
    const ids = await quarantine.getRanges(['waiting'], page * PageSize, (page + 1) * PageSize - 1)
    for (const id of await heldAmong(ids, quarantine, redis)) {
      const found = await readTestLead(quarantine, id)
      if (found) return found
    }
    if (ids.length < PageSize) return null
  }
  return null
}

async function heldAmong(ids: readonly string[], quarantine: Queue, redis: Redis): Promise<readonly string[]> {
  const names = redis.pipeline()
  for (const id of ids) names.hget(quarantine.toKey(id), 'name')
  const answers = (await names.exec()) ?? []
  return ids.filter((_id, index) => answers[index]?.[1] === 'held')
}

async function readTestLead(quarantine: Queue, id: string): Promise<TestLead | null> {
  const data: unknown = (await quarantine.getJob(id))?.data
  if (typeof data !== 'object' || data === null) return null
  const { test, receivedAt, tags } = data as Readonly<Record<string, unknown>>
  if (test !== true || typeof receivedAt !== 'string') return null
  const names: readonly unknown[] = Array.isArray(tags) ? tags : []
  const tag = names.filter((name) => typeof name === 'string').find((name) => name.startsWith('token:'))
  return { at: receivedAt, token: tag?.slice('token:'.length) ?? null }
}
