import { UnrecoverableError, Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DeliveryError, type DeliveryErrorCode, type Lead, leadJobId } from '../../src/core/index.ts'
import { deliveryQueue, queuePrefix } from '../../src/queue/catalogue.ts'
import { DeadLetters } from '../../src/queue/dead-letters.ts'
import { markContacts } from '../../src/queue/mark-contacts.ts'
import { NoLimit } from '../../src/queue/worker-options.ts'
import { listed } from '../kit/dead-letters.ts'
import { openFollowUps } from '../kit/follow-up-parts.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm, type MemoryCrm } from '../kit/memory-crm.ts'
import { type DeliveryWorkerParts, openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crm } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let parts: QueueParts
let crm: MemoryCrm

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  crm = createMemoryCrm()
})
afterEach(() => parts.close())
afterAll(() => server.stop())

const jane = makeLead({ id: 'jane', person: { email: 'jane@contoso.com', company: 'Contoso' } })

function queue() {
  return parts.queues.delivery(Crm)
}

async function counts() {
  return (await parts.store.counters()).crms[Crm] ?? expect.unreachable()
}

/** A worker that has delivered jane. */
async function janeIsKnown(more: DeliveryWorkerParts = {}): Promise<string> {
  await parts.add(jane)
  parts.startDelivering(crm, more)
  await until('jane is delivered', async () => (await counts()).delivered === 1)
  await until('her job has ended', async () => (await queue().getActiveCount()) === 0)
  return await parts.store.contactOf(jane)
}

/** A do-not-contact that this CRM's `accept:` declines, so that no delivery writes the marker. */
async function no(hour: number, lead: Lead = jane): Promise<void> {
  await parts.store.enter(makeLead({ id: `${lead.id} ${hour}`, action: 'DNC', receivedAt: hours(hour), person: lead.person }), [])
}

function ask(contact: string): Promise<void> {
  return markContacts(parts.queues, [Crm], [contact])
}

function marker(): unknown {
  return [...crm.records.values()].map(({ fields }) => fields.dnc_at)[0]
}

async function marked(hour: number): Promise<void> {
  await until('the record is marked', () => marker() === hours(hour))
  await until('no job is left', async () => {
    return (await queue().getJobCountByTypes('waiting', 'active', 'delayed', 'failed')) === 0
  })
}

function failing(code: DeliveryErrorCode, retryAfterMs?: number): DeliveryError {
  return new DeliveryError(code, `${Crm}: a sentence about ${code}.`, retryAfterMs === undefined ? {} : { retryAfterMs })
}

describe('a mark job', () => {
  it('marks the record, leaves nothing behind, and moves no counter', async () => {
    const contact = await janeIsKnown()
    const before = await parts.store.counters()
    await no(1)
    await ask(contact)
    await marked(1)
    expect((await queue().getCompleted()).map(({ name }) => name)).toEqual(['deliver'])
    const { received, accepted, unrouted } = before
    expect(await parts.store.counters()).toEqual({
      ...before,
      received: received + 1,
      accepted: accepted + 1,
      unrouted: unrouted + 1,
    })
  })

  it('that is asked for while another one of the contact is at work is not lost', async () => {
    const contact = await janeIsKnown()
    await no(1)
    const door = crm.block('write')
    await ask(contact)
    await door.reached
    await no(2)
    await ask(contact)
    door.release()
    await marked(2)
  })

  it('for a CRM that nobody works here is not asked for', async () => {
    await markContacts(parts.queues, ['gone', 'dynamics'], ['a', 'b'])
    expect(await parts.queues.delivery('dynamics').getWaitingCount()).toBe(2)
    expect(await parts.store.redis.keys('*gone*')).toEqual([])
  })

  it.each(['rate_limited', 'quota_exhausted', 'unavailable'] as const)(
    'that finds the CRM %s holds its queue and comes back',
    async (code) => {
      const contact = await janeIsKnown()
      await no(1)
      crm.fail({ on: 'match', error: failing(code, 300) })
      await ask(contact)
      await until('the queue is held', async () => (await queue().getRateLimitTtl(NoLimit)) > 0)
      expect(marker()).toBeUndefined()
      await marked(1)
    },
  )

  it('that alone finds the CRM unavailable waits while others succeed, and is given up after long enough', async () => {
    const contact = await janeIsKnown({ giveUpAfterMs: 300 })
    await no(1)
    crm.fail({ on: 'match', error: failing('unavailable', 20), times: 1_000, when: ({ contactId }) => contactId === contact })
    const { match } = crm.calls
    await ask(contact)
    await until('it has failed', () => crm.calls.match > match)
    await parts.add(makeLead({ id: 'john', person: { email: 'john@contoso.com', company: 'Contoso' } }))
    await until('john is delivered', async () => (await counts()).delivered === 2)
    await until('it is given up', () => parts.lines.some(({ message }) => message.includes('could not be written')))
    expect([await queue().getFailedCount(), crm.calls.match > match + 2]).toEqual([0, true])
  })

  it('that finds the credential dead blocks the CRM, and is done when it works again', async () => {
    const contact = await janeIsKnown()
    await no(1)
    crm.fail({ on: 'match', error: failing('unauthorized') })
    await ask(contact)
    await until('the CRM is blocked', async () => (await queue().isPaused()) && (await queue().getActiveCount()) === 0)
    expect(await parts.store.states.blocked(Crm)).toMatchObject({ code: 'unauthorized' })
    await parts.probe(crm).probe()
    await marked(1)
  })

  it('that meets a conflict matches again', async () => {
    const contact = await janeIsKnown()
    await no(1)
    crm.fail({ on: 'write', error: failing('conflict', 1), times: 3, when: () => true })
    await ask(contact)
    await marked(1)
  })

  it.each([
    ['invalid', 1],
    ['multiple_matches', 1],
    ['protocol', 1],
    ['conflict', 8],
  ] as const)('that meets %s is given up with a line in the log, and is no dead letter', async (code, tries) => {
    const contact = await janeIsKnown()
    await no(1)
    crm.fail({ on: 'write', error: failing(code, 1), times: 1_000, when: () => true })
    await ask(contact)
    await until('it is given up', () => parts.lines.some(({ message }) => message.includes('could not be written')))
    await until('its job is gone', async () => (await queue().getJobCountByTypes('waiting', 'active', 'delayed')) === 0)
    expect([crm.calls.write, await queue().getFailedCount()]).toEqual([1 + tries, 0])
    expect(await counts()).toMatchObject({ accepted: 1, delivered: 1, waiting: 0, parked: 0 })
    // The next lead does it.
    crm.heal()
    await parts.add(makeLead({ id: 'later', receivedAt: hours(5), person: jane.person }))
    await marked(1)
  })
})

describe('a lead that this CRM declines', () => {
  it.each(['DNC', 'PLT'])(
    'and that says or takes back a no (%s) has the record of its contact marked all the same',
    async (action) => {
      await janeIsKnown()
      if (action === 'PLT') await no(1)
      parts.startRouting([{ name: Crm, wants: () => 'no' }])
      const lead = makeLead({ id: 'declined', action, receivedAt: hours(2), person: jane.person })
      await parts.queues.add(parts.queues.leads, { name: 'lead', id: leadJobId(lead.id), data: lead })
      await until('the record is marked', () => marker() !== undefined)
      expect(await counts()).toMatchObject({ accepted: 2, delivered: 1, notWanted: 1, waiting: 0 })
    },
  )

  it('and that says neither asks for no mark', async () => {
    await janeIsKnown()
    await no(1)
    parts.startRouting([{ name: Crm, wants: () => 'no' }])
    const lead = makeLead({ id: 'declined', receivedAt: hours(2), person: jane.person })
    await parts.queues.add(parts.queues.leads, { name: 'lead', id: leadJobId(lead.id), data: lead })
    await until('it was routed', async () => (await counts()).notWanted === 1)
    await until('its job has ended', async () => (await parts.queues.leads.getActiveCount()) === 0)
    expect([await queue().getJobCountByTypes('waiting', 'active', 'delayed'), marker()]).toEqual([0, undefined])
  })
})

describe('a job without a lead', () => {
  it('among the failed ones of a CRM is no dead letter', async () => {
    const name = deliveryQueue(Crm)
    const connection = parts.store.redis
    const fail = () => Promise.reject(new UnrecoverableError('no'))
    const worker = new Worker(name, fail, { connection, prefix: queuePrefix(name) })
    await queue().add('mark', { contact: 'somebody' }, { jobId: 'mark.1' })
    await until('it has failed', async () => (await queue().getFailedCount()) === 1)
    await worker.close(true)
    const letters = new DeadLetters(parts.queues, parts.store.ledger, openFollowUps(parts.store).store)
    expect([await listed(letters), await letters.find('mark.1')]).toEqual([[], []])
  })
})
