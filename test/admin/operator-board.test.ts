import { createBullBoard } from '@bull-board/api'
import { FastifyAdapter } from '@bull-board/fastify'
import { UnrecoverableError, Worker } from 'bullmq'
import fastify from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OperatorRoutes } from '../../src/admin/board-routes.ts'
import { MaskedQueue } from '../../src/admin/masked-queue.ts'
import { queuePrefix } from '../../src/queue/catalogue.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import {
  arrival,
  Login,
  lead,
  Operator,
  OperatorLogin,
  openParts,
  type Parts,
  type RunningAdmin,
  startAdmin,
} from './running-admin.ts'

const Board = '/admin/operate'
const Api = `${Board}/api/queues`
const Delivery = `${Api}/deliver-hubspot`

let redis: TestRedis
let parts: Parts
let admin: RunningAdmin

beforeAll(async () => {
  redis = await startTestRedis()
  parts = await openParts(redis.url)
  admin = await startAdmin(parts, { operator: Operator })
})

beforeEach(async () => {
  await parts.redis.flushall()
})

afterAll(async () => {
  await admin.app.close()
  await parts.close()
  await redis.stop()
})

function queue() {
  return parts.queues.delivery('hubspot')
}

/** One delivery that is among the dead letters, after so many attempts as it had. */
async function park(id = 'hubspot.abc'): Promise<void> {
  const job = await queue().add('deliver', { lead: 'abc' }, { jobId: id, attempts: 2 })
  const worker = new Worker(
    queue().name,
    async () => {
      throw new UnrecoverableError('hubspot: the field jobtitle was refused.')
    },
    { connection: parts.redis, prefix: queuePrefix(queue().name), autorun: false },
  )
  const failed = new Promise((resolve) => worker.on('failed', resolve))
  void worker.run()
  await failed
  await worker.close()
  expect(await job.isFailed()).toBe(true)
}

function send(method: string, path: string, headers: Record<string, string> = OperatorLogin): Promise<Response> {
  const body = '{"name":"lead","data":{},"jobData":{},"force":true}'
  return fetch(admin.url + path, { method, headers: { ...headers, 'content-type': 'application/json' }, body })
}

describe('the operator', () => {
  it('retries a failed job, which then has all its attempts again', async () => {
    await park()
    expect((await send('PUT', `${Delivery}/hubspot.abc/retry`)).status).toBe(204)
    const job = await queue().getJob('hubspot.abc')
    expect([await job?.getState(), job?.attemptsMade]).toEqual(['waiting', 0])
  })

  it('retries all failed jobs of a queue', async () => {
    await park('hubspot.abc')
    await park('hubspot.def')
    expect(await (await send('PUT', `${Delivery}/retry/failed`)).json()).toEqual({ retried: 2, skipped: 0 })
    expect(await queue().getJobCounts('waiting', 'failed')).toEqual({ waiting: 2, failed: 0 })
  })

  it('promotes what is delayed', async () => {
    await queue().add('deliver', { lead: 'abc' }, { jobId: 'hubspot.abc', delay: 3_600_000 })
    await queue().add('deliver', { lead: 'def' }, { jobId: 'hubspot.def', delay: 3_600_000 })
    expect((await send('PUT', `${Delivery}/hubspot.abc/promote`)).status).toBe(204)
    expect(await queue().getJobCounts('waiting', 'delayed')).toEqual({ waiting: 1, delayed: 1 })
    expect((await send('PUT', `${Delivery}/promote`)).status).toBe(200)
    expect(await queue().getJobCounts('waiting', 'delayed')).toEqual({ waiting: 2, delayed: 0 })
  })

  it('has the step of a follow-up made at once by promoting it', async () => {
    const { followUps } = parts.queues
    await followUps.add('fire', { step: 'abc.sales.call', contact: 'c' }, { jobId: 'fire.abc.sales.call', delay: 3_600_000 })
    expect((await send('PUT', `${Api}/follow-ups/fire.abc.sales.call/promote`)).status).toBe(204)
    expect(await followUps.getJobCounts('waiting', 'delayed')).toEqual({ waiting: 1, delayed: 0 })
  })

  it('makes a pause the operator’s own although we had blocked that CRM before', async () => {
    await parts.states.block('hubspot', { code: 'unauthorized', reason: 'The token is dead.', since: '2026-11-23T10:00:00.000Z' })
    await queue().pause()
    expect((await send('PUT', `${Delivery}/pause`)).status).toBe(200)
    expect([await queue().isPaused(), await parts.states.blocked('hubspot')]).toEqual([true, null])
    expect((await send('PUT', `${Delivery}/resume`)).status).toBe(200)
  })

  it('pauses and resumes a queue, or all: a pause of his has no note of ours, so that our probe leaves it alone', async () => {
    expect((await send('PUT', `${Delivery}/pause`)).status).toBe(200)
    expect([await queue().isPaused(), await parts.states.blocked('hubspot')]).toEqual([true, null])
    expect(await (await fetch(`${admin.url}/readyz`)).json()).toMatchObject({ crms: { hubspot: { state: 'paused' } } })
    expect((await send('PUT', `${Delivery}/resume`)).status).toBe(200)
    expect((await send('PUT', `${Api}/pause`)).status).toBe(200)
    expect([await queue().isPaused(), await parts.queues.leads.isPaused()]).toEqual([true, true])
    expect((await send('PUT', `${Api}/resume`)).status).toBe(200)
    expect([await queue().isPaused(), await parts.queues.leads.isPaused()]).toEqual([false, false])
  })

  it('may look at the other board, too', async () => {
    expect((await admin.get('/admin/queues', OperatorLogin)).status).toBe(200)
  })
})

describe('whoever may only look', () => {
  it.each(['', '/', '/api/queues', '/static/favicon.ico', '/queue/leads', '/%61pi/queues'])(
    'is asked for the operator’s login on %s',
    async (path) => {
      const answer = await admin.get(Board + path)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Leadsync operator", charset="UTF-8"')
      expect(await answer.text()).not.toContain('deliver-hubspot')
    },
  )

  it('can change nothing there', async () => {
    await park()
    expect((await send('PUT', `${Delivery}/hubspot.abc/retry`, Login)).status).toBe(401)
    expect((await send('PUT', `${Delivery}/pause`, Login)).status).toBe(401)
    expect([await queue().isPaused(), await queue().getFailedCount()]).toEqual([false, 1])
  })

  it('is not locked out by having tried: the login is right, only not for this', async () => {
    for (let times = 0; times < 12; times += 1) expect((await admin.get(Board)).status).toBe(401)
    expect((await admin.get('/admin/queues')).status).toBe(200)
  })
})

it('without an operator in the configuration there is no such board', async () => {
  const plain = await startAdmin(parts)
  try {
    expect((await plain.get(Board)).status).toBe(404)
    expect((await plain.get(Board, OperatorLogin)).status).toBe(401)
  } finally {
    await plain.app.close()
  }
})

/** Every route of Bull Board's that is no GET, as it registers them itself. */
async function changingRoutes(): Promise<readonly string[]> {
  const app = fastify()
  const found: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'GET' && one !== 'HEAD') found.push(`${one} ${url}`)
  })
  const adapter = new FastifyAdapter()
  const queues = [new MaskedQueue(queue(), { operable: true, showData: false })]
  createBullBoard({ queues, serverAdapter: adapter })
  app.register(adapter.registerPlugin())
  await app.ready()
  await app.close()
  return found
}

/** What the pinned version has beyond what the operator may: a route that is in neither list is for a person to judge. */
const Refused = [
  'POST /api/queues/:queueName/add',
  'PUT /api/queues/:queueName/clean/:queueStatus',
  'PUT /api/queues/:queueName/concurrency',
  'PUT /api/queues/:queueName/rate-limit',
  'PUT /api/queues/:queueName/rate-limit/release',
  'PUT /api/queues/:queueName/empty',
  'PUT /api/queues/:queueName/obliterate',
  'PUT /api/queues/:queueName/job-schedulers/:schedulerId/remove',
  'PATCH /api/queues/:queueName/job-schedulers/:schedulerId',
  'PUT /api/queues/:queueName/job-schedulers/:schedulerId/run',
  'PUT /api/queues/:queueName/:jobId/clean',
  'PATCH /api/queues/:queueName/:jobId/update-data',
  'PATCH /api/queues/:queueName/:jobId/delay',
  'PATCH /api/queues/:queueName/:jobId/priority',
  'PUT /api/queues/:queueName/:jobId/remove-unprocessed-children',
]

describe('the routes of the pinned Bull Board', () => {
  it('are all judged: an update that brings another one has to be looked at', async () => {
    expect([...(await changingRoutes())].sort()).toEqual([...OperatorRoutes, ...Refused].sort())
  })

  it.each(Refused)('refuses the operator %s', async (route) => {
    await park()
    const [method = '', pattern = ''] = route.split(' ')
    const filled = pattern
      .replace(':queueName', 'deliver-hubspot')
      .replace(':jobId', 'hubspot.abc')
      .replace(':queueStatus', 'failed')
      .replace(':schedulerId', 'one')
    for (const path of [filled, filled.replace('queues', '%71ueues')]) {
      expect((await send(method, Board + path)).status, path).toBe(403)
    }
    expect(await queue().getJobCounts('waiting', 'failed')).toEqual({ waiting: 0, failed: 1 })
    expect(await (await queue().getJob('hubspot.abc'))?.data).toEqual({ lead: 'abc' })
  })

  it('refuses the operator to run completed jobs again', async () => {
    expect((await send('PUT', `${Delivery}/retry/completed`)).status).toBe(403)
  })

  it('refuses the operator what there is no route for', async () => {
    expect((await send('DELETE', `${Delivery}/hubspot.abc`)).status).toBe(403)
    expect((await send('PUT', `${Api}/leads/%2e%2e/obliterate`)).status).toBe(403)
  })
})

describe('personal data', () => {
  const Personal = /secret|@|6175550123/i
  const listing = `${Api}?activeQueue=leads&status=latest&page=1&jobsPerPage=50`
  let open: RunningAdmin | undefined

  afterEach(async () => {
    await open?.app.close()
    open = undefined
  })

  it('is hidden on this board like on the other', async () => {
    await parts.intake.accept([arrival('accepted', lead('L1'))])
    const shown = await (await admin.get(listing, OperatorLogin)).text()
    expect(shown).toContain('Contoso Analytics')
    expect(shown).not.toMatch(Personal)
  })

  it('is shown on this board alone when the configuration says so', async () => {
    open = await startAdmin(parts, { operator: Operator, showPersonalData: true })
    await parts.intake.accept([arrival('accepted', lead('L1'))])
    expect(await (await open.get(listing, OperatorLogin)).text()).toContain('secret-l1@contoso.com')
    const viewer = listing.replace(Board, '/admin/queues')
    expect(await (await open.get(viewer, OperatorLogin)).text()).not.toMatch(Personal)
  })
})
