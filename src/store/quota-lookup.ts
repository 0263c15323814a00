import type { OrgUsage, RequestWindow } from '../core/index.ts'
import { RedisOrgBindings } from './org-bindings.ts'
import { dayKey, type QuotaOwner, quotaKeys, RequestCounts } from './quota-keys.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

/** What is known of the requests of the org that a CRM writes to. */
export interface CrmUsage extends OrgUsage {
  /** Sent for this CRM since the installation's beginning, by class. */
  readonly requests: Readonly<Record<string, number>>
}

/** Rejects when Redis can't be read. `now` in ms. */
export async function readCrmUsage(
  scripts: Scripts,
  crm: { readonly name: string; readonly connector: string },
  now: number,
): Promise<CrmUsage> {
  const bound = await new RedisOrgBindings(scripts, () => now).of(crm.name)
  const [usage, counts] = await Promise.all([
    readOrgUsage(scripts, { crm: crm.name, connector: crm.connector, bound }, now),
    scripts.redis.hgetall(`${KeyPrefix}${RequestCounts}`),
  ])
  const own = Object.entries(counts).filter(([name]) => name.startsWith(`${crm.name}:`))
  return { ...usage, requests: Object.fromEntries(own.map(([name, count]) => [name.slice(crm.name.length + 1), Number(count)])) }
}

/** Rejects when Redis can't be read. `now` in ms. */
export async function readOrgUsage(scripts: Scripts, owner: QuotaOwner, now: number): Promise<OrgUsage> {
  const all = await Promise.all(quotaKeys(owner).map((key) => readKey(scripts, key, now)))
  const readings = all.flatMap(({ day }) => (day === null ? [] : [day]))
  const newest = readings.toSorted((one, other) => other.at - one.at)[0] ?? null
  return { day: newest, spentToday: all.reduce((sum, { spentToday }) => sum + spentToday, 0) }
}

async function readKey({ redis }: Scripts, key: string, now: number): Promise<OrgUsage> {
  const org = `${KeyPrefix}quota:${key}`
  const [[used, limit, at], spent] = await Promise.all([redis.hmget(org, 'used', 'limit', 'at'), redis.get(dayKey(org, now))])
  const day = used && limit && at ? { used: Number(used), limit: Number(limit), at: Number(at) } : null
  return { day, spentToday: Number(spent ?? 0) }
}

/** The windows that answers told of, by class. */
export async function readWindows(scripts: Scripts, key: string): Promise<Readonly<Record<string, RequestWindow>>> {
  const stored = await scripts.redis.hgetall(`${KeyPrefix}quota:${key}`)
  const windows = Object.entries(stored).filter(([name]) => name.startsWith('window:'))
  return Object.fromEntries(windows.map(([name, text]) => [name.slice('window:'.length), JSON.parse(text) as RequestWindow]))
}
