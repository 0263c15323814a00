import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { DeliveryError, leadKey } from '../../src/core/index.ts'
import { type DeadLetterFilter, DeadLetters } from '../../src/queue/dead-letters.ts'
import { listed } from '../kit/dead-letters.ts'
import { openFollowUps } from '../kit/follow-up-parts.ts'
import { makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm, type MemoryCrm } from '../kit/memory-crm.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crm } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let parts: QueueParts
let crm: MemoryCrm
let letters: DeadLetters

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  crm = createMemoryCrm()
  letters = new DeadLetters(parts.queues, parts.store.ledger, openFollowUps(parts.store).store)
})
afterEach(() => parts.close())
afterAll(() => server.stop())

const jane = person('jane')
const john = person('john')

function person(id: string) {
  return makeLead({ id, person: { email: `${id}@contoso.com`, company: 'Contoso' } })
}

function queue() {
  return parts.queues.delivery(Crm)
}

async function counts() {
  return (await parts.store.counters()).crms[Crm] ?? expect.unreachable()
}

/** Jane is invalid, John is several; both are parked, by the worker that is returned. */
async function parked() {
  const contact = await contactId()
  crm.fail({ on: 'write', error: refusal('invalid', 'its company is none'), when: ({ contactId }) => contactId === contact })
  crm.fail({ on: 'write', error: refusal('multiple_matches', 'two have it'), when: ({ contactId }) => contactId !== contact })
  const { worker } = parts.startDelivering(crm)
  await parts.add(john)
  await until('both are parked', async () => (await queue().getFailedCount()) === 2)
  return worker
}

/** Jane's, who is added first. */
async function contactId(): Promise<string> {
  await queue().pause()
  await parts.add(jane)
  const id = await parts.store.contactOf(jane)
  await queue().resume()
  return id
}

function refusal(code: 'invalid' | 'multiple_matches', why: string): DeliveryError {
  return new DeliveryError(code, `${Crm}: ${why}.`)
}

it('shows what waits for a person: which lead, why, since when', async () => {
  await parked()
  const all = await listed(letters)
  expect(all.map(({ leadId, code, reason }) => ({ leadId, code, reason }))).toEqual(
    expect.arrayContaining([
      { leadId: 'jane', code: 'invalid', reason: `${Crm}: its company is none.` },
      { leadId: 'john', code: 'multiple_matches', reason: `${Crm}: two have it.` },
    ]),
  )
  expect(all).toHaveLength(2)
  const [first] = await listed(letters, { code: 'invalid' })
  expect(first).toMatchObject({ id: `${Crm}.${leadKey('jane')}`, crm: Crm, lead: leadKey('jane') })
  expect(Date.parse(first?.parkedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
})

it.each([{ filter: { crm: 'dynamics' } }, { filter: { code: 'protocol' } }])(
  'shows only what $filter asks for',
  async ({ filter }) => {
    await parked()
    expect(await listed(letters, filter)).toEqual([])
    expect(await letters.find('jane', filter)).toEqual([])
  },
)

it('finds one by its job’s id, its lead’s id and its lead’s key', async () => {
  await parked()
  const [jobs] = await listed(letters, { code: 'invalid' })
  for (const id of ['jane', leadKey('jane'), `${Crm}.${leadKey('jane')}`]) expect(await letters.find(id), id).toEqual([jobs])
  expect(await letters.find('somebody')).toEqual([])
})

it('a replayed one goes back to the queue with all its attempts, and is delivered when the reason is gone', async () => {
  await parked()
  crm.heal()
  const [letter = expect.unreachable()] = await letters.find('jane')
  expect(await letters.replay(letter)).toBe(true)
  await until('it is delivered', async () => (await counts()).delivered === 1)
  expect(await counts()).toMatchObject({ accepted: 2, parked: 1, waiting: 0, discarded: 0 })
  await until('its job has ended', async () => await (await parts.jobOf(jane)).isCompleted())
  expect((await parts.jobOf(jane)).attemptsMade).toBe(1)
  expect(await letters.replay(letter)).toBe(false)
  expect(await listed(letters)).toHaveLength(1)
})

it('a discarded one is gone for good: no job, nothing in the CRM, and counted as discarded', async () => {
  await parked()
  crm.heal()
  const [letter = expect.unreachable()] = await letters.find('jane')
  expect(await letters.discard(letter, 'A person gave it up.')).toBe(true)
  expect(await letters.discard(letter, 'A person gave it up.')).toBe(false)
  expect(await listed(letters)).toHaveLength(1)
  expect(await counts()).toMatchObject({ accepted: 2, parked: 1, discarded: 1, waiting: 0, delivered: 0 })
  // What asks again finds that it was settled.
  await parts.queues.add(queue(), { name: 'deliver', id: letter.id, data: { lead: letter.lead } })
  await until('its job has ended', async () => (await (await parts.jobOf(jane)).isCompleted()) === true)
  expect(crm.records.size).toBe(0)
})

it('one that was replayed meanwhile is left to its worker', async () => {
  const worker = await parked()
  await worker.pause()
  const [letter = expect.unreachable()] = await letters.find('jane')
  await letters.replay(letter)
  expect(await letters.discard(letter, 'Too late.')).toBe(false)
  expect([await queue().getWaitingCount(), (await counts()).discarded]).toEqual([1, 0])
})

it('one whose ledger entry was given up before a crash loses its job at the next try', async () => {
  await parked()
  const [letter = expect.unreachable()] = await letters.find('jane')
  await parts.store.ledger.discard(Crm, letter.lead, 'A person gave it up.')
  expect(await letters.discard(letter, 'A person gave it up.')).toBe(true)
  expect([(await listed(letters)).length, (await counts()).discarded]).toEqual([1, 1])
})

it('finds those about an offer, by its ids in either form or its title, and those parked in a span of time', async () => {
  await parked()
  const before = Date.now()
  const [one = expect.unreachable()] = await listed(letters, { code: 'invalid' })
  const at = Date.parse(one.parkedAt ?? '')
  const count = async (filter: DeadLetterFilter) => (await listed(letters, filter)).length
  for (const offer of ['Contoso.analytics', 'ANALYTICS']) expect(await count({ offer }), offer).toBe(2)
  expect(await count({ offer: 'analytics', code: 'invalid', crm: Crm, parked: { from: at, until: at } })).toBe(1)
  for (const offer of ['contoso', 'another.analytics', '']) expect(await count({ offer }), offer).toBe(0)
  expect(await count({ parked: { until: before } })).toBe(2)
  expect(await count({ parked: { from: before + 1 } })).toBe(0)
  expect(await letters.count({ parked: { from: before + 1 } })).toBe(0)
  expect(await letters.count({ crm: Crm })).toBe(2)
  expect(await letters.find('jane', { offer: 'another' })).toEqual([])
})

it('gives each of many one time, also of one millisecond, while those of the pages before are replayed and fail again', async () => {
  const ids = Array.from({ length: 620 }, (_, index) => `${Crm}.many-${index}`)
  await queue().addBulk(ids.map((jobId) => ({ name: 'deliver', data: { lead: jobId }, opts: { jobId, attempts: 1 } })))
  crm.deaf = true
  parts.startDelivering(crm, { concurrency: 200 })
  await until('all are parked', async () => (await queue().getFailedCount()) === ids.length)
  const { redis } = parts.store
  const key = queue().toKey('failed')
  // Most of them at once, which is more than a page, and some before and after.
  await redis.zadd(key, 'XX', ...ids.slice(50, 570).flatMap((id) => [1_000, id]))
  await redis.zadd(key, 'XX', ...ids.slice(0, 50).flatMap((id, index) => [900 + (index % 7), id]))
  expect((await listed(letters)).map(({ id }) => id).sort()).toEqual(ids.toSorted())
  const replayed: string[] = []
  for await (const { letters: page } of letters.pages()) {
    replayed.push(...page.map(({ id }) => id))
    await Promise.all(page.map((letter) => letters.replay(letter)))
    await until('they have failed again', async () => (await queue().getFailedCount()) === ids.length)
  }
  expect(replayed).toHaveLength(ids.length)
  expect(new Set(replayed)).toEqual(new Set(ids))
  // The ledger never knew them: what the job says is all there is.
  const [one] = await listed(letters)
  expect(one).toMatchObject({
    leadId: null,
    code: null,
    reason: expect.stringContaining('the ledger does not know this lead'),
  })
})
