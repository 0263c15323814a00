import { KeyPrefix, type Scripts } from '../store/redis.ts'

/** The test lead that came last, by which somebody sees that the way from the marketplace to here is open. */
export interface TestLead {
  /** ISO 8601. */
  readonly at: string
  /** The name of the token it came with; null when it came by another way. */
  readonly token: string | null
}

/** Noted by the script that admits leads, whether the test lead was held, delivered or a duplicate. */
export async function lastTestLead(scripts: Scripts): Promise<TestLead | null> {
  const [at, token] = await scripts.redis.hmget(`${KeyPrefix}lastTestLead`, 'at', 'token')
  return at ? { at, token: token || null } : null
}
