import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectors } from '../../connectors/registry.ts'
import type { Readiness } from '../../src/admin/readiness.ts'
import { readStatus } from '../../src/admin/status.ts'
import { formatStatus } from '../../src/admin/status-text.ts'
import { RedisOrgBindings } from '../../src/store/org-bindings.ts'
import { RedisOrgQuota } from '../../src/store/org-quota.ts'
import { readCrmUsage } from '../../src/store/quota-lookup.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { until } from '../kit/until.ts'
import { Now, openParts, type Parts, type RunningAdmin, startAdmin, WarnMs } from './running-admin.ts'

const Crms = [
  { name: 'hubspot', valid: true, quota: { connector: 'hubspot', reservePercent: 20, dailyRequests: null } },
  { name: 'dynamics', valid: true, quota: { connector: 'dynamics', reservePercent: 20, dailyRequests: 500 } },
]
const At = new Date(Now).toISOString()
const Reason = `New deliveries wait: of the org's 1000 requests a day 150 were left at ${At}, and quota.reservePercent keeps 20 % for others. Do-not-contacts and tasks of leads that are delivered go on.`

let redis: TestRedis
let parts: Parts
let admin: RunningAdmin

beforeAll(async () => {
  redis = await startTestRedis()
  parts = await openParts(redis.url, ['hubspot', 'dynamics'])
  const { scripts } = parts
  const orgs = new RedisOrgBindings(scripts, () => Now)
  await orgs.bind({ crm: 'hubspot', org: '4711', sharedOrg: false })
  for (const name of ['hubspot', 'dynamics'] as const) {
    const { quota: rules } = connectors[name]
    const quota = new RedisOrgQuota(scripts, { crm: name, connector: name, rules, orgs, now: () => Now })
    await quota.usage()
    const requestClass = rules.classOf('GET', '/')
    quota.note(requestClass, { windows: {}, day: name === 'hubspot' ? { used: 850, limit: 1_000 } : null })
    quota.note(requestClass, null)
    await until('it is counted', async () => (await readCrmUsage(scripts, { name, connector: name }, Now)).spentToday === 2)
  }
  admin = await startAdmin(parts, { crms: Crms })
})
afterAll(async () => {
  await admin.app.close()
  await parts.close()
  await redis.stop()
})

const Sent = { spentToday: 2, dailyRequests: null }
const HubSpot = { used: 850, limit: 1_000, remaining: 150, reserve: 200, at: At, ...Sent, requests: { burst: 2 } }
const Dynamics = {
  used: null,
  limit: null,
  remaining: null,
  reserve: null,
  at: null,
  ...Sent,
  dailyRequests: 500,
  requests: { api: 2 },
}

it('readyz says how the org’s requests stand, and why new deliveries wait; it is ready all the same', async () => {
  const answer = await admin.get('/readyz')
  const { crms } = (await answer.json()) as Readiness
  expect(answer.status).toBe(200)
  expect(crms).toEqual({ hubspot: { state: 'held', reason: Reason, quota: HubSpot }, dynamics: { state: 'up', quota: Dynamics } })
})

it('metrics say it in numbers', async () => {
  const text = await (await admin.get('/metrics')).text()
  expect(text.split('\n').filter((line) => /^leadsync_crm_/.test(line))).toEqual([
    'leadsync_crm_up{crm="hubspot"} 0',
    'leadsync_crm_up{crm="dynamics"} 1',
    'leadsync_crm_held{crm="hubspot"} 1',
    'leadsync_crm_held{crm="dynamics"} 0',
    'leadsync_crm_requests_total{crm="hubspot",class="burst"} 2',
    'leadsync_crm_requests_total{crm="dynamics",class="api"} 2',
    'leadsync_crm_quota_remaining{crm="hubspot"} 150',
    'leadsync_crm_quota_limit{crm="hubspot"} 1000',
  ])
})

it('Bull Board says it at the queue, and at no other', async () => {
  const answer = await admin.get('/admin/queues/api/queues')
  const { queues } = (await answer.json()) as { queues: { name: string; description?: string }[] }
  expect(queues.filter(({ description }) => description !== undefined)).toMatchObject([
    { name: 'deliver-hubspot', description: Reason },
  ])
})

it('status says it in words', async () => {
  const status = await readStatus({ ...parts, crms: Crms, warnMs: WarnMs, now: () => Now })
  const lines = formatStatus(status, Now)
  expect(lines).toContainEqual(expect.stringContaining(`held: ${Reason}`))
  expect(lines.filter((line) => line.includes('requests:')).map((line) => line.trim())).toEqual([
    "requests: 2 sent since midnight UTC; 850 of the org's 1000 are used, 200 are left to others",
    'requests: 2 of 500 sent since midnight UTC',
  ])
})
