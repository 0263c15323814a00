import { Queue } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accepts, type Lead, leadJobId, leadKey, type OwnDomains } from '../../src/core/index.ts'
import { LeadsQueue, queuePrefix } from '../../src/queue/catalogue.ts'
import { Quarantine } from '../../src/queue/quarantine.ts'
import type { RouteTarget } from '../../src/queue/route-worker.ts'
import { leadBody } from '../../src/store/lead-lookup.ts'
import { makeLead } from '../kit/made-lead.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
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

const colleague = { v: 1, id: 'C1', person: { email: 'jane@dev.contoso.com' } }
const everything: RouteTarget[] = [{ name: Crm, wants: () => 'yes' }]

function own(leads: OwnDomains['leads']): OwnDomains {
  return { domains: ['contoso.com'], leads }
}

async function routed(received: number): Promise<void> {
  await until(`${received} leads were received and none is left to route`, async () => {
    const left = await parts.queues.leads.getJobCountByTypes('waiting', 'active', 'prioritized', 'delayed')
    return left === 0 && (await parts.store.counters()).received >= received
  })
}

function quarantine(): Quarantine {
  const unread = () => expect.unreachable()
  return new Quarantine({ queues: parts.queues, register: parts.store.register, interpret: unread })
}

async function counts() {
  const { received, accepted, duplicates, quarantined, held } = await parts.store.counters()
  expect(received).toBe(accepted + duplicates + quarantined + held)
  return { received, accepted, duplicates, held }
}

describe('a foreign job of one of our own people, with leads: hold', () => {
  it('waits in the quarantine, is counted as held and gets no delivery', async () => {
    await foreign.add('lead', colleague)
    parts.startRouting(everything, own('hold'))
    await routed(1)
    expect(await quarantine().list('held')).toMatchObject([{ id: 'C1', lead: { channel: 'queue', person: colleague.person } }])
    expect(await counts()).toEqual({ received: 1, accepted: 0, duplicates: 0, held: 1 })
    expect(await parts.queues.delivery(Crm).count()).toBe(0)
  })

  it('is delivered when a person replays it: it is not held again', async () => {
    await foreign.add('lead', colleague)
    parts.startRouting(everything, own('hold'))
    await routed(1)
    const [held] = await quarantine().list('held')
    expect(await quarantine().replay(held ?? expect.unreachable())).toEqual({ status: 'accepted', leadId: 'C1' })
    await until('it is delivered', async () => (await parts.queues.delivery(Crm).count()) === 1)
    expect(await quarantine().list()).toEqual([])
    expect(await counts()).toEqual({ received: 1, accepted: 1, duplicates: 0, held: 0 })
  })

  it('that comes again is a duplicate, and does not come back after a person discarded it', async () => {
    await foreign.add('lead', colleague, { jobId: 'one' })
    parts.startRouting(everything, own('hold'))
    await routed(1)
    for (const held of await quarantine().list()) await quarantine().discard(held)
    await foreign.add('lead', colleague, { jobId: 'two' })
    await routed(2)
    expect(await quarantine().list()).toEqual([])
    expect(await counts()).toEqual({ received: 2, accepted: 0, duplicates: 1, held: 1 })
  })

  it('that says no is delivered: a no counts at once', async () => {
    await foreign.add('lead', { ...colleague, action: 'DNC' })
    parts.startRouting(everything, own('hold'))
    await routed(1)
    expect(await parts.queues.delivery(Crm).count()).toBe(1)
    expect(await counts()).toMatchObject({ accepted: 1, held: 0 })
  })

  it('that was on its way before the domain was named goes on', async () => {
    const { timestamp } = await foreign.add('lead', colleague, { jobId: 'one' })
    const worker = parts.startRouting(everything, own('deliver'))
    await routed(1)
    await worker.close()
    // As if the process had died before it added the delivery's job; the next one has another configuration.
    await parts.queues.delivery(Crm).obliterate({ force: true })
    await foreign.add('lead', colleague, { jobId: 'one', timestamp })
    parts.startRouting(everything, own('hold'))
    await until('it is delivered', async () => (await parts.queues.delivery(Crm).count()) === 1)
    expect(await quarantine().list()).toEqual([])
    expect(await counts()).toEqual({ received: 1, accepted: 1, duplicates: 0, held: 0 })
  })
})

describe('a job of our own intake', () => {
  it('is not held, and keeps its tags: intake has judged it where that was due', async () => {
    const tags = ['token:web', 'own-domain']
    const lead: Lead = makeLead({ id: 'ours', person: colleague.person, tags })
    await parts.store.register.admit(arriving(lead))
    await parts.queues.add(parts.queues.leads, { name: 'lead', id: leadJobId(lead.id), data: lead })
    parts.startRouting(everything, own('hold'))
    await until('it is delivered', async () => (await parts.queues.delivery(Crm).count()) === 1)
    expect(await leadBody(parts.store.scripts, leadKey('ours'))).toMatchObject({ tags })
  })
})

it('with leads: tag a CRM can refuse our own people, and nobody else can put on the tag', async () => {
  const target: RouteTarget = {
    name: Crm,
    wants: (lead) => (accepts({ notTags: ['own-domain'] }, lead) ? 'yes' : 'no'),
  }
  await foreign.add('lead', colleague)
  await foreign.add('lead', { ...colleague, id: 'C2', person: { email: 'jane@fabrikam.com' }, tags: ['own-domain', 'web'] })
  parts.startRouting([target], own('tag'))
  await routed(2)
  const { crms, unrouted } = await parts.store.counters()
  expect(crms[Crm]).toMatchObject({ accepted: 2, notWanted: 1, waiting: 1 })
  expect(unrouted).toBe(1)
})
