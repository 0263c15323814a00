import { Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { DeliveryError, type DeliveryErrorCode, deliveryJobId, type Lead, leadKey } from '../../src/core/index.ts'
import { BlockedProbe } from '../../src/queue/blocked-probe.ts'
import { deliveryQueue, queuePrefix } from '../../src/queue/catalogue.ts'
import { closeWorker, NoLimit, workerOptions } from '../../src/queue/worker-options.ts'
import { orgBinding } from '../kit/crm-parts.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm, type MemoryCrm } from '../kit/memory-crm.ts'
import { type DeliveryWorkerParts, openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { arriving, Crm } from '../kit/store-parts.ts'
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

const jane = person('jane')

function person(name: string, more: Partial<Lead> = {}): Lead {
  return makeLead({ id: name, person: { email: `${name}@contoso.com`, firstName: name, company: 'Contoso' }, ...more })
}

function people(count: number): Lead[] {
  return Array.from({ length: count }, (_, index) => person(`person-${index}`))
}

function start(more: DeliveryWorkerParts = {}) {
  return parts.startDelivering(crm, more)
}

function queue() {
  return parts.queues.delivery(Crm)
}

async function counts() {
  return (await parts.store.counters()).crms[Crm] ?? expect.unreachable()
}

async function delivered(count: number): Promise<void> {
  await until(`${count} are delivered`, async () => (await counts()).delivered === count)
  await until('their jobs have ended', async () => (await queue().getActiveCount()) === 0)
}

async function parked(count = 1): Promise<void> {
  await until(`${count} are parked`, async () => (await queue().getFailedCount()) === count)
  expect(await counts()).toMatchObject({ parked: count })
}

async function held(): Promise<number> {
  await until('the queue is held', async () => (await holdLeft()) > 0)
  return Date.now() + (await holdLeft())
}

/** In ms; 0 when the queue is not held. */
async function holdLeft(): Promise<number> {
  return Math.max(0, await queue().getRateLimitTtl(NoLimit))
}

function alerts() {
  return parts.lines.filter(({ level }) => level === 'error')
}

function failing(code: DeliveryErrorCode, retryAfterMs?: number): DeliveryError {
  return new DeliveryError(code, `${Crm}: a sentence about ${code}.`, retryAfterMs === undefined ? {} : { retryAfterMs })
}

it('a delivery that succeeds completes its job, whose view shows the outcome and nobody', async () => {
  await parts.add(jane)
  start()
  await delivered(1)
  await until('the job is completed', async () => (await queue().getCompletedCount()) === 1)
  const job = await parts.jobOf(jane)
  expect(job.returnvalue).toBe('delivered:created')
  expect(JSON.stringify(job.asJSON())).not.toContain('jane')
})

it('a delivery that another worker has taken over meanwhile is left to that one, and nobody is told to report it', async () => {
  await parts.add(jane)
  const door = crm.block('match')
  start()
  await door.reached
  const { redis } = parts.store
  for (const lock of [...(await redis.keys('*:lock')), ...(await redis.keys('{leadsync}:lock:*'))]) {
    await redis.set(lock, 'somebody else', 'PX', 500)
  }
  door.release()
  await delivered(1)
  expect(crm.calls.write).toBe(1)
  expect(alerts()).toEqual([])
  expect((await parts.jobOf(jane)).attemptsMade).toBe(1)
})

it('a delivery whose lead is not routed (yet, or again after a rebuild) waits for that', async () => {
  await parts.store.register.admit(arriving(jane))
  await parts.queues.add(queue(), { name: 'deliver', id: deliveryJobId(Crm, jane.id), data: { lead: leadKey(jane.id) } })
  start()
  await until('it was put off', async () => (await queue().getDelayedCount()) === 1)
  await parts.add(jane)
  await delivered(1)
  expect(await queue().getFailedCount()).toBe(0)
})

describe.each(['rate_limited', 'quota_exhausted'] as const)('%s', (code) => {
  it('holds the whole queue for as long as the CRM asked, also for jobs and workers that join later, and spends no attempt', async () => {
    const leads = people(20)
    crm.fail({ on: 'match', error: failing(code, 700) })
    await parts.add(jane)
    start()
    const end = await held()
    await parts.add(...leads)
    start()
    await delivered(21)
    const [, ...later] = crm.matchedAt
    expect(Math.min(...later)).toBeGreaterThanOrEqual(end - 5)
    expect((await parts.jobOf(jane)).attemptsMade).toBe(1)
    expect(await parts.store.redis.hget(`{leadsync}:lead:${leadKey(jane.id)}`, `crm:${Crm}:tries`)).toBeNull()
  })
})

describe('two CRMs on one org', () => {
  async function otherHold(org: string): Promise<number> {
    await parts.store.orgs.bind({ crm: Crm, org: 'portal-1', sharedOrg: true })
    await parts.store.orgs.bind({ crm: 'dynamics', org, sharedOrg: true })
    await parts.add(jane)
    start({ sharedOrg: true })
    await held()
    await until('the job is back', async () => (await queue().getActiveCount()) === 0)
    return Math.max(0, await parts.queues.delivery('dynamics').getRateLimitTtl(NoLimit))
  }

  it.each(['rate_limited', 'quota_exhausted'] as const)('are both held when one is %s', async (code) => {
    crm.fail({ on: 'match', error: failing(code, 60_000) })
    expect(await otherHold('portal-1')).toBeGreaterThan(50_000)
  })

  it('find out for themselves that it is unavailable', async () => {
    crm.fail({ on: 'match', error: failing('unavailable', 60_000) })
    expect(await otherHold('portal-1')).toBe(0)
  })

  it('are two when they are on two', async () => {
    crm.fail({ on: 'match', error: failing('quota_exhausted', 60_000) })
    expect(await otherHold('portal-2')).toBe(0)
  })

  it('of which one stands in a longer hold keeps it', async () => {
    await parts.queues.delivery('dynamics').rateLimit(600_000)
    crm.fail({ on: 'match', error: failing('rate_limited', 1_000) })
    expect(await otherHold('portal-1')).toBeGreaterThan(500_000)
  })
})

it('a short hold that comes after a long one does not shorten it', async () => {
  await parts.add(jane, person('john'))
  const slow = crm.block('write')
  crm.fail({ on: 'write', error: failing('rate_limited', 1) })
  crm.fail({ on: 'match', error: failing('quota_exhausted', 60_000), when: ({ contactId }) => contactId === john })
  const john = await parts.store.contactOf(person('john'))
  start()
  await slow.reached
  const end = await held()
  slow.release()
  await until('both are back', async () => (await queue().getWaitingCount()) === 2)
  expect(Date.now() + (await holdLeft())).toBeGreaterThan(end - 2_000)
})

describe.each(['unauthorized', 'misconfigured'] as const)('%s', (code) => {
  it('pauses the queue with one alert; the probe lifts that when the CRM answers again, and every lead arrives', async () => {
    await parts.add(...people(5))
    crm.fail({ on: 'match', error: failing(code), times: 5 })
    start()
    await until('all are back', async () => (await queue().isPaused()) && (await queue().getActiveCount()) === 0)
    crm.heal()
    expect(alerts()).toHaveLength(1)
    expect(await parts.store.states.blocked(Crm)).toMatchObject({ code, reason: `${Crm}: a sentence about ${code}.` })

    crm.fail({ on: 'catalog', error: failing(code) })
    const probe = parts.probe(crm)
    await probe.probe()
    expect(await queue().isPaused()).toBe(true)
    await probe.probe()
    expect(await parts.store.states.blocked(Crm)).toBeNull()
    await delivered(5)
    expect((await queue().getCompleted()).map((job) => job.attemptsMade)).toEqual([1, 1, 1, 1, 1])
  })
})

describe('a pause by a person', () => {
  it('is not lifted by the probe, which does not even ask the CRM', async () => {
    await queue().pause()
    await parts.probe(crm).probe()
    expect(await queue().isPaused()).toBe(true)
    expect(crm.calls.catalog).toBe(0)
  })

  it('does not become ours when a delivery in hand finds the credential dead', async () => {
    await parts.add(jane)
    crm.fail({ on: 'match', error: failing('unauthorized') })
    const door = crm.block('match')
    start()
    await door.reached
    await queue().pause()
    door.release()
    await until('the job is back', async () => (await queue().getActiveCount()) === 0)
    expect(await parts.store.states.blocked(Crm)).toBeNull()
    await parts.probe(crm).probe()
    expect(await queue().isPaused()).toBe(true)
  })
})

describe('a CRM that answers as an org that another file has', () => {
  it('is blocked with one alert that names the file, and goes on after that file gave the org up', async () => {
    await parts.store.orgs.bind({ crm: 'hubspot-old', org: 'portal-1', sharedOrg: false })
    await parts.add(jane)
    start()
    await until('it is blocked', async () => (await parts.store.states.blocked(Crm)) !== null)
    await until('the job is back', async () => (await queue().getActiveCount()) === 0)
    expect(await parts.store.states.blocked(Crm)).toMatchObject({
      code: 'misconfigured',
      reason: expect.stringMatching(/crm\/hubspot-old\.yaml is bound.*sharedOrg: true into both files/),
    })
    await parts.probe(crm).probe()
    expect([await queue().isPaused(), crm.calls.write]).toEqual([true, 0])
    await parts.store.orgs.forget('hubspot-old')
    await parts.probe(crm).probe()
    await until('it is delivered', async () => (await parts.store.counters()).crms[Crm]?.delivered === 1)
    expect(parts.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    await until('it is bound', async () => (await parts.store.orgs.of(Crm))?.org === 'portal-1')
  })
})

it('whether a blocked CRM works again is looked at when we start, then every five minutes, until we stop', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  let looks = 0
  const { states } = parts.store
  const counted = {
    block: states.block.bind(states),
    unblock: states.unblock.bind(states),
    async blocked() {
      looks += 1
      return null
    },
  }
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const org = orgBinding(parts.store, crm)
  const probe = new BlockedProbe({ crm: Crm, queue: queue(), connector: crm, org, states: counted, log })
  probe.start()
  const seen = [looks]
  for (const ms of [5 * 60_000 - 1, 1, 5 * 60_000]) {
    await vi.advanceTimersByTimeAsync(ms)
    seen.push(looks)
  }
  expect(seen).toEqual([1, 1, 2, 3])
  probe.stop()
  await vi.advanceTimersByTimeAsync(60 * 60_000)
  expect(looks).toBe(3)
})

describe('a probe that ends in the middle', () => {
  it('leaves no pause that nobody would lift: what is paused by us is noted as ours', async () => {
    await parts.store.states.block(Crm, { code: 'unauthorized', reason: 'A reason.', since: hours(0) })
    await queue().pause()
    const { store } = parts
    const states = {
      blocked: (name: string) => store.states.blocked(name),
      block: store.states.block.bind(store.states),
      async unblock(name: string) {
        await store.states.unblock(name)
        throw new Error('killed here')
      },
    }
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    await new BlockedProbe({ crm: Crm, queue: queue(), connector: crm, org: orgBinding(store, crm), states, log })
      .probe()
      .catch(() => undefined)
    expect((await queue().isPaused()) && (await store.states.blocked(Crm)) === null).toBe(false)
  })
})

describe('unavailable', () => {
  it('holds the queue, longer each time while nothing succeeds; a batch that fails together counts once; no attempt is spent', async () => {
    await parts.add(...people(10))
    crm.fail({ on: 'match', error: failing('unavailable'), times: 1_000 })
    start()
    const first = await held()
    expect(first - Date.now()).toBeLessThanOrEqual(1_000)
    await until('a later hold is longer', async () => (await holdLeft()) > 1_000)
    expect(Date.now()).toBeGreaterThan(first - 50)
    expect(await holdLeft()).toBeLessThanOrEqual(2_000)
    await until('all are back', async () => (await queue().getJobCountByTypes('wait', 'delayed')) === 10)
    crm.heal()
    await delivered(10)
    await until('all jobs are completed', async () => (await queue().getCompletedCount()) === 10)
    expect((await queue().getCompleted()).every((job) => job.attemptsMade === 1)).toBe(true)
  })

  it('holds for as long as the CRM itself asked', async () => {
    await parts.add(jane)
    crm.fail({ on: 'match', error: failing('unavailable', 30_000) })
    start()
    expect((await held()) - Date.now()).toBeGreaterThan(25_000)
  })

  it('never gives up while nobody else succeeds, however long it lasts', async () => {
    await parts.add(jane)
    crm.fail({ on: 'match', error: failing('unavailable', 20), times: 10 })
    start({ giveUpAfterMs: 0 })
    await delivered(1)
    expect(crm.calls.match).toBe(11)
    expect(await queue().getFailedCount()).toBe(0)
  })

  it('to one delivery only lets the others go on, and parks it when it has waited long enough', async () => {
    await parts.add(jane)
    const contact = await parts.store.contactOf(jane)
    crm.fail({ on: 'match', error: failing('unavailable', 20), times: 1_000, when: ({ contactId }) => contactId === contact })
    start({ giveUpAfterMs: 300 })
    await until('it has failed', () => crm.calls.match > 0)
    await parts.add(...people(5))
    await delivered(5)
    await parked()
    expect((await parts.jobOf(jane)).failedReason).toBe(`${Crm}: a sentence about unavailable.`)
    expect(await holdLeft()).toBe(0)
  })
})

describe('conflict', () => {
  it('spends attempts, matches again each time, and parks when they are spent', async () => {
    await parts.add(jane)
    crm.fail({ on: 'write', error: failing('conflict', 1), times: 1_000, when: () => true })
    start()
    await parked()
    expect(crm.calls).toMatchObject({ match: 8, write: 8 })
    expect((await parts.jobOf(jane)).failedReason).toBe(`${Crm}: a sentence about conflict.`)
  })

  it('that passes leaves nothing but the delivery', async () => {
    await parts.add(jane)
    crm.fail({ on: 'write', error: failing('conflict', 1), times: 3, when: () => true })
    start()
    await delivered(1)
    expect(await counts()).toMatchObject({ waiting: 0, parked: 0, delivered: 1 })
  })
})

describe('what only a person can mend', () => {
  it.each(['invalid', 'multiple_matches', 'protocol'] as const)('%s parks at once, with our sentence', async (code) => {
    await parts.add(jane)
    crm.fail({ on: 'write', error: failing(code), when: () => true })
    start()
    await parked()
    expect((await parts.jobOf(jane)).failedReason).toBe(`${Crm}: a sentence about ${code}.`)
    expect(crm.calls.write).toBe(1)
  })

  it('stays in the failed set until it is retried there; then it is delivered and the counters move', async () => {
    await parts.add(jane)
    crm.fail({ on: 'write', error: failing('invalid'), when: () => true })
    start()
    await parked()
    await (await parts.jobOf(jane)).retry()
    await delivered(1)
    expect(await counts()).toMatchObject({ accepted: 1, parked: 0, waiting: 0, delivered: 1, created: 1 })
    expect(await queue().getFailedCount()).toBe(0)
  })

  it('parks again when the retry meets the same, and is counted once', async () => {
    await parts.add(jane)
    crm.fail({ on: 'write', error: failing('invalid'), times: 2, when: () => true })
    start()
    await parked()
    await (await parts.jobOf(jane)).retry()
    await until('it was tried again', () => crm.calls.write === 2)
    await parked()
    expect(await counts()).toMatchObject({ accepted: 1, waiting: 0, parked: 1 })
  })
})

it('an unexpected error parks at the third try, and what it says of a person reaches neither job nor ledger', async () => {
  await parts.add(jane)
  crm.fail({ on: 'write', error: new TypeError('cannot read jane@contoso.com'), times: 1_000 })
  start()
  await until('it is parked', async () => {
    for (const job of await queue().getDelayed()) await job.promote().catch(() => undefined)
    return (await queue().getFailedCount()) === 1
  })
  expect(crm.calls.write).toBe(3)
  const job = await parts.jobOf(jane)
  expect(job.failedReason).toContain('an unexpected error in Leadsync (TypeError)')
  expect(JSON.stringify(job.asJSON())).not.toContain('jane')
  expect(await parts.store.redis.hget(`{leadsync}:lead:${leadKey(jane.id)}`, `crm:${Crm}:reason`)).not.toContain('jane')
  expect(await counts()).toMatchObject({ parked: 1, waiting: 0 })
})

describe('a contact in another process’s hands', () => {
  it('lets its delivery wait without an attempt, and it is delivered when the contact is free', async () => {
    await parts.add(jane)
    const lock = `{leadsync}:lock:${Crm}:${await parts.store.contactOf(jane)}`
    await parts.store.redis.set(lock, 'somebody else')
    start()
    await until('it was put off', async () => (await queue().getDelayedCount()) === 1)
    await parts.store.redis.del(lock)
    await (await parts.jobOf(jane)).promote()
    await delivered(1)
    expect((await parts.jobOf(jane)).attemptsMade).toBe(1)
  })
})

describe('a crash', () => {
  it('with a delivery in hand, however often, fails nothing: it is found abandoned and delivered', async () => {
    await parts.add(jane)
    const name = deliveryQueue(Crm)
    const options = { ...workerOptions(parts.store.redis, { lockMs: 15, stalledMs: 15 }), prefix: queuePrefix(name) }
    const dying = new Worker(name, null, { ...options, autorun: false })
    dying.on('error', () => undefined)
    await dying.startStalledCheckTimer()
    for (let crash = 0; crash < 5; crash++) {
      await dying.getNextJob(`token ${crash}`)
      await until('it is found abandoned', async () => (await queue().getWaitingCount()) === 1)
    }
    await dying.close(true)
    expect((await parts.jobOf(jane)).stalledCounter).toBeGreaterThanOrEqual(5)
    start()
    await delivered(1)
    expect(await queue().getFailedCount()).toBe(0)
  })

  it('of Redis with deliveries in hand loses none and does none twice', async () => {
    const leads = people(20)
    await parts.add(...leads)
    const door = crm.block('write')
    start()
    await door.reached
    await server.restart()
    door.release()
    await delivered(20)
    expect(crm.records.size).toBe(20)
    expect(await counts()).toMatchObject({ accepted: 20, waiting: 0, parked: 0, delivered: 20 })
    await until('no job is left', async () => (await queue().getJobCountByTypes('wait', 'active', 'delayed', 'failed')) === 0)
  })
})

it('a Redis that is full in the middle of a delivery parks nothing and loses nothing', async () => {
  await parts.add(jane)
  const door = crm.block('write')
  start()
  await door.reached
  await parts.store.redis.config('SET', 'maxmemory', '1')
  door.release()
  await until('it was noticed', () => parts.lines.length > 0)
  await parts.store.redis.config('SET', 'maxmemory', '0')
  await delivered(1)
  expect(await counts()).toMatchObject({ waiting: 0, parked: 0, delivered: 1 })
  expect(await queue().getFailedCount()).toBe(0)
})

describe('a shutdown', () => {
  it('waits for what is in hand', async () => {
    await parts.add(jane)
    const door = crm.block('write')
    const { worker } = start()
    await door.reached
    const closed = closeWorker(worker, 10_000)
    door.release()
    await closed
    expect(await counts()).toMatchObject({ delivered: 1 })
  })

  it('whose grace time is over sends what is in hand back, with no attempt and no unclean end', async () => {
    await parts.add(jane)
    const grace = new AbortController()
    const door = crm.block('write')
    const { worker } = start({ signal: grace.signal })
    await door.reached
    await closeWorker(worker, 1, () => grace.abort())
    expect(await (await parts.jobOf(jane)).getState()).toBe('waiting')
    expect((await parts.jobOf(jane)).attemptsMade).toBe(0)
    expect(await parts.store.redis.hget(`{leadsync}:lead:${leadKey(jane.id)}`, `crm:${Crm}:tries`)).toBe('0')
  })

  it('ends although a CRM listens to nobody, and the next worker takes the delivery over', async () => {
    await parts.add(jane)
    crm.deaf = true
    const grace = new AbortController()
    const door = crm.block('write')
    const { worker, delivery } = start({ signal: grace.signal })
    await door.reached
    await closeWorker(worker, 1, () => grace.abort())
    delivery.stop()
    // Nobody knows what becomes of its request: the contact is free when its time is over.
    await parts.store.redis.del(await parts.store.redis.keys('{leadsync}:lock:*'))
    start()
    await delivered(1)
    door.release()
    expect(await counts()).toMatchObject({ delivered: 1, waiting: 0 })
  })

  it('in a long hold does not wait for its end, and no hold is longer than a day, whatever the CRM asked', async () => {
    await parts.add(jane)
    crm.fail({ on: 'match', error: new DeliveryError('quota_exhausted', 'The quota is used up.', { retryAfterMs: 1e14 }) })
    const { worker } = start()
    await until('the hold stands', async () => (await queue().getRateLimitTtl(NoLimit)) > 0)
    expect(await queue().getRateLimitTtl(NoLimit)).toBeLessThanOrEqual(24 * 3_600_000)
    const begun = performance.now()
    await closeWorker(worker, 10_000)
    expect(performance.now() - begun).toBeLessThan(5_000)
  })

  it('while Redis is away waits for it no longer than the grace time', async () => {
    const { worker } = start()
    await worker.waitUntilReady()
    await server.kill()
    await until('it is noticed', () => parts.store.redis.status !== 'ready')
    const begun = performance.now()
    await closeWorker(worker, 100)
    expect(performance.now() - begun).toBeLessThan(5_000)
    await server.restart()
  })
})
