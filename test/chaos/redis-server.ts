import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findRedisServer, redisConfigText } from '../../src/store/redis-binary.ts'
import { askRedis, identifyRedis } from '../../src/store/redis-probe.ts'
import { launchRedis } from '../../src/store/redis-process.ts'
import { portForServer } from '../kit/port.ts'
import { until } from '../kit/until.ts'
import type { Processes } from './processes.ts'

/** The Redis of a run, set as the shipped one is, synced before every answer. */
export interface RedisServer {
  readonly port: number
  kill(): Promise<void>
  /** On the same port and data. */
  start(): Promise<void>
  freeze(): void
  thaw(): void
  /** All that it holds is gone. */
  empty(): Promise<void>
}

export async function openRedisServer(dir: string, processes: Pick<Processes, 'note'>): Promise<RedisServer> {
  const executable = await findRedisServer()
  const port = await portForServer()
  const configFile = join(dir, 'redis.conf')
  await writeFile(configFile, redisConfigText({ dir, port }))
  let server = await start()

  async function start() {
    const launched = await launchRedis({ executable, configFile, logFile: join(dir, 'redis.log'), dir })
    processes.note(launched.pid)
    await until('the Redis of the run is up', async () => {
      const found = await identifyRedis(port)
      return found?.pid === launched.pid && !found.loading
    })
    return launched
  }

  return {
    port,
    async kill() {
      process.kill(server.pid, 'SIGKILL')
      await server.ended
    },
    async start() {
      server = await start()
    },
    freeze: () => void process.kill(server.pid, 'SIGSTOP'),
    thaw: () => void process.kill(server.pid, 'SIGCONT'),
    async empty() {
      await askRedis(port, (redis) => redis.flushall())
    },
  }
}
