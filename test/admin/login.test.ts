import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { basic, Login, Now, openParts, type Parts, type RunningAdmin, startAdmin } from './running-admin.ts'

let redis: TestRedis
let parts: Parts
let admin: RunningAdmin
let clock = Now

beforeAll(async () => {
  redis = await startTestRedis()
  parts = await openParts(redis.url)
  admin = await startAdmin(parts, { wrongLoginsPerMinute: 3 }, { now: () => clock })
})

afterAll(async () => {
  await admin.app.close()
  await parts.close()
  await redis.stop()
})

describe('who may look', () => {
  it.each([
    '/',
    '/admin/queues',
    '/admin/queues/',
    '/admin/queues/api/queues',
    '/admin/queues/static/favicon.ico',
    '/nothing',
    '/admin/%71ueues/api/queues',
  ])('asks for a login on %s', async (path) => {
    const answer = await admin.get(path, {})
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Leadsync", charset="UTF-8"')
    expect(await answer.text()).not.toContain('hubspot')
  })

  it.each(['/healthz', '/readyz', '/metrics'])('answers %s without one', async (path) => {
    expect((await admin.get(path, {})).status).toBe(200)
  })

  it.each(['/', '/nothing'])('lets the right login in on %s', async (path) => {
    expect((await admin.get(path)).status).not.toBe(401)
  })

  it('leads from the root to the queues', async () => {
    const answer = await admin.get('/')
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/admin/queues'])
  })
})

describe('wrong logins', () => {
  it.each([
    ['wrong password', basic('admin', 'wrong')],
    ['wrong name', basic('root', 'correct horse')],
    ['empty password', basic('admin', '')],
  ])('refuses a %s', async (_what, authorization) => {
    clock += 60_000
    expect((await admin.get('/', { authorization })).status).toBe(401)
  })

  it('are refused with 429 from the fourth in a minute on, while the right login still works, and counted anew after it', async () => {
    clock += 60_000
    const wrong = () => admin.get('/', { authorization: basic('admin', 'guess') })
    const first = [await wrong(), await wrong(), await wrong(), await wrong()]
    expect(first.map((answer) => answer.status)).toEqual([401, 401, 401, 429])
    expect(first[3]?.headers.get('retry-after')).toBe('60')
    expect((await admin.get('/', Login)).status).toBe(302)
    clock += 60_000
    expect((await wrong()).status).toBe(401)
  })

  it('do not count when no login was given at all: that is how every browser begins', async () => {
    clock += 60_000
    for (let n = 0; n < 10; n += 1) await admin.get('/', {})
    expect((await admin.get('/', { authorization: basic('admin', 'guess') })).status).toBe(401)
  })
})

describe('security headers', () => {
  it.each([
    ['/admin/queues', Login],
    ['/admin/queues/api/queues?page=1&jobsPerPage=10', Login],
    ['/readyz', {}],
    ['/', {}],
    ['/nothing', Login],
  ])('are on %s', async (path, headers) => {
    const answer = await admin.get(path, headers)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
  })
})
