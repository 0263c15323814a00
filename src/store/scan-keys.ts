import { KeyPrefix, type Scripts } from './redis.ts'

const AtOnce = 500

/**
 * Our own keys that match, without the prefix in `pattern`, in parts as Redis finds them. One that is there all the time is met at least once,
 * and may be met twice.
 */
export async function* scanKeys({ redis }: Scripts, pattern: string): AsyncGenerator<readonly string[]> {
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${KeyPrefix}${pattern}`, 'COUNT', AtOnce)
    if (keys.length > 0) yield keys
    cursor = next
  } while (cursor !== '0')
}
