import type { QuarantineRoom } from '../delivery/quarantine-room.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

const RoomKey = `${KeyPrefix}quarantine-room`
const AtOnce = 500
/** Room is taken before the job is added, by a process that may be slow. */
const FreshMs = 60_000

/**
 * The count stands beside the jobs and not in them, as their keys are in another Cluster slot. Jobs also go without telling it (they age out,
 * somebody is forgotten, a person removes them in the board), so `tidy` compares both now and then.
 */
export class RedisQuarantineRoom implements QuarantineRoom {
  readonly #scripts: Scripts
  readonly #maxBytes: number
  readonly #now: () => number

  constructor(scripts: Scripts, maxBytes: number, now: () => number) {
    this.#scripts = scripts
    this.#maxBytes = maxBytes
    this.#now = now
  }

  async take(jobId: string, bytes: number, onlyCopy: boolean): Promise<boolean> {
    const most = onlyCopy ? '' : this.#maxBytes
    return (await this.#scripts.run('quarantine-room', 'take', jobId, bytes, most, this.#now())) === 1
  }

  async give(jobId: string): Promise<void> {
    await this.#scripts.run('quarantine-room', 'give', jobId, '')
  }

  /** Bytes of all bodies that are kept. */
  async used(): Promise<number> {
    return Number((await this.#scripts.redis.hget(RoomKey, 'total')) ?? 0)
  }

  /** Gives back what was taken by jobs that are gone. `jobKey` says under which key Redis has a job. */
  async tidy(jobKey: (jobId: string) => string): Promise<void> {
    const { redis } = this.#scripts
    let cursor = '0'
    do {
      const [next, fields] = await redis.hscan(RoomKey, cursor, 'COUNT', AtOnce)
      await this.#giveGone(fields, jobKey)
      cursor = next
    } while (cursor !== '0')
  }

  async #giveGone(fields: readonly string[], jobKey: (jobId: string) => string): Promise<void> {
    const gone: string[] = []
    for (let at = 0; at < fields.length; at += 2) {
      const [jobId = '', stands = ''] = fields.slice(at, at + 2)
      const since = Number(stands.split(' ')[1] ?? Number.POSITIVE_INFINITY)
      if (jobId === 'total' || this.#now() - since < FreshMs) continue
      if ((await this.#scripts.redis.exists(jobKey(jobId))) === 0) gone.push(jobId, stands)
    }
    if (gone.length > 0) await this.#scripts.run('quarantine-room', 'give', ...gone)
  }
}
