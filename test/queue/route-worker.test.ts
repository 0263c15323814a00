import { type JobsOptions, Queue } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deliveryJobId, leadJobId, leadKey } from '../../src/core/index.ts'
import { LeadsQueue, queuePrefix } from '../../src/queue/catalogue.ts'
import type { RouteTarget } from '../../src/queue/route-worker.ts'
import { makeLead, Noon } from '../kit/made-lead.ts'
import { jobIn, openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { arriving, Crm } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let parts: QueueParts
/** Another program's queue of the same name. */
let foreign: Queue

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  foreign = new Queue(LeadsQueue, { connection: parts.store.redis, prefix: queuePrefix(LeadsQueue) })
})
afterEach(async () => {
  await foreign.close()
  await parts.close()
})
afterAll(() => server.stop())

const everything: RouteTarget[] = [{ name: Crm, wants: () => 'yes' }]
/** What a careless producer says. */
const careless: JobsOptions = { attempts: 1, removeOnFail: true, removeOnComplete: true }
const jane = { v: 1, person: { email: 'jane@contoso.com' } }

async function routed(count = 1): Promise<void> {
  await until(`${count} leads were received`, async () => (await parts.store.counters()).received >= count)
  await until('nothing is left to route', async () => {
    return (await parts.queues.leads.getJobCountByTypes('waiting', 'active', 'prioritized', 'delayed')) === 0
  })
}

function deliveries() {
  return parts.queues.delivery(Crm).getWaiting()
}

describe('a lead of our own intake', () => {
  const lead = makeLead({ id: 'ours' })

  async function enqueue(): Promise<void> {
    await parts.store.register.admit(arriving(lead))
    await parts.queues.add(parts.queues.leads, { name: 'lead', id: leadJobId(lead.id), data: lead })
  }

  it('keeps the time that intake gave it where the clock of the worker is slow by minutes', async () => {
    const receivedAt = new Date(Date.now() + 5 * 60_000).toISOString()
    const early = { ...lead, receivedAt, occurredAt: receivedAt }
    await parts.store.register.admit(arriving(early))
    await foreign.add('lead', early, { jobId: leadJobId(early.id), timestamp: Date.parse(receivedAt) + 3 })
    parts.startRouting(everything)
    await routed()
    const body = JSON.parse((await parts.store.redis.get(`{leadsync}:body:${leadKey(early.id)}`)) ?? 'null')
    expect(body).toMatchObject({ receivedAt, occurredAt: receivedAt })
  })

  it('gets one delivery per CRM that wants it, whose job carries its key only, and is counted once', async () => {
    await enqueue()
    parts.startRouting([...everything, { name: 'dynamics', wants: () => 'no' }])
    await routed()
    expect(await jobIn(parts.queues.delivery(Crm), deliveryJobId(Crm, lead.id))).toMatchObject({
      name: 'deliver',
      data: { lead: leadKey(lead.id) },
      opts: { removeOnFail: false },
    })
    expect(await parts.queues.delivery('dynamics').count()).toBe(0)
    const { crms, ...counts } = await parts.store.counters()
    expect(counts).toMatchObject({ received: 1, accepted: 1, duplicates: 0, unrouted: 0 })
    expect([crms[Crm], crms.dynamics]).toMatchObject([{ waiting: 1 }, { notWanted: 1 }])
  })

  it('that no CRM wants is unrouted', async () => {
    await enqueue()
    parts.startRouting([{ name: Crm, wants: () => 'no' }])
    await routed()
    await until('it was routed', async () => (await parts.store.counters()).unrouted === 1)
    expect(await deliveries()).toEqual([])
  })

  it('waits for a CRM whose file can’t be read now', async () => {
    await enqueue()
    parts.startRouting([{ name: Crm, wants: () => 'ask' }])
    await routed()
    expect(await deliveries()).toHaveLength(1)
    expect((await parts.store.counters()).crms[Crm]).toMatchObject({ waiting: 1 })
  })

  it('that is routed again after its delivery was done gets no second one', async () => {
    await enqueue()
    const worker = parts.startRouting(everything)
    await routed()
    await worker.close()
    const stored = {
      outcome: 'delivered' as const,
      result: 'created' as const,
      record: null,
      dropped: [],
      rule: 'nobody-matched' as const,
      reason: null,
    }
    await parts.store.ledger.settle(Crm, leadKey(lead.id), stored)
    await parts.queues.delivery(Crm).obliterate()
    await enqueue()
    parts.startRouting(everything)
    await routed()
    expect(await deliveries()).toEqual([])
    expect((await parts.store.counters()).crms[Crm]).toMatchObject({ delivered: 1, waiting: 0 })
  })
})

describe('a foreign job', () => {
  it.each([
    ['with a whole number made by BullMQ', undefined],
    ['with colons', 'crm:2026:7'],
    ['with any text', 'Jané Doe / 7'],
  ])('%s as its id becomes a lead', async (_, jobId) => {
    await foreign.add('whatever', jane, { ...careless, ...(jobId === undefined ? {} : { jobId }) })
    parts.startRouting(everything)
    await routed()
    expect(await deliveries()).toHaveLength(1)
    expect(await parts.store.counters()).toMatchObject({ received: 1, accepted: 1 })
  })

  it.each(['42', 'a:b', 'x'.repeat(256), '../../etc'])('with the lead id %j is delivered under that id', async (id) => {
    await foreign.add('lead', { ...jane, id }, careless)
    parts.startRouting(everything)
    await routed()
    expect((await deliveries()).map(({ data }) => data)).toEqual([{ v: 1, lead: leadKey(id) }])
  })

  it('without a lead id gets one: two of them are two leads', async () => {
    await foreign.add('lead', jane, careless)
    await foreign.add('lead', jane, careless)
    parts.startRouting(everything)
    await routed(2)
    expect(await parts.store.counters()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 })
  })

  it('with a lead id that came before is a duplicate', async () => {
    await foreign.add('lead', { ...jane, id: 'L1' }, { ...careless, jobId: 'one' })
    await foreign.add('lead', { ...jane, id: 'L1' }, { ...careless, jobId: 'two' })
    parts.startRouting(everything)
    await routed(2)
    expect(await parts.store.counters()).toMatchObject({ received: 2, accepted: 1, duplicates: 1 })
    expect(await deliveries()).toHaveLength(1)
  })

  it.each([
    ['is no object', 'hello'],
    ['says nothing', {}],
    ['has no version', { person: { email: 'jane@contoso.com' } }],
    ['names nobody', { v: 1, person: {} }],
    ['is nothing', null],
  ])('that %s is kept verbatim in the quarantine', async (_, data) => {
    await foreign.add('lead', data, careless)
    parts.startRouting(everything)
    await routed()
    const kept = await parts.queues.quarantine.getWaiting()
    expect(kept.map((job) => JSON.parse(job.data.verbatim.body))).toEqual([data])
    expect(kept[0]?.data.reason).not.toBe('')
    expect(await parts.store.counters()).toMatchObject({ received: 1, quarantined: 1, accepted: 0 })
  })

  it('that our own script fails on goes back to the queue, for as long as it takes, and never fails', async () => {
    const broken = `{leadsync}:lead:${leadKey('L1')}`
    await parts.store.redis.set(broken, 'not a hash')
    await foreign.add('lead', { ...jane, id: 'L1' }, { ...careless, jobId: 'one' })
    parts.startRouting(everything)
    const job = await jobIn(foreign, 'one')
    for (let round = 1; round <= 3; round++) {
      await until(`it went back ${round} times`, async () => {
        const { attemptsStarted } = await jobIn(foreign, 'one')
        return attemptsStarted >= round && (await job.isDelayed())
      })
      if (round < 3) await job.promote().catch(() => undefined)
    }
    await parts.store.redis.del(broken)
    await job.promote().catch(() => undefined)
    await routed()
    expect(await deliveries()).toHaveLength(1)
  })

  it('that meets a Redis that is full survives it, whatever its options say', async () => {
    const { redis } = parts.store
    await foreign.add('lead', { ...jane, id: 'L1' }, { ...careless, jobId: 'one' })
    const full: RouteTarget = {
      name: Crm,
      wants() {
        // On the same connection, so it is full before the lead can be admitted.
        void redis.config('SET', 'maxmemory', '1')
        return 'yes'
      },
    }
    const worker = parts.startRouting([full])
    await until('it was noticed', () => parts.lines.some(({ message }) => message.includes('could not be routed')))
    await redis.config('SET', 'maxmemory', '0')
    await worker.close(true)
    parts.startRouting(everything)
    await routed()
    expect(await deliveries()).toHaveLength(1)
  })

  it.each([
    ['in the future', Date.now() + 10 * 365 * 86_400_000],
    ['that is no time', 'soon' as never],
  ])('with a timestamp %s is taken for received now: a later lead must not be stale', async (_, timestamp) => {
    await foreign.add('lead', { ...jane, id: 'L1' }, { ...careless, timestamp })
    parts.startRouting(everything)
    await routed()
    const body = JSON.parse((await parts.store.redis.get(`{leadsync}:body:${leadKey('L1')}`)) ?? 'null')
    expect(Math.abs(Date.parse(body.receivedAt) - Date.now())).toBeLessThan(60_000)
    expect(Math.abs(Date.parse(body.occurredAt) - Date.now())).toBeLessThan(60_000)
  })

  it('with a timestamp of the past keeps it', async () => {
    await foreign.add('lead', { ...jane, id: 'L1' }, { ...careless, timestamp: Date.parse(Noon) - 86_400_000 })
    parts.startRouting(everything)
    await routed()
    const body = JSON.parse((await parts.store.redis.get(`{leadsync}:body:${leadKey('L1')}`)) ?? 'null')
    expect(Date.parse(body.receivedAt)).toBe(Date.parse(Noon) - 86_400_000)
  })
})
