import { setTimeout as wait } from 'node:timers/promises'
import type { Redis } from 'ioredis'

const MostTries = 50
const TryEveryMs = 100

/**
 * Has Redis write its append-only file anew: the old one still has every write in it, also of what is deleted by now. Null when it does, else a
 * sentence for a person.
 */
export async function rewriteAof(redis: Redis): Promise<string | null> {
  try {
    if (/^aof_enabled:0/m.test(await redis.info('persistence'))) {
      return 'Redis writes no append-only file. Its last dump still has what was deleted: BGSAVE writes a new one.'
    }
    await started(redis)
    return null
  } catch {
    return 'Redis would not write its append-only file anew, and the old one still has what was deleted: have BGREWRITEAOF run there, or ask whoever runs that Redis.'
  }
}

/** One that is under way began before the deletions. */
async function started(redis: Redis): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await redis.bgrewriteaof()
      return
    } catch (error) {
      const isUnderWay = error instanceof Error && /already in progress/.test(error.message)
      if (!isUnderWay || tries === MostTries) throw error
      await wait(TryEveryMs)
    }
  }
}
