import { expect, it, onTestFinished } from 'vitest'
import { createClient } from '../kit/client.ts'
import { startDaemon } from '../kit/daemon.ts'
import { startDaemonHere } from '../kit/daemon-here.ts'
import { createHome } from '../kit/home.ts'
import { emailOf, leadBody } from '../kit/leads.ts'
import { expectBalanced, look, untilSettled } from '../kit/ledger-view.ts'
import { startTestRedis } from '../kit/redis.ts'
import { emailsOf, type Fields, startSandbox } from '../kit/sandbox.ts'

const People = 100

it('is harmless to start a second daemon on the same folder, even at the same moment', async () => {
  const sandbox = await startSandbox({ latencyMs: 30 })
  const home = await createHome({ hubspotUrl: sandbox.url })
  const daemons = await Promise.all([startDaemon(home), startDaemon(home)])
  const [one, other] = daemons
  expect(one.urls.redis).toBe(other.urls.redis)
  expect(await home.redisPids()).toHaveLength(1)

  // Each person says the same to both at once, and to each something that only it hears.
  const client = createClient(16)
  const people = Array.from({ length: People }, (_, index) => index)
  const posts = people.flatMap((person) =>
    daemons.flatMap(({ urls }, index) => [
      client.post(urls.marketplace, leadBody(person)),
      client.post(urls.marketplace, leadBody(person, { description: `Only for daemon ${index}` })),
    ]),
  )
  const answers = await Promise.all(posts)
  expect(answers.filter(({ status }) => status !== 202)).toEqual([])
  const settled = await untilSettled(one.urls.redis, posts.length)
  expect(emailsOf(await sandbox.contacts())).toEqual(people.map(emailOf).sort())
  expectBalanced(settled)
  expect(settled).toMatchObject({ received: People * 4, accepted: People * 3, duplicates: People })
  expect(settled.hubspot).toMatchObject({ delivered: People * 3, created: People, parked: 0 })
  expect(new Map((await sandbox.contacts()).map(lastLead))).toEqual(await newestLeads(one.urls.redis))

  expect(await one.kill('SIGTERM')).toMatchObject({ code: 0 })
  expect(await home.redisPids()).toHaveLength(1)
  await client.post(other.urls.marketplace, leadBody(People))
  await untilSettled(other.urls.redis, posts.length + 1)
  expect(emailsOf(await sandbox.contacts())).toContain(emailOf(People))
  expect(await other.kill('SIGTERM')).toMatchObject({ code: 0 })
  expect(await home.redisPids()).toEqual([])
})

/** To the second: within one, the CRM's time is not written anew. */
function lastLead({ email, leadsync_last_lead_at }: Fields): readonly [string, number] {
  return [email ?? '', Math.floor(Date.parse(leadsync_last_lead_at ?? '') / 1_000)]
}

/** By e-mail, as the ledger has them: an older one that is written last would show. */
async function newestLeads(redisUrl: string): Promise<ReadonlyMap<string, number>> {
  const newest = new Map<string, number>()
  const bodies = await look(redisUrl, async (redis) => redis.mget(await redis.keys('{leadsync}:body:*')))
  for (const body of bodies) {
    const { person, occurredAt } = JSON.parse(body ?? '{}')
    newest.set(person.email, Math.max(newest.get(person.email) ?? 0, Math.floor(Date.parse(occurredAt) / 1_000)))
  }
  return newest
}

it.each([{ redis: 'the embedded Redis' }, { redis: 'a Redis elsewhere' }])(
  'delivers with intake, worker and admin in processes of their own on $redis',
  async ({ redis }) => {
    const sandbox = await startSandbox()
    const elsewhere = redis === 'a Redis elsewhere' ? await startTestRedis() : null
    const home = await createHome({ hubspotUrl: sandbox.url, ...(elsewhere ? { redisUrl: elsewhere.url } : {}) })
    try {
      const [intake, worker, admin] = await Promise.all([
        startDaemon(home, 'intake'),
        startDaemon(home, 'worker'),
        startDaemon(home, 'admin'),
      ])
      expect([intake.urls.admin, worker.urls.admin, worker.urls.intake, admin.urls.intake]).toEqual(['', '', '', ''])
      const client = createClient(8)
      const people = Array.from({ length: 50 }, (_, index) => index)
      await Promise.all(people.map((person) => client.post(intake.urls.marketplace, leadBody(person))))
      const settled = await untilSettled(intake.urls.redis, people.length)
      expect(emailsOf(await sandbox.contacts())).toEqual(people.map(emailOf).sort())
      expectBalanced(settled)
      const metrics = await (await fetch(`${admin.urls.admin}/metrics`)).text()
      expect(metrics).toContain('leadsync_leads_total{status="received"} 50')

      // Intake and admin go on without a worker, and a worker that comes later finds what they took.
      expect(await worker.kill('SIGTERM')).toMatchObject({ code: 0 })
      await client.post(intake.urls.marketplace, leadBody(50))
      const later = await startDaemon(home, 'worker')
      await untilSettled(later.urls.redis, 51)
      expect(emailsOf(await sandbox.contacts())).toContain(emailOf(50))
      for (const daemon of [intake, later, admin]) expect(await daemon.kill('SIGTERM')).toMatchObject({ code: 0 })
      expect(await home.redisPids()).toEqual([])
    } finally {
      await elsewhere?.stop()
    }
  },
  60_000,
)

it('another installation on the same Redis by mistake is harmless: it delivers nothing, says why, and the first one goes on', async () => {
  const sandbox = await startSandbox()
  const redis = await startTestRedis()
  onTestFinished(() => redis.stop())
  const [own, other] = await Promise.all([0, 1].map(() => createHome({ hubspotUrl: sandbox.url, redisUrl: redis.url })))
  const client = createClient(4)
  const first = await startDaemonHere(own ?? expect.unreachable())
  await client.post(first.marketplace, leadBody(0))
  await untilSettled(redis.url, 1)

  const second = await startDaemonHere(other ?? expect.unreachable())
  const readyz = await fetch(`${second.adminUrl}/readyz`)
  expect(readyz.status).toBe(503)
  expect(await readyz.json()).toMatchObject({ store: 'foreign', reason: expect.stringContaining('data of another installation') })
  expect(second.lines.map(({ message }) => message).join('\n')).toContain('Redis holds the data of another installation')
  expect(second.lines.filter(({ message }) => message.includes('could not be noted'))).toEqual([])
  // It keeps what it is sent, and works nobody else's jobs.
  expect(await client.post(second.marketplace, leadBody(1))).toMatchObject({ status: 202 })
  await Promise.all([2, 3, 4, 5, 6, 7, 8, 9].map((person) => client.post(first.marketplace, leadBody(person))))
  const settled = await untilSettled(redis.url, 9)
  expectBalanced(settled)
  expect(settled).toMatchObject({ received: 9, accepted: 9, hubspot: { delivered: 9, parked: 0 } })
  expect(emailsOf(await sandbox.contacts())).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9].map(emailOf))
  expect((await fetch(`${first.adminUrl}/readyz`)).status).toBe(200)
})
