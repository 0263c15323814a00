import { Redis } from 'ioredis'

export interface RedisIdentity {
  readonly pid: number
  /** The folder its data is in, as the server itself says. */
  readonly dir: string
  /** Still reading its AOF: it answers no data command yet. */
  readonly loading: boolean
}

/** Opens a connection for one question. It carries no `leadsync` name: it must not count as somebody at work. Rejects when nobody answers. */
export async function askRedis<T>(port: number, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    // With RESP3 ioredis waits for the answer to its HELLO without a limit: a frozen server would hang us.
    protocol: 2,
    connectTimeout: 1_000,
    commandTimeout: 2_000,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    // ioredis lets a timer of two seconds run when the other side has closed already, and a process that is done would wait for it.
    disconnectTimeout: 50,
  })
  // Without a listener ioredis prints every failed connection; the rejection already says it.
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}

/** Who listens on the port; undefined when nobody, or nobody who is a Redis that lets us ask. */
export async function identifyRedis(port: number): Promise<RedisIdentity | undefined> {
  try {
    return await askRedis(port, async (redis) => {
      const info = await redis.info()
      const [, dir = ''] = (await redis.config('GET', 'dir')) as string[]
      return { pid: Number(/^process_id:(\d+)/m.exec(info)?.[1]), dir, loading: /^loading:1/m.test(info) }
    })
  } catch {
    return undefined
  }
}

/** How many connections named `leadsync…` the server has: daemons, workers, commands; BullMQ names its own after our prefix. */
export async function countLeadsyncClients(redis: Redis): Promise<number> {
  const list = String(await redis.client('LIST'))
  return list.split('\n').filter((line) => / name=leadsync/.test(line)).length
}
