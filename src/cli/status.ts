import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { readStatus } from '../admin/status.ts'
import { formatStatus } from '../admin/status-text.ts'
import { Queues } from '../queue/queues.ts'
import { RedisCrmStates } from '../store/crm-states.ts'
import { connectRedis, Scripts } from '../store/redis.ts'
import { runningRedisUrl } from '../store/redis-access.ts'
import { createLog } from './log.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'

const ReadyTimeoutMs = 5_000

/** Reads Redis itself, so it works beside any daemon and while none runs. Exit code 1 when Redis can't be read. */
export async function status(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { config: { type: 'string', default: DefaultConfigDir }, json: { type: 'boolean' } },
  })
  const config = readConfig(values.config)
  const url = await runningRedisUrl(config.leadsync.redis, config.leadsync.dataDir)
  if (!url) {
    process.stderr.write(`No Redis runs in ${config.leadsync.dataDir}: start the daemon with leadsync start.\n`)
    return 1
  }
  const redis = connectRedis(url, { name: 'status', patience: 'patient' })
  const crms = config.crms.map(({ name, ok }) => ({ name, valid: ok }))
  redis.on('error', () => undefined)
  try {
    await once(redis, 'ready', { signal: AbortSignal.timeout(ReadyTimeoutMs) })
  } catch {
    redis.disconnect()
    process.stderr.write('Redis does not answer.\n')
    return 1
  }
  const scripts = new Scripts(redis)
  const queues = new Queues(
    redis,
    crms.map(({ name }) => name),
    createLog('silent'),
  )
  try {
    const read = await readStatus({ queues, scripts, states: new RedisCrmStates(scripts), crms })
    process.stdout.write(values.json ? `${JSON.stringify(read)}\n` : `${formatStatus(read, Date.now()).join('\n')}\n`)
    return 0
  } finally {
    await queues.close()
    redis.disconnect()
  }
}
