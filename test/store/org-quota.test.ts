import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { QuotaReading, QuotaRules } from '../../src/core/index.ts'
import { RedisOrgBindings } from '../../src/store/org-bindings.ts'
import { RedisOrgQuota } from '../../src/store/org-quota.ts'
import { readCrmUsage } from '../../src/store/quota-lookup.ts'
import { connectRedis, Scripts } from '../../src/store/redis.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { until } from '../kit/until.ts'

/** No test lasts long enough for a request to leave the burst window, and each for one to leave that of search. */
const Rules: QuotaRules = {
  windows: { burst: { requests: 10, seconds: 600 }, search: { requests: 2, seconds: 1 }, login: null },
  classOf: () => 'burst',
  read: () => ({ windows: {}, day: null }),
}
const Nothing: QuotaReading = { windows: {}, day: null }
const Noon = Date.UTC(2026, 10, 23, 12)
const Hour = 3_600_000

let server: TestRedis
let opened: Scripts[]

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  opened = []
  const { redis } = await connect()
  await redis.flushall()
})
afterEach(() => {
  for (const { redis } of opened) redis.disconnect()
})
afterAll(() => server.stop())

async function connect(): Promise<Scripts> {
  const redis = connectRedis(server.url, { name: 'quota', patience: 'hasty' })
  redis.on('error', () => undefined)
  const scripts = new Scripts(redis, null)
  opened.push(scripts)
  await until('Redis is there', () => redis.status === 'ready')
  return scripts
}

/** As one process has it. */
async function open(crm = 'hubspot', now = () => Noon): Promise<RedisOrgQuota> {
  const scripts = await connect()
  const orgs = new RedisOrgBindings(scripts, now)
  return new RedisOrgQuota(scripts, { crm, connector: 'acme', rules: Rules, orgs, now })
}

async function bind(crm: string, org: string): Promise<void> {
  await new RedisOrgBindings(await connect(), () => Noon).bind({ crm, org, sharedOrg: true })
}

/** How many of so many requests, asked for at once by these processes in turn, may be sent. */
async function admitted(count: number, ...quotas: readonly RedisOrgQuota[]): Promise<number> {
  const asked = Array.from({ length: count }, (_, index) => quotas[index % quotas.length]?.take('burst'))
  return (await Promise.all(asked)).filter((ms) => ms === 0).length
}

it('lets two processes send no more together than the window has, and says when there is room', async () => {
  const [one, other] = [await open(), await open()]
  expect(await admitted(25, one, other)).toBe(10)
  const ms = await other.take('burst')
  expect(ms).toBeGreaterThan(500_000)
  expect(ms).toBeLessThanOrEqual(600_250)
  expect(await one.take('login')).toBe(0)
})

it('lets requests go as others leave the window, never more in any stretch of it', async () => {
  const quota = await open()
  const sent: number[] = []
  await until('five were sent', async () => {
    if ((await quota.take('search')) === 0) sent.push(performance.now())
    return sent.length === 5
  })
  // Two in any second: the third after each comes a second later. Ours is measured after Redis's clock, so a little may lack.
  for (const [index, at] of sent.slice(0, -2).entries()) expect((sent[index + 2] ?? 0) - at).toBeGreaterThan(950)
})

it('has all processes go by what an answer said of the window', async () => {
  const [one, other] = [await open(), await open()]
  one.note('burst', { windows: { burst: { requests: 3, seconds: 600 } }, day: null })
  expect(await admitted(5, one)).toBe(3)
  expect(await admitted(5, other)).toBe(0)
  other.note('burst', { windows: { burst: { requests: 5, seconds: 600 } }, day: null })
  expect(await admitted(5, other)).toBe(2)
})

it('counts files that write to one org together, and others apart', async () => {
  await bind('hubspot', '4711')
  await bind('partners', '4711')
  const [one, same, unbound] = [await open(), await open('partners'), await open('elsewhere')]
  expect(await admitted(20, one, same)).toBe(10)
  expect(await admitted(20, unbound)).toBe(10)
})

it('knows what the org has used, what Leadsync sent on this day, and each CRM by class', async () => {
  const clock = { now: Noon }
  const quota = await open('hubspot', () => clock.now)
  const scripts = await connect()
  quota.note('burst', { windows: {}, day: { used: 40, limit: 100 } })
  quota.note('burst', null)
  quota.note('search', Nothing)
  const crm = { name: 'hubspot', connector: 'acme' }
  await until('all is counted', async () => (await readCrmUsage(scripts, crm, Noon)).spentToday === 3)
  expect(await readCrmUsage(scripts, crm, Noon)).toEqual({
    day: { used: 40, limit: 100, at: Noon },
    spentToday: 3,
    requests: { burst: 2, search: 1 },
  })
  clock.now += 12 * Hour
  expect(await quota.usage()).toEqual({ day: { used: 40, limit: 100, at: Noon }, spentToday: 0 })
})

it('counts what was sent before the CRM was bound as well', async () => {
  const quota = await open()
  await quota.usage()
  quota.note('burst', { windows: {}, day: { used: 1, limit: 100 } })
  await bind('hubspot', '4711')
  const bound = await open('hubspot', () => Noon + 1)
  await bound.usage()
  bound.note('burst', { windows: {}, day: { used: 2, limit: 100 } })
  const seen = { day: { used: 2, limit: 100, at: Noon + 1 }, spentToday: 2 }
  await until('both are counted', async () => (await bound.usage())?.spentToday === 2)
  expect(await bound.usage()).toEqual(seen)
  expect(await readCrmUsage(await connect(), { name: 'hubspot', connector: 'acme' }, Noon)).toMatchObject(seen)
})

it('lets one caller a minute look how the org stands', async () => {
  const [one, other] = [await open(), await open()]
  const looks = await Promise.all([one.mayLook(), other.mayLook(), other.mayLook()])
  expect(looks.filter(Boolean)).toHaveLength(1)
})

it('goes on by itself while Redis hangs or is away, with the same limit, and counts with the others when it is back', async () => {
  const quota = await open()
  expect(await quota.take('burst')).toBe(0)
  server.pause()
  const before = performance.now()
  expect(await quota.take('burst')).toBe(0)
  expect(performance.now() - before).toBeLessThan(2_500)
  server.resume()

  await server.kill()
  expect(await admitted(20, quota)).toBeLessThanOrEqual(10)
  expect(await quota.usage()).toBeNull()
  expect(await quota.mayLook()).toBe(false)
  quota.note('burst', Nothing)

  await server.restart()
  const other = await open()
  await until('the connection is back', async () => (await quota.usage()) !== null)
  await opened[0]?.redis.flushall()
  expect(await admitted(20, quota, other)).toBe(10)
})
