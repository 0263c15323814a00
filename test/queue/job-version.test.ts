import { Queue, Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deliveryJobId, type Lead, leadJobId, leadKey } from '../../src/core/index.ts'
import { AlertsQueue, JobCatalogue, LeadsQueue, queuePrefix } from '../../src/queue/catalogue.ts'
import { broughtUp, JobVersion, readable, stamped } from '../../src/queue/job-version.ts'
import { moveJobs } from '../../src/queue/move-jobs.ts'
import { makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm, type MemoryCrm } from '../kit/memory-crm.ts'
import { jobIn, openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { arriving, Crm } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

const Next = JobVersion + 1
const PerVersion = 8

let server: TestRedis
/** A process of this release and one of the next, on one Redis. */
let old: QueueParts
let fresh: QueueParts

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  old = openQueues(server.url)
  fresh = openQueues(server.url)
  await old.store.redis.flushall()
})
afterEach(async () => {
  await old.close()
  await fresh.close()
})
afterAll(() => server.stop())

/** Written past `Queues.add`, as another release would write it. */
async function addAs(version: number | null, ...leads: readonly Lead[]): Promise<void> {
  for (const lead of leads) {
    await old.store.enter(lead)
    const data = { lead: leadKey(lead.id), ...(version === null ? {} : { v: version, later: 'more' }) }
    await old.queues.delivery(Crm).add('deliver', data, { ...JobCatalogue.deliver, jobId: deliveryJobId(Crm, lead.id) })
  }
}

function people(of: string): readonly Lead[] {
  return Array.from({ length: PerVersion }, (_, n) =>
    makeLead({ id: `${of}-${n}`, person: { email: `${of}-${n}@contoso.com`, company: 'Contoso' } }),
  )
}

function emails(crm: MemoryCrm): readonly string[] {
  return [...crm.records.values()].map(({ fields }) => String(fields.email)).sort()
}

function emailsOf(...leads: readonly Lead[]): readonly string[] {
  return leads.map(({ person }) => person.email ?? '').sort()
}

async function delivered(count: number): Promise<void> {
  await until(`${count} are delivered`, async () => (await old.store.counters()).crms[Crm]?.delivered === count)
}

async function attempts(leads: readonly Lead[]): Promise<readonly number[]> {
  return Promise.all(leads.map(async (lead) => (await old.jobOf(lead)).attemptsMade))
}

const [before, now, after] = [people('before'), people('now'), people('after')]
const all = [...before, ...now, ...after]

it('a worker leaves the jobs of the next release to it, says so once, and does those of this one and the one before', async () => {
  const [crmOfOld, crmOfNew] = [createMemoryCrm(), createMemoryCrm()]
  await addAs(null, ...before)
  await addAs(Next, ...after)
  await old.add(...now)
  expect((await old.jobOf(now[0] ?? expect.unreachable())).data.v).toBe(JobVersion)
  const { worker } = old.startDelivering(crmOfOld)
  await delivered(PerVersion * 2)
  await until('the rest went back', async () => {
    const counts = await old.queues.delivery(Crm).getJobCounts('delayed', 'waiting', 'active')
    return counts.delayed === PerVersion && old.lines.some(({ message }) => message.includes('newer Leadsync'))
  })
  expect(emails(crmOfOld)).toEqual(emailsOf(...before, ...now))
  expect(await attempts(after)).toEqual(after.map(() => 0))
  expect(await old.queues.delivery(Crm).getFailedCount()).toBe(0)

  // It would go on taking its share of them and putting them off for longer each time: how long is luck.
  await worker.close()
  fresh.startDelivering(crmOfNew, { jobVersion: Next })
  await delivered(all.length)
  await until('their jobs have ended', async () => (await old.queues.delivery(Crm).getActiveCount()) === 0)
  expect(emails(crmOfNew)).toEqual(emailsOf(...after))
  expect(await attempts(all)).toEqual(all.map(() => 1))
  expect((await old.store.counters()).crms[Crm]).toMatchObject({ created: all.length, updated: 0, unchanged: 0, parked: 0 })
  const told = old.lines.filter(({ message }) => message.includes('newer Leadsync'))
  expect(told).toMatchObject([{ level: 'warn', facts: { queue: `deliver-${Crm}`, version: Next, known: JobVersion } }])
})

it('workers of both releases at once lose none, double none and spend no attempt', async () => {
  const crm = createMemoryCrm()
  const { worker } = old.startDelivering(crm, { concurrency: 4 })
  fresh.startDelivering(crm, { concurrency: 4, jobVersion: Next })
  await Promise.all([addAs(Next, ...after), addAs(null, ...before), old.add(...now)])
  await until('most are delivered', async () => ((await old.store.counters()).crms[Crm]?.delivered ?? 0) >= PerVersion * 2)
  await worker.close()
  await delivered(all.length)
  await until('their jobs have ended', async () => (await old.queues.delivery(Crm).getActiveCount()) === 0)
  expect(emails(crm)).toEqual(emailsOf(...all))
  expect(crm.overlaps).toBe(0)
  expect(await attempts(all)).toEqual(all.map(() => 1))
  expect((await old.store.counters()).crms[Crm]).toMatchObject({ created: all.length, parked: 0 })
})

describe('a lead of a newer schema', () => {
  const routes = [{ name: Crm, wants: () => 'yes' as const }]

  it('from our own intake goes back for the workers of its release', async () => {
    const lead = makeLead({ id: 'ours' })
    await old.store.register.admit(arriving(lead))
    const { leads } = old.queues
    await leads.add('lead', { ...lead, v: 2 }, { ...JobCatalogue.lead, jobId: leadJobId(lead.id) })
    old.startRouting(routes)
    await until('it is back', async () => (await leads.getDelayedCount()) === 1)
    expect((await jobIn(leads, leadJobId(lead.id))).attemptsMade).toBe(0)
    expect(await old.queues.quarantine.count()).toBe(0)
  })

  it('from a foreign producer is quarantined with the reason, for it would come back for ever', async () => {
    await old.queues.leads.add('lead', { v: 2, person: { email: 'jane@contoso.com' } }, { attempts: 1 })
    old.startRouting(routes)
    await until('it is quarantined', async () => (await old.queues.quarantine.count()) === 1)
    const [kept] = await old.queues.quarantine.getWaiting()
    expect(kept?.data).toMatchObject({ v: JobVersion, reason: expect.stringContaining('must be 1, the version of the lead') })
  })
})

it('a foreign job that nests without end is quarantined word for word, and the next one is routed', async () => {
  const foreign = new Queue(LeadsQueue, { connection: old.store.redis, prefix: queuePrefix(LeadsQueue) })
  const deep = `{"v":1,"person":{"email":"jane@contoso.com"},"raw":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  await foreign.add('lead', {}, { jobId: 'deep' })
  await old.store.redis.hset(foreign.toKey('deep'), 'data', deep)
  await foreign.add('lead', { v: 1, person: { email: 'next@contoso.com' } })
  old.startRouting([{ name: Crm, wants: () => 'yes' }])
  await until('both are out', async () => (await old.store.counters()).received === 2 && (await foreign.count()) === 0)
  await until('it is in quarantine', async () => (await old.queues.quarantine.getWaitingCount()) === 1)
  const [kept] = await old.queues.quarantine.getWaiting()
  expect(kept?.data).toMatchObject({
    reason: expect.stringContaining('nests deeper'),
    verbatim: { encoding: 'utf8', body: deep },
  })
  expect(await old.queues.delivery(Crm).count()).toBe(1)
  await foreign.close()
})

it('a job of another release keeps what it says when its CRM is renamed, and one without a version gets ours', async () => {
  await addAs(null, ...before.slice(0, 1))
  await addAs(Next, ...after.slice(0, 1))
  await moveJobs(old.queues, Crm, 'dynamics')
  const moved = await old.queues.delivery('dynamics').getWaiting()
  expect(moved.map(({ data }) => data)).toEqual(
    expect.arrayContaining([
      { v: JobVersion, lead: leadKey('before-0') },
      { v: Next, lead: leadKey('after-0'), later: 'more' },
    ]),
  )
})

it('any queue’s worker sees only what it can read', async () => {
  const { log, lines } = recordedLog()
  const seen: unknown[] = []
  const work = readable<object, void>({ queue: AlertsQueue, log, now: Date.now }, async (job) => void seen.push(job.data))
  const { alerts } = old.queues
  const worker = new Worker(AlertsQueue, work, { connection: old.store.redis, prefix: queuePrefix(AlertsQueue) })
  for (const data of [{ id: 'a' }, { v: 1, id: 'b' }, { v: 9, id: 'c' }, { v: 9, id: 'd' }]) await alerts.add('alert', data)
  await until('two are back', async () => (await alerts.getDelayedCount()) === 2 && seen.length === 2)
  expect(seen).toEqual([
    { v: 1, id: 'a' },
    { v: 1, id: 'b' },
  ])
  expect(lines.map(({ facts }) => facts)).toEqual([{ queue: AlertsQueue, version: 9, known: JobVersion }])
  await worker.close(true)
})

it.each([
  [{ lead: 'k' }, { v: 1, lead: 'k' }, { v: 1, lead: 'k' }],
  [
    { v: 1, lead: 'k' },
    { v: 1, lead: 'k' },
    { v: 1, lead: 'k' },
  ],
  [
    { v: 7, lead: 'k' },
    { v: 7, lead: 'k' },
    { v: 7, lead: 'k' },
  ],
  [{ v: 'x' }, { v: 'x' }, { v: 1 }],
  ['text', 'text', 'text'],
  [null, null, null],
])('%j is added as %j and read as %j', (data, added, read) => {
  expect([stamped(data), broughtUp(data)]).toEqual([added, read])
})
