import { once } from 'node:events'
import type { Redis } from 'ioredis'
import { readInstallation, unboundFile } from '../config/installation.ts'
import type { Config } from '../config/load.ts'
import { Queues } from '../queue/queues.ts'
import { startEmbeddedRedis } from '../store/embedded-redis.ts'
import { connectRedis, Scripts } from '../store/redis.ts'
import { runningRedisUrl } from '../store/redis-access.ts'
import { bindStore } from '../store/store-binding.ts'
import { HoldingSentence } from '../store/store-guard.ts'
import { createLog } from './log.ts'

const ReadyTimeoutMs = 5_000

export interface OpenStore {
  readonly scripts: Scripts
  /** Those of the disabled CRMs too: what they parked before is still somebody's to decide. */
  readonly queues: Queues
}

/** Redis itself, beside any daemon and while none runs; or a sentence why it can't be reached. `command` shows in its client list. */
export async function openStoreRedis(config: Config, command: string): Promise<{ redis: Redis } | { problem: string }> {
  const { redis: settings, dataDir } = config.leadsync
  const url = await runningRedisUrl(settings, dataDir)
  if (!url) return { problem: `No Redis runs in ${dataDir}: start the daemon with leadsync start.` }
  const redis = connectRedis(url, { name: command, patience: 'patient' })
  redis.on('error', () => undefined)
  try {
    await once(redis, 'ready', { signal: AbortSignal.timeout(ReadyTimeoutMs) })
    return { redis }
  } catch {
    redis.disconnect()
    return { problem: 'Redis does not answer.' }
  }
}

/**
 * Runs a command that wants every daemon stopped. The embedded Redis stops with the last of them, so it is started for the command, and
 * stopped again unless somebody else is at work on it by then.
 */
export async function withOwnStore(config: Config, command: string, use: (store: OpenStore) => Promise<number>): Promise<number> {
  return await withServer(config, () => withStore(config, command, use))
}

/** The same on Redis itself, whatever it holds. */
export async function withOwnRedis(config: Config, command: string, use: (redis: Redis) => Promise<number>): Promise<number> {
  return await withServer(config, () => withRedis(config, command, use))
}

async function withServer(config: Config, run: () => Promise<number>): Promise<number> {
  const { redis: settings, dataDir } = config.leadsync
  if (settings.mode === 'url' || (await readInstallation(dataDir)) === null) return await run()
  const embedded = await startEmbeddedRedis({ dir: dataDir, log: createLog('silent') })
  try {
    return await run()
  } finally {
    await embedded.stop()
  }
}

/** Runs a command on the store and closes it again. Exit code 1 when Redis can't be reached, or holds another installation's data or none. */
export async function withStore(config: Config, command: string, use: (store: OpenStore) => Promise<number>): Promise<number> {
  return await withRedis(config, command, async (redis) => {
    const { dataDir } = config.leadsync
    // Before the first start there is no installation, and nothing there to be anybody's.
    const installation = (await readInstallation(dataDir))?.id ?? null
    const problem =
      installation === null
        ? null
        : HoldingSentence[await bindStore(redis, { unboundFile: unboundFile(dataDir, installation), installation })]
    if (problem !== null) {
      process.stderr.write(`${problem}\n`)
      return 1
    }
    return await withQueues(config, new Scripts(redis, installation), use)
  })
}

export async function withQueues(config: Config, scripts: Scripts, use: (store: OpenStore) => Promise<number>): Promise<number> {
  const queues = new Queues(scripts.redis, [...config.crms.map(({ name }) => name), ...config.disabled], createLog('silent'))
  try {
    return await use({ scripts, queues })
  } finally {
    await queues.close()
  }
}

async function withRedis(config: Config, command: string, use: (redis: Redis) => Promise<number>): Promise<number> {
  const opened = await openStoreRedis(config, command)
  if ('problem' in opened) {
    process.stderr.write(`${opened.problem}\n`)
    return 1
  }
  try {
    return await use(opened.redis)
  } finally {
    opened.redis.disconnect()
  }
}
