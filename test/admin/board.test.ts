import { Worker } from 'bullmq'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { queuePrefix } from '../../src/queue/catalogue.ts'
import { createFollowUpJobs } from '../../src/queue/follow-up-jobs.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { arrival, Login, lead, Now, openParts, type Parts, type RunningAdmin, startAdmin, unreadable } from './running-admin.ts'

const Api = '/admin/queues/api/queues'
const Contact = '0b9d7d0e-4f3c-5d0a-9c39-3a8b2f1f6f0e'
const Personal = /secret|@|6175550123/i

let redis: TestRedis
let parts: Parts
let admin: RunningAdmin

beforeAll(async () => {
  redis = await startTestRedis()
  parts = await openParts(redis.url)
  admin = await startAdmin(parts)
  await parts.intake.accept([arrival('accepted', lead('L1')), arrival('held', lead('L2', { test: true })), unreadable('Q1')])
  await addForeignJob()
  await failDelivery()
  await addFollowUps()
})

afterAll(async () => {
  await admin.app.close()
  await parts.close()
  await redis.stop()
})

/** As any producer may write it: personal data in every place that BullMQ has for free text. */
async function addForeignJob(): Promise<void> {
  const job = await parts.queues.leads.add(
    'secret@contoso.com',
    { ...lead('secret@contoso.com'), surprise: 'secret@contoso.com' },
    {
      jobId: 'secret@contoso.com',
      deduplication: { id: 'secret@contoso.com' },
    },
  )
  await job.log('secret@contoso.com')
  await job.updateProgress({ who: 'secret@contoso.com' })
  await parts.queues.leads.upsertJobScheduler('secret', { every: 3_600_000 }, { name: 'secret', data: lead('L9') })
}

async function failDelivery(): Promise<void> {
  const queue = parts.queues.delivery('hubspot')
  await queue.add('deliver', { lead: 'abc' }, { jobId: 'hubspot.abc', attempts: 1 })
  await queue.add('deliver', { lead: 'def' }, { jobId: 'hubspot.def' })
  const worker = new Worker(
    queue.name,
    async (job) => {
      if (job.id === 'hubspot.def') return 'delivered:created'
      throw new Error('hubspot: the field jobtitle was refused.')
    },
    { connection: parts.redis, prefix: queuePrefix(queue.name) },
  )
  await new Promise<void>((resolve) => worker.on('drained', () => resolve()))
  await worker.close()
}

/** As we write them: steps in wait, a task, an alert. And as nobody should. */
async function addFollowUps(): Promise<void> {
  const jobs = createFollowUpJobs(parts.queues, () => Now)
  const plan = { crm: 'hubspot', contactId: Contact }
  await jobs.fire(plan, 'abc.contact-me.again', Now + 3_600_000)
  await jobs.look(plan, 'abc.contact-me.call-back', Now + 3_600_000)
  await jobs.make(plan, 'abc.contact-me.call-back')
  const alert = { event: 'sla-missed', crm: 'hubspot', id: 'B1', secret: 'secret@contoso.com' }
  await parts.queues.add(parts.queues.alerts, { name: 'alert', id: 'sla-missed.hubspot.B1', data: alert })
  const foreign = { step: 'secret@contoso.com', contact: 'secret@contoso.com', crm: 'secret@contoso.com', owner: 'secret' }
  await parts.queues.followUps.add('secret', foreign, { jobId: 'secret@contoso.com' })
}

async function read(path: string): Promise<string> {
  const answer = await admin.get(path)
  expect(answer.status).toBe(200)
  return await answer.text()
}

function listing(queue: string, status = 'latest'): string {
  return `${Api}?activeQueue=${queue}&status=${status}&page=1&jobsPerPage=50`
}

interface Listed {
  readonly queues: readonly {
    readonly name: string
    readonly readOnlyMode: boolean
    readonly jobs: readonly Record<string, unknown>[]
  }[]
}

async function jobsOf(queue: string): Promise<readonly Record<string, unknown>[]> {
  const body = JSON.parse(await read(listing(queue))) as Listed
  return body.queues.find((listed) => listed.name === queue)?.jobs ?? []
}

it('shows every queue, for looking only', async () => {
  const body = JSON.parse(await read(listing('leads'))) as Listed
  expect(body.queues.map(({ name, readOnlyMode }) => [name, readOnlyMode])).toEqual([
    ['leads', true],
    ['quarantine', true],
    ['follow-ups', true],
    ['alerts', true],
    ['deliver-hubspot', true],
  ])
})

it('shows of a lead what it is about, not who it is from', async () => {
  const [job] = (await jobsOf('leads')).filter(({ data }) => (data as { id: string }).id === 'L1')
  expect(job?.data).toEqual({
    id: 'L1',
    externalId: null,
    channel: 'marketplace',
    source: 'AppSource',
    action: 'PLT',
    stage: 'initial-interest',
    receivedAt: '2026-11-23T09:58:00.000Z',
    occurredAt: '2026-11-23T09:58:00.000Z',
    offer: { publisherId: 'contoso', offerId: 'analytics', title: 'Contoso Analytics' },
    test: false,
    tags: ['token:appsource-1'],
  })
})

it('shows of a quarantined body why it is there, not the body', async () => {
  const [job] = (await jobsOf('quarantine')).filter(({ name }) => name === 'quarantined')
  expect(job?.data).toEqual({
    id: 'Q1',
    channel: 'marketplace',
    token: 'appsource-1',
    reason: 'The body is no JSON.',
    receivedAt: '2026-11-23T09:59:00.000Z',
  })
})

it('shows outcomes and reasons of deliveries', async () => {
  const jobs = await jobsOf('deliver-hubspot')
  expect(jobs.find(({ id }) => id === 'hubspot.abc')).toMatchObject({
    failedReason: 'hubspot: the field jobtitle was refused.',
    data: { lead: 'abc' },
    stacktrace: [],
  })
  expect(jobs.find(({ id }) => id === 'hubspot.def')).toMatchObject({ returnValue: 'delivered:created' })
})

it('shows of a parked delivery what the CRM answered and with which settings it was tried', async () => {
  const answer = {
    status: 400,
    code: 'INVALID_OPTION',
    correlationId: 'secret@contoso.com',
    fields: ['jobtitle', 'secret@contoso.com'],
  }
  const stored = { answer: JSON.stringify(answer), config: '3fa2c1', parks: '2' }
  const fields = Object.entries(stored).map(([name, value]) => [`crm:hubspot:${name}`, value] as const)
  await parts.redis.hset('{leadsync}:lead:abc', Object.fromEntries(fields))
  const [job] = (await jobsOf('deliver-hubspot')).filter(({ id }) => id === 'hubspot.abc')
  const tried = { status: 400, code: 'INVALID_OPTION', correlationId: '(hidden)', fields: ['jobtitle', '(hidden)'] }
  expect(job?.data).toEqual({ lead: 'abc', tried: { ...tried, config: '3fa2c1', parks: 2 } })
  expect(JSON.parse(await read(`${Api}/deliver-hubspot/hubspot.abc`))).toMatchObject({ job: { data: job?.data } })
})

it('shows of a follow-up which step it is, and of an alert what happened', async () => {
  const fires = await jobsOf('follow-ups')
  expect(fires.find(({ name }) => name === 'fire')).toMatchObject({
    id: `fire.abc.contact-me.again.${Now + 3_600_000}`,
    data: { step: 'abc.contact-me.again', contact: Contact },
    delay: 3_600_000,
  })
  expect((await jobsOf('deliver-hubspot')).find(({ name }) => name === 'task')).toMatchObject({
    id: 'task.abc.contact-me.call-back',
    data: { step: 'abc.contact-me.call-back', contact: Contact },
  })
  expect(await jobsOf('alerts')).toMatchObject([{ name: 'alert', data: { event: 'sla-missed', crm: 'hubspot', id: 'B1' } }])
})

it('shows personal data nowhere in its API', async () => {
  const lists = ['leads', 'quarantine', 'follow-ups', 'alerts', 'deliver-hubspot'].flatMap((queue) =>
    ['latest', 'waiting', 'delayed', 'failed', 'completed'].map((status) => listing(queue, status)),
  )
  const { leads, quarantine, followUps, alerts } = parts.queues
  const all = await Promise.all([leads, quarantine, followUps, alerts].map((queue) => queue.getJobs()))
  const ids = all.flat().map((job) => ({
    queue: job.queueName,
    id: encodeURIComponent(job.id ?? ''),
  }))
  expect(ids.length).toBeGreaterThanOrEqual(8)
  const jobs = ids.flatMap(({ queue, id }) => [`${Api}/${queue}/${id}`, `${Api}/${queue}/${id}/logs`])
  const rest = [
    '/admin/queues/api/job-schedulers',
    '/admin/queues/api/redis/stats',
    `${Api}/leads/default-job-options`,
    `${Api}/leads/workers`,
  ]
  for (const path of [...lists, ...jobs, ...rest]) expect(await read(path), path).not.toMatch(Personal)

  for (const { queue, id } of ids) {
    const flow = JSON.parse(await read(`${Api}/${queue}/${id}/flow`)) as { nodeId: string }
    // It repeats the id that it was asked for.
    expect(JSON.stringify({ ...flow, nodeId: '' })).not.toMatch(Personal)
  }
})

it.each([
  ['PUT', `${Api}/pause`],
  ['PUT', `${Api}/leads/pause`],
  ['PUT', `${Api}/leads/empty`],
  ['PUT', `${Api}/leads/obliterate`],
  ['PUT', `${Api}/leads/clean/waiting`],
  ['PUT', `${Api}/quarantine/retry/failed`],
  ['PUT', `${Api}/deliver-hubspot/hubspot.abc/retry`],
  ['PUT', `${Api}/deliver-hubspot/hubspot.abc/clean`],
  ['PATCH', `${Api}/deliver-hubspot/hubspot.abc/update-data`],
  ['POST', `${Api}/leads/add`],
  ['DELETE', `${Api}/leads`],
  ['POST', '/admin/%71ueues/api/queues/leads/add'],
])('refuses %s %s', async (method, path) => {
  const headers = { ...Login, 'content-type': 'application/json' }
  const answer = await fetch(admin.url + path, { method, headers, body: '{"name":"lead","data":{},"jobData":{}}' })
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  expect(await parts.queues.leads.isPaused()).toBe(false)
  expect(await parts.queues.delivery('hubspot').getJobCounts('failed')).toEqual({ failed: 1 })
})

it('serves the page with everything that its own policy lets it load', async () => {
  const answer = await admin.get('/admin/queues')
  const page = await answer.text()
  expect(answer.headers.get('content-type')).toContain('text/html')
  const own = [...page.matchAll(/(?:src|href)="(static\/[^"]+\.(?:js|css))"/g)].map((match) => match[1])
  expect(own.length).toBeGreaterThan(3)
  for (const path of own) expect((await admin.get(`/admin/queues/${path}`)).status, path).toBe(200)
  // The policy has no room for a script in the page itself; data in a script tag is none.
  expect(page).not.toMatch(/<script(?![^>]*(?:src=|application\/json))/)
})
