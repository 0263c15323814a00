import type { Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { DeliveryError, type DeliveryErrorCode, leadKey } from '../../src/core/index.ts'
import { DeadLetters } from '../../src/queue/dead-letters.ts'
import { createFollowUpJobs } from '../../src/queue/follow-up-jobs.ts'
import { planOf } from '../../src/store/follow-up-lookup.ts'
import { listed } from '../kit/dead-letters.ts'
import { openFollowUps } from '../kit/follow-up-parts.ts'
import { makePlan, NoLimits, stateOf } from '../kit/follow-up-plans.ts'
import { makeFollowUps } from '../kit/follow-up-rules.ts'
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
let worker: Worker

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  crm = createMemoryCrm()
  letters = new DeadLetters(parts.queues, parts.store.ledger, parts.store.followUps)
  const jobs = createFollowUpJobs(parts.queues, Date.now)
  worker = parts.startDelivering(crm, {
    followUps: openFollowUps(parts.store, { rules: makeFollowUps(), jobs }),
  }).worker
})
afterEach(() => parts.close())
afterAll(() => server.stop())

const now = new Date().toISOString()
const jane = makeLead({ id: 'jane', receivedAt: now, person: { email: 'jane@contoso.com', company: 'Contoso' } })
const Step = `${leadKey('jane')}.sales.1`

function queue() {
  return parts.queues.delivery(Crm)
}

function state() {
  return stateOf(parts.store.followUps, Step)
}

/** Jane is in the CRM, and the task of her follow-up is handed over to it. */
async function handOver(): Promise<void> {
  const { followUps } = parts.store
  await parts.add(jane)
  await until('she is delivered', async () => crm.records.size === 1)
  const plan = await makePlan(parts.store, jane)
  await followUps.plan(plan, 'Planned.')
  await followUps.handOver(Step, NoLimits)
  await createFollowUpJobs(parts.queues, Date.now).make(plan, Step)
}

async function parked(code: DeliveryErrorCode = 'invalid'): Promise<void> {
  crm.fail({ on: 'createTasks', error: new DeliveryError(code, `${Crm}: the subject is too long.`), times: 99 })
  await handOver()
  await until('it is parked', async () => (await queue().getFailedCount()) === 1)
}

it('a task that could not be made is shown with its code and reason, and naming nobody', async () => {
  await parked()
  const letter = {
    id: `task.${Step}`,
    crm: Crm,
    lead: leadKey('jane'),
    step: Step,
    leadId: 'jane',
    code: 'invalid',
    reason: `${Crm}: the subject is too long.`,
    parkedAt: expect.any(String),
    answer: null,
    config: 'a1b2c3',
    parks: 1,
    tries: 1,
  }
  expect(await listed(letters)).toEqual([letter])
  expect(await state()).toBe('failed')
  expect(JSON.stringify(await listed(letters))).not.toContain('@')
})

it.each([
  [{ code: 'invalid' }, 1],
  [{ code: 'multiple_matches' }, 0],
  [{ crm: Crm, code: 'invalid' }, 1],
  [{ crm: 'dynamics' }, 0],
])('%j finds %i', async (filter, count) => {
  await parked()
  expect(await listed(letters, filter)).toHaveLength(count)
  expect(await letters.find('jane', filter)).toHaveLength(count)
})

it('is found by its job’s id, its step’s, its lead’s id and its lead’s key', async () => {
  await parked()
  for (const id of [`task.${Step}`, Step, 'jane', leadKey('jane')]) {
    expect(
      (await letters.find(id)).map((letter) => letter.id),
      id,
    ).toEqual([`task.${Step}`])
  }
  expect(await letters.find('john')).toEqual([])
})

it('is made when it is replayed and the reason is gone', async () => {
  await parked()
  crm.heal()
  const [letter = expect.unreachable()] = await letters.find('jane')
  expect(await letters.replay(letter)).toBe(true)
  await until('its task is made', async () => (await state()) === 'made')
  expect([...crm.tasks.keys()]).toEqual([Step])
  expect(await listed(letters)).toEqual([])
})

it('has the code of its last failure when it fails again', async () => {
  await parked()
  crm.heal()
  crm.fail({ on: 'createTasks', error: new DeliveryError('protocol', `${Crm}: what came is no task.`) })
  const [letter = expect.unreachable()] = await letters.find('jane')
  await letters.replay(letter)
  await until('it is parked again', async () => (await listed(letters))[0]?.code === 'protocol')
  expect(await listed(letters)).toMatchObject([{ reason: `${Crm}: what came is no task.` }])
})

it('is cancelled when it is discarded, and its follow-up says so', async () => {
  await parked()
  const [letter = expect.unreachable()] = await letters.find('jane')
  expect(await letters.discard(letter, 'A person gave it up.')).toBe(true)
  expect(await letters.discard(letter, 'A person gave it up.')).toBe(false)
  expect(await listed(letters)).toEqual([])
  const plan = await planOf(parts.store.scripts, leadKey('jane'))
  expect(plan?.steps[0]).toMatchObject({ state: 'cancelled', reason: 'A person gave it up.' })
  expect(crm.tasks.size).toBe(0)
})

it('is no dead letter any more when a no has cancelled it', async () => {
  await parked()
  const jobs = createFollowUpJobs(parts.queues, Date.now)
  const plan = { crm: Crm, contactId: 'any' }
  expect(await parts.store.followUps.recall(Step, 'No.')).toBe('nothing')
  expect(await state()).toBe('cancelled')
  expect([await jobs.drop(plan, Step), await jobs.drop(plan, Step)]).toEqual([true, true])
  expect(await listed(letters)).toEqual([])
})

it('whose no came while the CRM refused it is none, and is not taken from the worker that has it in hand', async () => {
  const door = crm.block('createTasks')
  crm.fail({ on: 'createTasks', error: new DeliveryError('invalid', `${Crm}: the subject is too long.`), times: 99 })
  await handOver()
  await door.reached
  expect(await createFollowUpJobs(parts.queues, Date.now).drop({ crm: Crm, contactId: 'any' }, Step)).toBe(false)
  await parts.store.followUps.recall(Step, 'No.')
  door.release()
  await until('it is cancelled', async () => (await state()) === 'cancelled')
  await until('its job is gone', async () => (await queue().getActiveCount()) === 0)
  expect(await listed(letters)).toEqual([])
})

it('that a no cancelled while the CRM was asked about it is none, whatever the CRM says', async () => {
  await parts.add(jane)
  await until('she is delivered', async () => crm.records.size === 1)
  const door = crm.block('match')
  crm.ambiguous = true
  await handOver()
  await door.reached
  expect(await parts.store.followUps.recall(Step, 'No.')).toBe('nothing')
  door.release()
  await until('its job is gone', async () => (await queue().getJob(`task.${Step}`)) === undefined)
  expect(await listed(letters)).toEqual([])
})

it('one that could not be withdrawn stays as it is when it is discarded', async () => {
  await handOver()
  await until('its task is made', async () => (await state()) === 'made')
  crm.fail({ on: 'withdrawTasks', error: new DeliveryError('invalid', `${Crm}: the status is none.`), times: 99 })
  await parts.store.followUps.recall(Step, 'No.')
  await createFollowUpJobs(parts.queues, Date.now).withdraw({ crm: Crm, contactId: 'any' }, Step)
  await until('it is parked', async () => (await queue().getFailedCount()) === 1)
  const [letter = expect.unreachable()] = await letters.find(Step)
  expect(letter).toMatchObject({ id: `withdraw.${Step}`, code: 'invalid' })
  expect(await letters.discard(letter, 'A person gave it up.')).toBe(true)
  expect(await state()).toBe('kept')
  expect(crm.tasks.get(Step)?.status).toBe('open')
})

it('whether somebody worked on a task is no dead letter when it can’t be asked', async () => {
  await handOver()
  await until('its task is made', async () => (await state()) === 'made')
  crm.fail({ on: 'readTasks', error: new DeliveryError('invalid', `${Crm}: no such question.`), times: 99 })
  const ended = new Promise((resolve) => worker.on('completed', ({ name }) => name === 'ask' && resolve(null)))
  await createFollowUpJobs(parts.queues, Date.now).ask({ crm: Crm, contactId: 'any' }, Step)
  await ended
  expect(await listed(letters)).toEqual([])
})

it('one whose CRM was bound to another account meanwhile is cancelled, not left where nobody looks', async () => {
  await worker.pause()
  await parts.add(jane)
  const plan = await makePlan(parts.store, jane)
  await parts.store.followUps.plan(plan, 'Planned.')
  await parts.store.followUps.handOver(Step, NoLimits)
  await createFollowUpJobs(parts.queues, Date.now).make(plan, Step)
  await queue().remove(`${Crm}.${leadKey('jane')}`)
  worker.resume()
  await until('it has ended', async () => (await state()) === 'cancelled')
  const reason = `${Crm} is not known to have this contact any more.`
  expect((await planOf(parts.store.scripts, leadKey('jane')))?.steps[0]).toMatchObject({ reason })
  expect([await listed(letters), crm.tasks.size]).toEqual([[], 0])
})
