import type { Redis } from 'ioredis'
import type { Log } from '../core/index.ts'

/** Says once per connection what in the server's settings could lose an acknowledged lead. It does not refuse: intake can still keep leads. */
export function warnOfRiskySettings(redis: Redis, log: Log): void {
  redis.once('ready', () => {
    redis
      .info()
      .then((info) => {
        for (const risk of risksIn(info)) log.error({}, risk)
      })
      .catch((error: unknown) => log.warn({ error }, 'the settings of Redis could not be read'))
  })
}

/** Sentences for the operator, from what `INFO` says; managed servers often refuse `CONFIG`. */
export function risksIn(info: string): readonly string[] {
  const risks: string[] = []
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1]
  if (policy && policy !== 'noeviction') {
    risks.push(
      `Redis evicts keys when it is full (maxmemory-policy ${policy}): leads would be lost. Set maxmemory-policy noeviction.`,
    )
  }
  if (/^aof_enabled:0/m.test(info)) {
    risks.push(
      'Redis keeps no append-only file: what it acknowledged is lost when it dies. Set appendonly yes and appendfsync always.',
    )
  }
  return risks
}
