import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { DeliveryError, deliveryJobId, type FollowUpRules, type Lead, leadKey, NoQualification } from '../../src/core/index.ts'
import { FollowUpReview } from '../../src/delivery/follow-ups/review.ts'
import { StepFiring } from '../../src/delivery/follow-ups/step-firing.ts'
import { createFollowUpJobs } from '../../src/queue/follow-up-jobs.ts'
import { startFollowUpWorker } from '../../src/queue/follow-up-worker.ts'
import { StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { type OpenFollowUps, openFollowUps } from '../kit/follow-up-parts.ts'
import { makeFollowUps, makeRule, makeStep } from '../kit/follow-up-rules.ts'
import { makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm, type MemoryCrm } from '../kit/memory-crm.ts'
import { Limits, openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { arriving, Crm, Keep } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let parts: QueueParts
let crm: MemoryCrm
let stops: (() => Promise<void>)[]

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  stops = []
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  crm = createMemoryCrm()
})
afterEach(async () => {
  for (const stop of stops) await stop()
  await parts.close()
})
afterAll(() => server.stop())

const two = [makeRule({ steps: [makeStep('1'), makeStep('2')] })]
const one = [makeRule({ steps: [makeStep('1')] })]

function start(rules: Partial<FollowUpRules>): OpenFollowUps {
  const { store, queues } = parts
  const jobs = createFollowUpJobs(queues, Date.now)
  const followUps = openFollowUps(store, { rules: makeFollowUps(rules), jobs })
  const common = { followUps: followUps.store, jobs }
  parts.startDelivering(crm, { followUps })
  startFollowing(
    followUps,
    new StepFiring({ ...followUps, ...common, qualification: NoQualification, crms: [Crm], now: Date.now }),
  )
  return followUps
}

function startFollowing({ store: followUps, jobs }: OpenFollowUps, firing: StepFiring): void {
  const { redis } = parts.store
  const review = new FollowUpReview({ followUps, jobs })
  const log = { debug: note, info: note, warn: note, error: note }
  const options = { redis, firing, review, limits: Limits, concurrency: 10, graceMs: 1_000, log, now: Date.now }
  stops.push(startFollowUpWorker(options))
}

const noted: string[] = []
function note(_: object, message: string): void {
  noted.push(message)
}

/** A lead of this moment, with this CRM for its follow-ups. */
async function enter(name = 'jane'): Promise<Lead> {
  const lead = makeLead({ id: name, person: { email: `${name}@contoso.com` }, receivedAt: new Date().toISOString() })
  await parts.store.register.admit(arriving(lead, { route: [{ name: Crm, wants: 'yes' }], followUpCrm: Crm }))
  const job = { name: 'deliver' as const, id: deliveryJobId(Crm, lead.id), data: { lead: leadKey(lead.id) } }
  await parts.queues.add(parts.queues.delivery(Crm), job)
  return lead
}

function made(count: number): Promise<void> {
  return until(`${count} tasks are made`, () => crm.tasks.size === count)
}

async function stateOf(lead: Lead, step = '1'): Promise<string | undefined> {
  return (await parts.store.followUps.facts(`${leadKey(lead.id)}.sales.${step}`))?.step.state
}

function queue() {
  return parts.queues.delivery(Crm)
}

it('a step fires when its time has come, its jobs name nobody and leave nothing behind', async () => {
  start({ rules: [makeRule({ steps: [makeStep('1'), makeStep('2', { afterMs: 600 })] })], warnMs: 0 })
  const lead = await enter()
  await made(1)
  const waiting = await parts.queues.followUps.getDelayed()
  expect(waiting.length).toBeGreaterThan(0)
  for (const { data, id } of waiting) expect(JSON.stringify([id, data])).not.toMatch(/jane|@/)
  await made(2)
  await until('both are noted', async () => (await stateOf(lead, '2')) === 'made')
  await until('only the look at the promise is left', async () => (await parts.queues.followUps.getDelayedCount()) === 1)
  expect(await parts.queues.followUps.getCompletedCount()).toBe(0)
})

it('a no has its task withdrawn within some seconds, by a job of the CRM', async () => {
  start({ rules: one })
  const lead = await enter()
  await until('it is made', async () => (await stateOf(lead)) === 'made')
  const entry = { source: 'admin' as const, channel: 'any' as const, offer: '*', since: Date.now(), reason: 'by letter' }
  await new StrongSuppressions(parts.store.scripts, Keep).add(strongAlias('jane@contoso.com', 'a secret') ?? '', entry)
  await until('it is withdrawn', async () => (await stateOf(lead)) === 'withdrawn', { withinMs: 10_000 })
  expect([...crm.tasks.values()].map(({ status }) => status)).toEqual(['withdrawn'])
})

it('the next task about a contact waits until the gap is over, and spends no attempt', async () => {
  start({ rules: two, minGapMs: 900 })
  const lead = await enter()
  await made(1)
  const first = performance.now()
  await until('the other one waits', async () => (await parts.queues.followUps.getDelayed()).some(({ name }) => name === 'fire'))
  const [waiting] = (await parts.queues.followUps.getDelayed()).filter(({ name }) => name === 'fire')
  expect(waiting?.attemptsMade).toBe(0)
  await made(2)
  expect(performance.now() - first).toBeGreaterThan(600)
  await until('both are made', async () => (await stateOf(lead, '1')) === 'made' && (await stateOf(lead, '2')) === 'made')
})

it('a CRM at its limit has its task when the hold is over, and a paused one when a person lets it go on', async () => {
  start({ rules: one })
  crm.fail({ on: 'createTasks', error: new DeliveryError('rate_limited', 'hubspot: too many requests.', { retryAfterMs: 500 }) })
  const lead = await enter()
  await until('the queue is held', async () => crm.calls.createTasks === 1)
  const heldAt = performance.now()
  await made(1)
  expect(performance.now() - heldAt).toBeGreaterThan(350)
  await until('it is noted', async () => (await stateOf(lead)) === 'made')
  expect(crm.calls.createTasks).toBe(2)

  const door = crm.block('write')
  const john = await enter('john')
  await door.reached
  await queue().pause()
  door.release()
  await until('john’s is due', async () => (await stateOf(john)) === 'due')
  expect(crm.tasks.size).toBe(1)
  await queue().resume()
  await made(2)
})

it('a step that could not be looked at comes back, is told in the log, and is never given up', async () => {
  const followUps = start({ rules: one })
  const lead = await enter()
  await until('it is made', async () => (await stateOf(lead)) === 'made')
  const id = `${leadKey(lead.id)}.sales.1`
  const key = `{leadsync}:plan:${leadKey(lead.id)}`
  const stored = await parts.store.redis.hget(key, `s:${id}`)
  await parts.store.redis.hset(key, `s:${id}`, 'damaged')
  noted.splice(0)
  await followUps.jobs.look({ crm: Crm, contactId: 'a contact' }, id, 1)
  await until('it came back', () => noted.includes('a step of a follow-up could not be looked at; it comes back'))
  expect(await parts.queues.followUps.getFailedCount()).toBe(0)
  await until('it waits again', async () => (await parts.queues.followUps.getDelayed()).some((job) => job.id === `look.${id}.1`))
  const back = await parts.queues.followUps.getJob(`look.${id}.1`)
  expect(back?.attemptsMade).toBe(0)
  await parts.store.redis.hset(key, `s:${id}`, String(stored))
  await until('it was looked at', () => crm.calls.readTasks > 0, { withinMs: 10_000 })
})

it('asking twice for the same adds one job', async () => {
  const jobs = createFollowUpJobs(parts.queues, Date.now)
  const plan = { crm: Crm, contactId: 'a contact' }
  const at = Date.now() + 60_000
  for (let n = 0; n < 2; n += 1) {
    await Promise.all([
      jobs.fire(plan, 'KEY.sales.1', at),
      jobs.look(plan, 'KEY.sales.1', at),
      jobs.make(plan, 'KEY.sales.1'),
      jobs.withdraw(plan, 'KEY.sales.1'),
      jobs.ask(plan, 'KEY.sales.1'),
    ])
  }
  expect(await parts.queues.followUps.getDelayedCount()).toBe(2)
  expect(await queue().getWaitingCount()).toBe(3)
  const waiting = await queue().getWaiting()
  expect(waiting.map(({ id }) => id).toSorted()).toEqual(['ask.KEY.sales.1', 'task.KEY.sales.1', 'withdraw.KEY.sales.1'])
  for (const { data } of waiting) expect(data).toEqual({ v: 1, step: 'KEY.sales.1', contact: 'a contact' })
})

it('what is to be withdrawn in a CRM without a file waits there, and a step for it waits for the file', async () => {
  const { store, queues } = parts
  const jobs = createFollowUpJobs(queues, Date.now)
  await jobs.withdraw({ crm: 'old', contactId: 'contact' }, 'key.sales.1')
  expect(await queues.deliveryOrOpen('old').getJob('withdraw.key.sales.1')).toMatchObject({ data: { step: 'key.sales.1' } })

  const lead = await enter()
  const followUps = openFollowUps(store, { rules: makeFollowUps({ rules: one }), jobs })
  const { delivery } = parts.startDelivering(crm, { followUps })
  await until('its CRM has it', async () => (await store.ledger.entry(Crm, leadKey(lead.id)))?.state === 'delivered:created')
  const step = `${leadKey(lead.id)}.sales.1`
  let now = Date.now()
  const common = { ...followUps, followUps: followUps.store, qualification: NoQualification, now: () => now }
  const firing = new StepFiring({ ...common, crms: ['another'] })
  expect(await firing.fire(step)).toMatchObject({ kind: 'later' })
  now += 73 * 3_600_000
  expect(await firing.fire(step)).toEqual({ kind: 'done' })
  expect((await followUps.store.facts(step))?.step).toMatchObject({
    state: 'cancelled',
    reason: `${Crm} is not configured any more.`,
  })
  delivery.stop()
})

it('a step that is put off while its own job is still at work has another one, and the same one only once', async () => {
  const jobs = createFollowUpJobs(parts.queues, Date.now)
  const plan = { crm: Crm, contactId: 'contact' }
  const at = Date.now() + 3_600_000
  for (const time of [at, at, at + 1]) await jobs.fire(plan, 'key.sales.1', time)
  expect(await parts.queues.followUps.getDelayedCount()).toBe(2)
})
