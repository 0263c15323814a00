import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { leadJobId } from '../../src/core/index.ts'
import type { Arrival } from '../../src/intake/lead-sink.ts'
import { LeadIntake } from '../../src/queue/lead-intake.ts'
import { Queues } from '../../src/queue/queues.ts'
import { RedisLeadRegister } from '../../src/store/lead-register.ts'
import { connectRedis, Scripts } from '../../src/store/redis.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { jobIn, openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { arriving, Crm, Keep } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let parts: QueueParts
let intake: LeadIntake

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  intake = new LeadIntake(parts.store.redis, parts.store.register, parts.queues)
})
afterEach(() => parts.close())
afterAll(() => server.stop())

type LeadArrival = Exclude<Arrival, { kind: 'quarantined' }>

function arrival(id: string, more: Partial<LeadArrival> = {}): LeadArrival {
  const lead = makeLead({ id })
  return { kind: 'accepted', lead, receipt: `receipt of ${id}`, contentKey: 'content', idempotency: null, ...more }
}

const unreadable: Arrival = {
  kind: 'quarantined',
  id: 'q-1',
  receivedAt: hours(0),
  channel: 'marketplace',
  token: 'appsource-1',
  reason: 'The body is not JSON.',
  verbatim: { encoding: 'utf8', body: '{' },
}

function leadJobs() {
  return parts.queues.leads.getWaiting()
}

describe('an accepted lead', () => {
  it('is on the queue `leads` before it is answered', async () => {
    expect(await intake.accept([arrival('a')])).toEqual([{ leadId: 'a', status: 'accepted' }])
    const job = await jobIn(parts.queues.leads, leadJobId('a'))
    expect(job).toMatchObject({
      name: 'lead',
      data: makeLead({ id: 'a' }),
      opts: { removeOnFail: false, removeOnComplete: true },
    })
  })

  it('that is given again under the same receipt is accepted again, with one job and no counter moved', async () => {
    await intake.accept([arrival('a')])
    expect(await intake.accept([arrival('a'), arrival('a')])).toEqual([
      { leadId: 'a', status: 'accepted' },
      { leadId: 'a', status: 'accepted' },
    ])
    expect(await leadJobs()).toHaveLength(1)
    expect(await parts.store.counters()).toMatchObject({ received: 1, accepted: 1, duplicates: 0 })
  })

  it('gets its answer in the order in which it was given, beside others', async () => {
    const answers = await intake.accept([arrival('a'), unreadable, arrival('b'), arrival('c', { contentKey: 'other' })])
    expect(answers).toEqual([
      { leadId: 'a', status: 'accepted' },
      { leadId: 'q-1', status: 'quarantined' },
      { leadId: 'a', status: 'duplicate' },
      { leadId: 'c', status: 'accepted' },
    ])
  })
})

describe('a duplicate', () => {
  it('brings the first one’s job back when it was lost before anybody routed it', async () => {
    await intake.accept([arrival('a')])
    await parts.queues.leads.obliterate()
    expect(await intake.accept([arrival('b')])).toEqual([{ leadId: 'a', status: 'duplicate' }])
    expect(await jobIn(parts.queues.leads, leadJobId('a'))).toMatchObject({ data: { id: 'a' } })
  })

  it('adds nothing when the first one was routed', async () => {
    await intake.accept([arrival('a')])
    await parts.queues.leads.obliterate()
    await parts.store.register.admit(arriving(makeLead({ id: 'a' }), { receipt: null, route: [{ name: Crm, wants: 'yes' }] }))
    await intake.accept([arrival('b')])
    expect(await leadJobs()).toEqual([])
  })
})

describe('the quarantine', () => {
  it('keeps what could not be understood verbatim, once, with the reason', async () => {
    await intake.accept([unreadable])
    await intake.accept([unreadable])
    const { kind, ...facts } = unreadable
    expect((await parts.queues.quarantine.getWaiting()).map(({ name, data }) => ({ name, data }))).toEqual([
      { name: kind, data: { v: 1, ...facts } },
    ])
    expect(await parts.store.counters()).toMatchObject({ received: 1, quarantined: 1 })
  })

  it('holds a test lead for a person and never puts it on the queue `leads`', async () => {
    await intake.accept([arrival('t', { kind: 'held' }), arrival('t', { kind: 'held' })])
    expect((await parts.queues.quarantine.getWaiting()).map(({ name, data }) => ({ name, id: data.id }))).toEqual([
      { name: 'held', id: 't' },
    ])
    expect(await leadJobs()).toEqual([])
    expect(await parts.store.counters()).toMatchObject({ received: 1, held: 1, accepted: 0 })
  })

  it('gets a lead that our own script fails on, so that the journal behind it goes on', async () => {
    await parts.store.redis.set('{leadsync}:same:content', 'not a sorted set')
    expect(await intake.accept([arrival('a'), arrival('b', { contentKey: null })])).toMatchObject([
      { status: 'quarantined' },
      { leadId: 'b', status: 'accepted' },
    ])
  })
})

it('an idempotency key recalls what its first request was answered', async () => {
  await intake.accept([arrival('a', { idempotency: { key: 'key', body: 'body' } })])
  expect(await intake.recall('key')).toEqual({ body: 'body', admission: { leadId: 'a', status: 'accepted' } })
  expect(await intake.recall('another')).toBeNull()
})

it('while Redis is away nothing is taken and it says so; when it is back the same arrival is taken once', async () => {
  const redis = connectRedis(server.url, { name: 'hasty', patience: 'hasty' })
  redis.on('error', () => undefined)
  const queues = new Queues(redis, [], { debug() {}, info() {}, warn() {}, error() {} })
  const register = new RedisLeadRegister(new Scripts(redis, null), {
    secret: 'a secret',
    doNotContact: { scope: 'offer', release: [] },
    retention: Keep,
    crms: [],
  })
  const hasty = new LeadIntake(redis, register, queues)
  try {
    await until('the connection is there', () => hasty.ready())
    await hasty.accept([arrival('a')])
    await server.kill()
    await until('it is known that Redis is away', () => !hasty.ready())
    await expect(hasty.accept([arrival('b', { contentKey: 'other' })])).rejects.toThrow()
    await server.restart()
    await until('the connection is back', () => hasty.ready())
    expect(await hasty.accept([arrival('a'), arrival('b', { contentKey: 'other' })])).toEqual([
      { leadId: 'a', status: 'accepted' },
      { leadId: 'b', status: 'accepted' },
    ])
    expect(await parts.store.counters()).toMatchObject({ received: 2, accepted: 2, duplicates: 0 })
  } finally {
    await queues.close()
    redis.disconnect()
  }
})
