import { expect, it } from 'vitest'
import { jane, openEnvironment, operation, type Reply, statuses } from './dynamics-environment.ts'

function refusal(reply: Reply): [number, string, string | null] {
  return [reply.status, reply.json.error.code, reply.headers.get('retry-after')]
}

it('refuses the request after the last one of the window, and takes it when Retry-After has passed', async () => {
  let now = Date.UTC(2026, 10, 23)
  const org = await openEnvironment({ now: () => now, limits: { requests: 2, windowMs: 10_000 } })

  const first = await org.call('GET', 'WhoAmI')
  now += 4000
  await org.call('GET', 'WhoAmI')
  const refused = await org.call('GET', 'WhoAmI')
  now += 6000
  const later = await org.call('GET', 'WhoAmI')

  expect(first.headers.get('x-ms-ratelimit-burst-remaining-xrm-requests')).toBe('1')
  expect(refusal(refused)).toEqual([429, '0x80072322', '6'])
  expect(refused.json.error.message).toBe('Number of requests exceeded the limit of 2 over time window of 10 seconds.')
  expect(refused.headers.get('x-ms-ratelimit-burst-remaining-xrm-requests')).toBe('0')
  expect(later.status).toBe(200)
})

it('makes whoever keeps asking wait longer', async () => {
  let now = Date.UTC(2026, 10, 23)
  const org = await openEnvironment({ now: () => now, limits: { requests: 1, windowMs: 10_000 } })
  await org.call('GET', 'WhoAmI')
  const atOnce = [await org.call('GET', 'WhoAmI'), await org.call('GET', 'WhoAmI')]

  now += 5000
  const pushed = [await org.call('GET', 'WhoAmI'), await org.call('GET', 'WhoAmI')]
  now += 5000
  const early = await org.call('GET', 'WhoAmI')

  expect(atOnce.map((reply) => refusal(reply)[2])).toEqual(['10', '10'])
  expect(pushed.map((reply) => refusal(reply)[2])).toEqual(['6', '7'])
  expect(early.status).toBe(429)
})

it('counts a batch as one request, and its operations as execution time', async () => {
  const now = Date.UTC(2026, 10, 23)
  const org = await openEnvironment({ now: () => now, limits: { operationMs: 400, executionMs: 1000 } })

  const batch = await org.batch(Array.from({ length: 3 }, () => operation('POST', 'leads', jane)))
  const refused = await org.batch([operation('POST', 'leads', jane)])

  expect(statuses(batch)).toEqual([204, 204, 204])
  expect(batch.headers.get('x-ms-ratelimit-burst-remaining-xrm-requests')).toBe('5999')
  expect(batch.headers.get('x-ms-ratelimit-time-remaining-xrm-requests')).toBe('0')
  expect(refusal(refused)).toEqual([429, '0x80072321', '300'])
  expect(refused.json.error.message).toContain('exceeded limit of 1,000 milliseconds over time window of 300 seconds')
  expect(await org.records()).toHaveLength(3)
})

it('refuses more requests at once than it serves, without a ban', async () => {
  const org = await openEnvironment({ latencyMs: 150, limits: { concurrent: 2 } })

  const replies = await Promise.all([1, 2, 3].map(() => org.call('GET', 'WhoAmI')))

  const [refused] = replies.filter(({ status }) => status === 429)
  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 200, 429])
  expect(refused && refusal(refused)).toEqual([429, '0x80072326', '1'])
  expect((await org.call('GET', 'WhoAmI')).status).toBe(200)
})

it('forgets what was counted with a reset', async () => {
  const org = await openEnvironment({ limits: { requests: 1 } })
  await org.call('GET', 'WhoAmI')

  await org.control('reset')

  expect((await org.call('GET', 'WhoAmI')).status).toBe(200)
})

it('counts no refused token', async () => {
  const org = await openEnvironment({ limits: { requests: 1 } })

  await org.call('GET', 'WhoAmI', undefined, { authorization: 'Bearer other' })

  expect((await org.call('GET', 'WhoAmI')).status).toBe(200)
})
