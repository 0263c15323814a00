import { randomFillSync } from 'node:crypto'
import { monotonicFactory } from 'ulidx'

const PoolBytes = 4_096

/**
 * Ids that sort by the time at which they were made, also within one millisecond. `now` in milliseconds since the epoch.
 * ulidx by itself asks the system for one random byte at a time, 16 for an id: that was a seventh of all the work of taking a lead.
 */
export function createUlids(now: () => number): () => string {
  const pool = new Uint8Array(PoolBytes)
  let used = PoolBytes
  const ulid = monotonicFactory(() => {
    if (used === PoolBytes) {
      randomFillSync(pool)
      used = 0
    }
    return (pool[used++] ?? 0) / 256
  })
  return () => ulid(now())
}
