import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { DeliveryError, type Lead, leadKey } from '../../src/core/index.ts'
import { RedisCircuits } from '../../src/store/circuits.ts'
import { makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm, type MemoryCrm } from '../kit/memory-crm.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crm } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let parts: QueueParts
let crm: MemoryCrm
let circuits: RedisCircuits

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  crm = createMemoryCrm()
  circuits = new RedisCircuits(parts.store.scripts)
})
afterEach(() => parts.close())
afterAll(() => server.stop())

const down = new DeliveryError('unavailable', `${Crm}: it is away.`)

function people(count: number): Lead[] {
  return Array.from({ length: count }, (_, n) => makeLead({ id: `p-${n}`, person: { email: `p-${n}@contoso.com` } }))
}

async function waiting(): Promise<number> {
  return await parts.queues.delivery(Crm).getJobCountByTypes('wait', 'delayed')
}

async function untilDelivered(count: number): Promise<void> {
  await until(`${count} are delivered`, async () => (await parts.store.counters()).crms[Crm]?.delivered === count)
}

it('a CRM that fails everything is probed by one delivery, over all workers, and given more and more when it is back', async () => {
  const other = openQueues(server.url)
  onTestFinished(() => other.close())
  await parts.add(...people(80))
  crm.fail({ on: 'match', error: down, times: 1_000 })
  for (const one of [parts, other]) one.startDelivering(crm)
  // Two workers begin with a batch each or a few; from then on there is one probe at a time, each later than the one before.
  await until('probes come less often each time', () => {
    const [first = 0, second = 0, third = 0] = crm.matchedAt.slice(-3)
    return second - first > 900 && third - second > 1_800
  })
  await until('all are back', async () => (await waiting()) === 80)

  crm.heal()
  await untilDelivered(80)
  await until('nothing is held back any more', async () => (await circuits.pace(Crm)) === null)
  expect(crm.records.size).toBe(80)
  const paces = [...parts.lines, ...other.lines].flatMap(({ facts }) => ('atOnce' in facts ? [facts.atOnce] : []))
  expect(new Set(paces)).toEqual(new Set([1, 2, 4, 8, 16, 32]))
})

it('72 hours away and back needs nobody, and at most a minute until it is noticed', async () => {
  const hour = 3_600_000
  let now = Date.parse('2026-11-20T12:00:00Z')
  const end = now + 72 * hour
  let probes = 0
  for (; now < end; probes += 1) now += await circuits.fail(Crm, 'a delivery', now, undefined)
  expect(probes).toBeLessThan(72 * 60 + 10)
  expect(await circuits.fail(Crm, 'a delivery', now + 1, undefined)).toBe(60_000)
  expect(await circuits.succeed(Crm, 'a delivery', now + 60_001)).toBe(2)
  // It goes away again: not as if it had never been back.
  expect(await circuits.fail(Crm, 'a delivery', now + 60_002, undefined)).toBe(1_000)
  expect(await circuits.pace(Crm)).toBe(1)
})

it('a turn is one delivery’s until it ends, or its process has been silent for as long as a lock lasts', async () => {
  const now = Date.now()
  const enter = (turn: string, later = 0) => circuits.enter(Crm, turn, now + later, 30_000)
  expect([await enter('one'), await enter('other')]).toEqual([true, true])
  await circuits.fail(Crm, 'one', now - 10_000, 1)
  expect([await enter('one'), await enter('other'), await enter('one')]).toEqual([true, false, true])
  await circuits.leave(Crm, 'one')
  expect([await enter('other'), await enter('one'), await enter('one', 30_001)]).toEqual([true, false, true])
})

it('a clock that is set back lengthens no wait', async () => {
  const noon = Date.parse('2026-11-20T12:00:00Z')
  await circuits.fail(Crm, 'a delivery', noon, 600_000)
  expect(await circuits.fail(Crm, 'a delivery', noon - 3_600_000, undefined)).toBeLessThanOrEqual(2_000)
})

it('what a process that died knew of the CRM, the next one knows', async () => {
  await circuits.fail(Crm, 'a delivery', Date.now() - 10_000, 1)
  await parts.add(...people(70))
  parts.startDelivering(crm)
  await untilDelivered(70)
  await until('nothing is held back any more', async () => (await circuits.pace(Crm)) === null)
})

it('a delivery that fails alone is not every probe: the others find that the CRM works', async () => {
  const [poison, ...others] = people(6)
  await parts.add(...(poison ? [poison] : []))
  const contact = await parts.store.contactOf(poison ?? expect.unreachable())
  crm.fail({ on: 'match', error: down, times: 1_000, when: ({ contactId }) => contactId === contact })
  parts.startDelivering(crm, { concurrency: 1 })
  await until('it was probed', () => crm.calls.match >= 2)
  await parts.add(...others)
  await untilDelivered(5)
})

it('how long it was away from all is held against no delivery that fails once more when it is back', async () => {
  const [late, ...others] = people(6)
  if (!late) return expect.unreachable()
  await parts.add(late, ...others)
  crm.fail({ on: 'match', error: down, times: 1_000 })
  parts.startDelivering(crm, { giveUpAfterMs: 1_800_000 })
  await until('all have found it away', async () => (await waiting()) === 6 && crm.calls.match > 0)
  const hourAgo = String(Date.now() - 3_600_000)
  await parts.store.redis.hset(`{leadsync}:lead:${leadKey(late.id)}`, `crm:${Crm}:down`, hourAgo)
  const contact = await parts.store.contactOf(late)
  crm.heal()
  crm.fail({ on: 'match', error: down, times: 1_000, when: ({ contactId }) => contactId === contact })
  await untilDelivered(5)
  const tries = crm.calls.match
  await until('it was tried once more', async () => crm.calls.match > tries && (await waiting()) === 1)
  crm.heal()
  await untilDelivered(6)
})
