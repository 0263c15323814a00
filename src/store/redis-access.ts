import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import type { Log } from '../core/index.ts'
import { type EmbeddedRedis, startEmbeddedRedis } from './embedded-redis.ts'
import { type ConnectOptions, connectRedis, Scripts } from './redis.ts'
import { warnOfRiskySettings } from './redis-policy.ts'
import { identifyRedis } from './redis-probe.ts'

export type RedisSettings = { readonly mode: 'embedded' } | { readonly mode: 'url'; readonly url: string }

/** The daemon's Redis: an operator's, or the embedded one, which is started again when it dies. */
export interface RedisAccess {
  readonly url: string
  connect(name: string, patience: ConnectOptions['patience']): Scripts
  /** Ends the connections, and the embedded server if nobody else uses it. */
  close(): Promise<void>
}

const ReviveEveryMs = 1_000

/** Whose it is; an embedded server lives in the folder. */
export interface RedisOwner {
  readonly dataDir: string
  /** The installation's id. */
  readonly installation: string
}

/** Rejects only when an embedded server can't be started; one elsewhere may be away. */
export async function openRedis(settings: RedisSettings, { dataDir, installation }: RedisOwner, log: Log): Promise<RedisAccess> {
  const embedded = settings.mode === 'embedded' ? await startEmbeddedRedis({ dir: dataDir, log }) : null
  const url = settings.mode === 'url' ? settings.url : (embedded?.url ?? '')
  const connections: Redis[] = []
  const stopReviving = embedded ? keepAlive(embedded, connections, log) : () => undefined
  return {
    url,
    connect(name, patience) {
      const redis = connectRedis(url, { name, patience })
      watch(redis, name, log)
      if (settings.mode === 'url' && connections.length === 0) warnOfRiskySettings(redis, log)
      connections.push(redis)
      return new Scripts(redis, installation)
    },
    async close() {
      stopReviving()
      for (const redis of connections) redis.disconnect()
      await embedded?.stop()
    },
  }
}

/** Where to read while perhaps no daemon runs: null when there is no living embedded server. Starts none. */
export async function runningRedisUrl(settings: RedisSettings, dataDir: string): Promise<string | null> {
  if (settings.mode === 'url') return settings.url
  const record = await readFile(join(dataDir, 'redis.json'), 'utf8').catch(() => '')
  const port = Number(/"port":(\d+)/.exec(record)?.[1])
  const found = port ? await identifyRedis(port) : undefined
  return found?.dir === (await realpath(dataDir).catch(() => '')) ? `redis://127.0.0.1:${port}` : null
}

/** Says once when Redis goes and once when it is back, not at every try in between. */
function watch(redis: Redis, name: string, log: Log): void {
  let away = false
  redis.on('error', (error: Error) => {
    if (!away) log.warn({ connection: name, error }, 'Redis is away')
    away = true
  })
  redis.on('ready', () => {
    if (away) log.info({ connection: name }, 'Redis is back')
    away = false
  })
}

function keepAlive(embedded: EmbeddedRedis, connections: readonly Redis[], log: Log): () => void {
  let busy = false
  const timer = setInterval(() => {
    if (busy || connections.every((redis) => redis.status === 'ready')) return
    busy = true
    embedded
      .ensure()
      .catch((error: unknown) => log.error({ error }, 'the embedded Redis could not be started again'))
      .finally(() => {
        busy = false
      })
  }, ReviveEveryMs)
  return () => clearInterval(timer)
}
