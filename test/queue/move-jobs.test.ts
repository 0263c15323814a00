import { UnrecoverableError, Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { deliveryJobId, leadKey } from '../../src/core/index.ts'
import { deliveryQueue, queuePrefix } from '../../src/queue/catalogue.ts'
import { markContacts } from '../../src/queue/mark-contacts.ts'
import { moveJobs, openJobs, workersOf } from '../../src/queue/move-jobs.ts'
import { Queues } from '../../src/queue/queues.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { openStore, type StoreParts } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let store: StoreParts
let queues: Queues

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  store = openStore(server.url)
  await store.redis.flushall()
  queues = new Queues(store.redis, ['old', 'new'], recordedLog().log)
})
afterEach(async () => {
  await queues.close()
  await store.close()
})
afterAll(() => server.stop())

async function deliver(...leads: readonly string[]): Promise<void> {
  for (const lead of leads) {
    await queues.add(queues.delivery('old'), { name: 'deliver', id: deliveryJobId('old', lead), data: { lead: leadKey(lead) } })
  }
}

function ids(...leads: readonly string[]): readonly string[] {
  return leads.map((lead) => deliveryJobId('new', lead)).sort()
}

async function waiting(): Promise<readonly string[]> {
  return (await queues.delivery('new').getJobs(['waiting'])).map(({ id }) => id ?? '').sort()
}

function worker(): Worker {
  const name = deliveryQueue('old')
  return new Worker(name, null, { connection: store.redis, prefix: queuePrefix(name) })
}

it('moves what waits, is put off, was parked, or was in hand at a crash, each under the id that it has there, once', async () => {
  const crashed = worker()
  await deliver('parked', 'put off', 'in hand')
  const [parked, later] = [await crashed.getNextJob('a'), await crashed.getNextJob('b'), await crashed.getNextJob('c')]
  await parked?.moveToFailed(new UnrecoverableError('no'), 'a', false)
  await later?.moveToDelayed(Date.now() + 60_000, 'b')
  await deliver('waiting')
  await markContacts(queues, ['old'], ['a contact'])
  await crashed.close(true)
  expect(await openJobs(queues.delivery('old'))).toEqual({ waiting: 4, parked: 1 })
  expect(await moveJobs(queues, 'old', 'new')).toBe(5)
  const [mark, ...others] = (await waiting()).toSorted((a, b) => Number(b.startsWith('mark.')) - Number(a.startsWith('mark.')))
  expect(mark).toMatch(/^mark\./)
  expect(others).toEqual(ids('parked', 'put off', 'in hand', 'waiting'))
  expect(await store.redis.keys('leadsync:{deliver-old}*')).toEqual([])
})

it('done again after a crash before the old queue was removed adds nothing twice', async () => {
  await deliver('a', 'b')
  await queues.add(queues.delivery('new'), { name: 'deliver', id: deliveryJobId('new', 'a'), data: { lead: leadKey('a') } })
  await queues.delivery('old').pause()
  expect(await moveJobs(queues, 'old', 'new')).toBe(2)
  expect([await waiting(), await moveJobs(queues, 'old', 'new')]).toEqual([ids('a', 'b'), 0])
})

it('moves more than fit on one page, and a queue that never was', async () => {
  const many = Array.from({ length: 1_203 }, (_, n) => `lead ${n}`)
  const jobs = many.map((lead) => ({
    name: 'deliver',
    data: { lead: leadKey(lead) },
    opts: { jobId: deliveryJobId('old', lead) },
  }))
  await queues.delivery('old').addBulk(jobs)
  expect(await moveJobs(queues, 'old', 'new')).toBe(many.length)
  expect(await waiting()).toEqual(ids(...many))
  expect(await moveJobs(queues, 'old', 'new')).toBe(0)
})

it('sees a worker that is connected', async () => {
  expect(await workersOf(queues)).toBe(0)
  const connected = new Worker(deliveryQueue('new'), async () => undefined, {
    connection: store.redis,
    prefix: queuePrefix(deliveryQueue('new')),
  })
  await until('it is seen', async () => (await workersOf(queues)) === 1)
  await connected.close()
})
