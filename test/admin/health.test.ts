import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AdminDependencies } from '../../src/admin/admin.ts'
import type { Readiness, Role } from '../../src/admin/readiness.ts'
import { bring, HourMs, makePlan } from '../kit/follow-up-plans.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { openStore } from '../kit/store-parts.ts'
import { arrival, lead, Now, openParts, type Parts, type RunningAdmin, startAdmin, unreadable } from './running-admin.ts'

const Journal = { journalWritable: true, backlog: 12, lastTestLead: null }

let redis: TestRedis
let parts: Parts
const started: RunningAdmin[] = []

beforeAll(async () => {
  redis = await startTestRedis()
  parts = await openParts(redis.url, ['hubspot', 'salesforce', 'dynamics'])
  await parts.intake.accept([
    arrival('accepted', lead('L1')),
    arrival('accepted', lead('L2')),
    arrival('held', lead('L3', { test: true })),
    unreadable('Q1'),
  ])
  await parts.register.admit({
    kind: 'accepted',
    id: 'L1',
    receivedAt: lead('L1').receivedAt,
    receipt: null,
    contentKey: null,
    idempotency: null,
    lead: lead('L1'),
    route: [
      { name: 'hubspot', wants: 'yes' },
      { name: 'salesforce', wants: 'no' },
    ],
  })
  await addFollowUp()
  await parts.states.block('hubspot', {
    code: 'unauthorized',
    reason: 'hubspot refuses the token.',
    since: '2026-11-23T09:00:00.000Z',
  })
})

/** A task that is there, and whose promise ends soon; another one is to come. */
async function addFollowUp(): Promise<void> {
  const store = openStore(redis.url)
  const plan = await makePlan(store, lead('L1'), { steps: [{ slaAt: Now + HourMs }, {}] })
  store.clock.ms = Now
  await store.followUps.plan(plan, 'Planned.')
  await bring(store.followUps, plan.steps[0]?.id ?? '', 'made')
  await store.close()
}

afterAll(async () => {
  for (const { app } of started) await app.close()
  await parts.close()
  await redis.stop()
})

const Crms = [
  { name: 'hubspot', valid: true },
  { name: 'salesforce', valid: true },
  { name: 'dynamics', valid: false, problem: 'crm/dynamics.yaml:3: baseUrl is missing.' },
]

async function start(role: Role, dependencies: Partial<AdminDependencies> = {}, redisWithinMs = 5_000): Promise<RunningAdmin> {
  const admin = await startAdmin(parts, { role, crms: Crms, redisWithinMs }, dependencies)
  started.push(admin)
  return admin
}

async function readiness(admin: RunningAdmin): Promise<readonly [number, Readiness]> {
  const answer = await admin.get('/readyz', {})
  return [answer.status, (await answer.json()) as Readiness]
}

/** Lines without comments: name and labels → value. */
async function metrics(admin: RunningAdmin): Promise<ReadonlyMap<string, string>> {
  const answer = await admin.get('/metrics', {})
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]))
}

it('is ready and tells the state of every CRM; one that is blocked or invalid does not make it unready', async () => {
  await parts.queues.delivery('salesforce').pause()
  const admin = await start('all', { intakeState: () => Journal })
  expect(await readiness(admin)).toEqual([
    200,
    {
      ready: true,
      role: 'all',
      redis: 'up',
      memory: null,
      store: null,
      reason: null,
      journal: { writable: true, backlog: 12 },
      crms: {
        hubspot: { state: 'blocked', reason: 'hubspot refuses the token.', since: '2026-11-23T09:00:00.000Z' },
        salesforce: { state: 'paused', reason: 'A person paused its queue.' },
        dynamics: { state: 'invalid', reason: 'crm/dynamics.yaml:3: baseUrl is missing.' },
      },
    },
  ])
  await parts.queues.delivery('salesforce').resume()
  expect((await readiness(admin))[1].crms.salesforce).toEqual({ state: 'up' })
})

it.each<[Role, boolean | null, boolean, boolean]>([
  ['intake', true, true, true],
  ['intake', true, false, true],
  ['intake', false, true, true],
  ['intake', false, false, false],
  ['worker', null, true, true],
  ['worker', null, false, false],
  ['admin', null, true, true],
  ['admin', null, false, false],
  ['all', true, true, true],
  ['all', true, false, false],
  ['all', false, true, true],
])('as %s with journal writable %j and Redis reachable %j it is ready: %j', async (role, writable, reachable, ready) => {
  const intakeState = () => (writable === null ? null : { ...Journal, journalWritable: writable })
  const admin = await start(role, { intakeState, redisUp: () => reachable })
  const [status, body] = await readiness(admin)
  expect([status, body.ready, body.redis]).toEqual([ready ? 200 : 503, ready, reachable ? 'up' : 'down'])
  expect(body.reason).toEqual(reachable ? null : expect.stringMatching(/^Redis does not answer: .*\.$/))
  expect(body.crms.hubspot?.state).toBe(reachable ? 'blocked' : 'unknown')
})

it('tells what became of leads and deliveries in Prometheus words', async () => {
  const admin = await start('all', { intakeState: () => Journal })
  // Counters that were added up twice would show at the second scrape.
  await metrics(admin)
  expect(Object.fromEntries(await metrics(admin))).toMatchObject({
    leadsync_redis_up: '1',
    'leadsync_leads_total{status="received"}': '4',
    'leadsync_leads_total{status="accepted"}': '2',
    'leadsync_leads_total{status="duplicate"}': '0',
    'leadsync_leads_total{status="quarantined"}': '1',
    'leadsync_leads_total{status="held"}': '1',
    'leadsync_leads_total{status="unrouted"}': '0',
    'leadsync_deliveries_total{crm="hubspot",outcome="delivered"}': '0',
    'leadsync_deliveries_total{crm="salesforce",outcome="notWanted"}': '1',
    'leadsync_deliveries_delivered_total{crm="hubspot",result="created"}': '0',
    'leadsync_deliveries_waiting{crm="hubspot"}': '1',
    'leadsync_deliveries_parked{crm="hubspot"}': '0',
    'leadsync_follow_up_steps{crm="hubspot",state="waiting"}': '1',
    'leadsync_follow_up_steps{crm="hubspot",state="made"}': '1',
    'leadsync_follow_up_steps{crm="salesforce",state="made"}': '0',
    'leadsync_follow_up_tasks_total{crm="hubspot"}': '1',
    'leadsync_follow_up_made_total{crm="hubspot",in_time="yes"}': '1',
    'leadsync_follow_up_made_total{crm="hubspot",in_time="no"}': '0',
    'leadsync_follow_up_worked_total{crm="hubspot",in_time="yes"}': '0',
    'leadsync_follow_up_worked_total{crm="salesforce",in_time="no"}': '0',
    'leadsync_follow_up_missed_total{crm="hubspot"}': '0',
    'leadsync_follow_ups_about_to_be_late{crm="hubspot"}': '1',
    'leadsync_follow_ups_about_to_be_late{crm="salesforce"}': '0',
    'leadsync_queue_jobs{queue="leads",state="waiting"}': '2',
    'leadsync_queue_jobs{queue="quarantine",state="waiting"}': '2',
    'leadsync_crm_up{crm="hubspot"}': '0',
    'leadsync_crm_up{crm="salesforce"}': '1',
    'leadsync_crm_up{crm="dynamics"}': '0',
    leadsync_possible_duplicates_total: '1',
    leadsync_journal_backlog: '12',
    leadsync_last_test_lead_timestamp_seconds: String(Date.parse(lead('L3').receivedAt) / 1_000),
    process_cpu_seconds_total: expect.anything(),
  })
})

it('tells nothing that it does not know: no backlog without an intake, no counters without Redis', async () => {
  const admin = await start('worker', { redisUp: () => false })
  const told = await metrics(admin)
  expect(told.get('leadsync_redis_up')).toBe('0')
  expect([...told.keys()].filter((name) => name.startsWith('leadsync_'))).toEqual(['leadsync_redis_up'])
})

it('answers in time while Redis hangs, and is well again when Redis is', async () => {
  const admin = await start('worker', {}, 200)
  redis.pause()
  try {
    const begin = performance.now()
    const [[status, body], told, alive] = await Promise.all([readiness(admin), metrics(admin), admin.get('/healthz', {})])
    expect(performance.now() - begin).toBeLessThan(4_000)
    expect([status, body.ready, body.redis, told.get('leadsync_redis_up'), alive.status]).toEqual([503, false, 'down', '0', 200])
  } finally {
    redis.resume()
  }
  await expect.poll(async () => (await readiness(admin))[0]).toBe(200)
  await expect.poll(async () => (await metrics(admin)).get('leadsync_redis_up')).toBe('1')
})

it('says at once that the queues cannot be seen when Redis is away', async () => {
  const admin = await start('all', { redisUp: () => false })
  expect((await admin.get('/admin/queues/api/queues?page=1&jobsPerPage=10')).status).toBe(503)
  expect((await admin.get('/admin/queues')).status).toBe(200)
})

it('shows for how long a queue is held, though its CRM is not blocked', async () => {
  const crms = [{ name: 'salesforce', valid: true }]
  const admin = await startAdmin(parts, { crms }, {})
  started.push(admin)
  await parts.queues.delivery('salesforce').resume()
  await parts.queues.delivery('salesforce').rateLimit(3_600_000)
  const [, answer] = await readiness(admin)
  expect(answer).toMatchObject({
    ready: true,
    crms: { salesforce: { state: 'held', reason: expect.stringMatching(/go on in 3[56]\d\d s/) } },
  })
})
