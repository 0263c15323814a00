import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { leadKey } from '../../src/core/index.ts'
import type { Arrival } from '../../src/intake/lead-sink.ts'
import { LeadIntake } from '../../src/queue/lead-intake.ts'
import { Quarantine } from '../../src/queue/quarantine.ts'
import { startQuarantineUpkeep } from '../../src/queue/quarantine-upkeep.ts'
import { findLead } from '../../src/store/lead-lookup.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { arriving, Crm, Keep } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let parts: QueueParts
let intake: LeadIntake
/** What the next replay understands. */
let understood: Arrival
let quarantine: Quarantine

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  intake = new LeadIntake(parts.store.redis, parts.store.register, parts.queues)
  understood = unreadable
  quarantine = new Quarantine({ queues: parts.queues, register: parts.store.register, interpret: async () => understood })
})
afterEach(() => parts.close())
afterAll(() => server.stop())

const test = makeLead({ id: 'test-1', test: true })
const held: Arrival = { kind: 'held', lead: test, receipt: 'receipt of test-1', contentKey: 'content', idempotency: null }
const unreadable: Arrival = {
  kind: 'quarantined',
  id: 'q-1',
  receivedAt: hours(0),
  channel: 'marketplace',
  token: 'appsource-1',
  reason: 'The body is not JSON.',
  verbatim: { encoding: 'utf8', body: '{' },
}

function readAs(id: string): Arrival {
  return { kind: 'accepted', lead: makeLead({ id }), receipt: 'q-1', contentKey: 'content of it', idempotency: null }
}

async function only() {
  const [one, ...others] = await quarantine.list()
  expect(others).toEqual([])
  return one ?? expect.unreachable()
}

/** The law of what came in. */
async function counts() {
  const { received, accepted, duplicates, quarantined, held: holding } = await parts.store.counters()
  expect(received).toBe(accepted + duplicates + quarantined + holding)
  return { received, accepted, duplicates, quarantined, held: holding }
}

it('shows what is held and what could not be understood, by kind and by id', async () => {
  await intake.accept([held, unreadable])
  expect((await quarantine.list()).map(({ id, kind }) => [id, kind])).toEqual([
    ['test-1', 'held'],
    ['q-1', 'quarantined'],
  ])
  expect((await quarantine.list('quarantined')).map(({ id }) => id)).toEqual(['q-1'])
  const { kind, ...facts } = unreadable
  const what = { v: 1, ...facts }
  expect(await quarantine.find('q-1')).toEqual({ kind, id: 'q-1', receivedAt: hours(0), what })
  expect(await quarantine.find('q-2')).toBeNull()
})

describe('a held lead that is replayed', () => {
  it('counts as accepted, is routed and delivered like any other, and has a contact', async () => {
    await intake.accept([held])
    expect(await quarantine.replay(await only())).toEqual({ status: 'accepted', leadId: 'test-1' })
    expect(await quarantine.list()).toEqual([])
    expect(await counts()).toEqual({ received: 1, accepted: 1, duplicates: 0, quarantined: 0, held: 0 })
    parts.startRouting([{ name: Crm, wants: () => 'yes' }])
    await until('it is routed', async () => (await parts.queues.delivery(Crm).getWaitingCount()) === 1)
    expect(await findLead(parts.store.scripts, 'test-1')).toMatchObject({
      state: 'accepted',
      deliveries: { [Crm]: { state: 'waiting' } },
    })
    expect(await parts.store.contactOf(test)).not.toBe('none')
    expect(await parts.store.redis.ttl(`{leadsync}:lead:${leadKey('test-1')}`)).toBe(-1)
    expect(await counts()).toEqual({ received: 1, accepted: 1, duplicates: 0, quarantined: 0, held: 0 })
  })

  it('moves nothing twice when it is replayed again, or comes again from the journal', async () => {
    await intake.accept([held])
    const one = await only()
    await quarantine.replay(one)
    await quarantine.replay(one)
    expect(await intake.accept([held])).toMatchObject([{ leadId: 'test-1' }])
    expect(await counts()).toEqual({ received: 1, accepted: 1, duplicates: 0, quarantined: 0, held: 0 })
    expect(await parts.queues.leads.getWaitingCount()).toBe(1)
  })

  it('goes on after a crash between ledger and queue', async () => {
    await intake.accept([held])
    await parts.store.register.admit(arriving(test, { receipt: null, replayOf: 'test-1' }))
    expect(await quarantine.replay(await only())).toMatchObject({ status: 'accepted' })
    expect(await parts.queues.leads.getWaitingCount()).toBe(1)
    expect(await counts()).toMatchObject({ received: 1, accepted: 1, held: 0 })
  })
})

describe('a body that is replayed', () => {
  it('stays, with the reason, while it can’t be understood', async () => {
    await intake.accept([unreadable])
    expect(await quarantine.replay(await only())).toEqual({ status: 'quarantined', reason: 'The body is not JSON.' })
    expect(await only()).toMatchObject({ id: 'q-1' })
    expect(await counts()).toMatchObject({ received: 1, quarantined: 1 })
  })

  it.each([
    { which: 'its own id', leadId: 'q-1', state: 'accepted' },
    { which: 'an id of the lead’s own', leadId: 'their-7', state: 'replayed' },
  ])('counts as accepted once it is, under $which, however often it is replayed', async ({ leadId, state }) => {
    await intake.accept([unreadable])
    understood = readAs(leadId)
    const one = await only()
    expect(await quarantine.replay(one)).toEqual({ status: 'accepted', leadId })
    expect(await quarantine.replay(one)).toEqual({ status: 'accepted', leadId })
    expect(await counts()).toEqual({ received: 1, accepted: 1, duplicates: 0, quarantined: 0, held: 0 })
    expect((await parts.queues.leads.getWaiting()).map(({ data }) => data.id)).toEqual([leadId])
    expect(await findLead(parts.store.scripts, 'q-1')).toMatchObject({ state })
    expect(await quarantine.list()).toEqual([])
  })

  it('is a duplicate when that lead has come in meanwhile', async () => {
    await intake.accept([unreadable])
    await parts.store.register.admit(arriving(makeLead({ id: 'their-7' })))
    understood = readAs('their-7')
    expect(await quarantine.replay(await only())).toEqual({ status: 'duplicate', leadId: 'their-7' })
    expect(await counts()).toEqual({ received: 2, accepted: 1, duplicates: 1, quarantined: 0, held: 0 })
  })
})

it('what is discarded is gone and stays counted as what came in', async () => {
  await intake.accept([held, unreadable])
  for (const one of await quarantine.list()) expect(await quarantine.discard(one)).toBe(true)
  expect(await quarantine.list()).toEqual([])
  expect(await counts()).toEqual({ received: 2, accepted: 0, duplicates: 0, quarantined: 1, held: 1 })
})

it('what nobody replays ages out after 90 days, and nothing before', async () => {
  const queue = parts.queues.quarantine
  await intake.accept([held, unreadable])
  const DayMs = 24 * 60 * 60_000
  const ages: Readonly<Record<string, number>> = { held: 89.9, quarantined: 90.1 }
  for (const job of await queue.getWaiting()) {
    await parts.store.redis.hset(queue.toKey(job.id ?? ''), 'timestamp', Date.now() - (ages[job.name] ?? 0) * DayMs)
  }
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  let tidied = 0
  const room = {
    async tidy() {
      tidied += 1
    },
  }
  onTestFinished(startQuarantineUpkeep({ quarantine: queue, keep: Keep, room, mayRun: () => true, log }))
  vi.advanceTimersByTime(60 * 60_000)
  await until('it was looked through', () => tidied === 1)
  expect(await only()).toMatchObject({ id: 'test-1', kind: 'held' })
})
