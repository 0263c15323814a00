import type { Redis } from 'ioredis'
import { risksIn } from '../../store/redis-policy.ts'
import { clockProblem } from './clock.ts'
import { findingsAbout, type LiveFinding } from './finding.ts'

const { ok, warning, error } = findingsAbout('redis')

/** Whether this Redis loses nothing that it acknowledged. `now` in ms since the epoch. */
export async function redisFindings(redis: Redis, now: () => number): Promise<readonly LiveFinding[]> {
  const info = await redis.info()
  const findings = risksIn(info).map(error)
  const fsync = await settingOf(redis, 'appendfsync')
  if (fsync !== null && fsync !== 'always') {
    findings.push(
      warning(`appendfsync is ${fsync}: a power cut loses what was acknowledged since the last fsync. Set appendfsync always.`),
    )
  }
  if (/^aof_last_write_status:(?!ok)/m.test(info)) {
    findings.push(error('Redis could not write its append-only file: free or repair its disk.'))
  }
  const asked = now()
  const [seconds, micros] = await redis.time()
  const skew = clockProblem(Number(seconds) * 1_000 + Number(micros) / 1_000, asked, now(), 'Redis')
  if (skew) findings.push(warning(skew))
  if (findings.length > 0) return findings
  return [ok(`answers, keeps every key, and its append-only file is on${fsync === null ? '' : ` (appendfsync ${fsync})`}`)]
}

/** Null where the server lets nobody ask, as managed ones do. */
async function settingOf(redis: Redis, name: string): Promise<string | null> {
  const answer = await redis.config('GET', name).catch(() => [])
  return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : null
}
