import type { Redis } from 'ioredis'

/** Every key of a Redis with all that stands under it, as one text each, by the key's name; but for BullMQ's timers, which end by themselves. */
export async function dumpRedis(redis: Redis): Promise<ReadonlyMap<string, string>> {
  const keys = (await redis.keys('*')).filter((key) => !/:(stalled-check|limiter)$/.test(key)).sort()
  const texts = await Promise.all(
    keys.map(async (key) => [key, `${key} ${JSON.stringify(await contentOf(redis, key))}`] as const),
  )
  return new Map(texts)
}

async function contentOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return await redis.get(key)
    case 'hash':
      return await redis.hgetall(key)
    case 'list':
      return await redis.lrange(key, 0, -1)
    case 'set':
      return (await redis.smembers(key)).sort()
    case 'zset':
      return await redis.zrange(key, '0', '-1')
    case 'stream':
      return await redis.xrange(key, '-', '+')
    default:
      return null
  }
}
