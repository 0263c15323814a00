import { expect, it } from 'vitest'
import { contacts, handClock, openPortal } from './hubspot-portal.ts'

const details = '/account-info/2026-09/details'

it.each(['Bearer wrong', 'Basic abc', ''])('answers 401 in HubSpot’s words to the authorization %j', async (authorization) => {
  const portal = await openPortal()

  const reply = await portal.call('GET', details, undefined, { authorization })

  expect(reply.status).toBe(401)
  expect(reply.headers.get('x-hubspot-ratelimit-max')).toBeNull()
  expect(reply.json).toEqual({
    status: 'error',
    message:
      'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
    correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    category: 'INVALID_AUTHENTICATION',
  })
})

it('accepts each of several tokens, so that one can be rotated', async () => {
  const portal = await openPortal({ token: ['old', 'new'] })

  for (const token of ['old', 'new']) {
    const reply = await portal.call('GET', details, undefined, { authorization: `Bearer ${token}` })
    expect(reply.status).toBe(200)
  }
})

it('tells which portal a token opens and in which time zone its day ends', async () => {
  const portal = await openPortal({ portalId: 77, timeZone: 'Asia/Kolkata' })

  const reply = await portal.call('GET', '/account-info/v3/details')

  expect(reply.json).toMatchObject({ portalId: 77, accountType: 'SANDBOX', timeZone: 'Asia/Kolkata', utcOffset: '+05:30' })
})

it.each([
  '/crm/v3/objects/contacts',
  '/crm/objects/2026-03/contacts',
  '/crm/objects/2026-09/contacts',
  '/crm/objects/2026-09/0-1',
])('serves %s from one handler', async (path) => {
  const portal = await openPortal()

  const created = await portal.call('POST', path, { properties: { email: 'jane@contoso.com' } })
  const read = await portal.call('GET', `${path}/${created.json.id}`)

  expect(created.status).toBe(201)
  expect(created.headers.get('location')).toBe(`${path}/${created.json.id}`)
  expect(read.json.properties.email).toBe('jane@contoso.com')
})

it.each([
  '/',
  '/crm/v1/objects/contacts',
  '/crm/objects/2024-01/contacts',
  '/crm/objects/v3/contacts',
  '/crm/v4/objects/contacts/1',
  '/%zz',
])('answers an HTML page to the unknown path %s', async (path) => {
  const portal = await openPortal()

  const reply = await portal.call('GET', path)

  expect(reply.status).toBe(404)
  expect(reply.headers.get('content-type')).toContain('text/html')
  expect(reply.headers.get('x-hubspot-notfound')).toBe('true')
})

it('refuses a wrong method, a wrong content type, an unknown object and broken JSON, each in its own way', async () => {
  const portal = await openPortal()

  const method = await portal.call('PUT', contacts, {})
  const type = await portal.call('POST', contacts, '{}', { 'content-type': 'text/plain' })
  const object = await portal.call('GET', '/crm/objects/2026-09/dragons/1')
  const syntax = await portal.call('POST', contacts, '{\n "properties": oops }')
  const shape = await portal.call('POST', contacts, { properties: { email: ['a'] } })

  expect([method.status, type.status]).toEqual([405, 415])
  expect(object.json).toMatchObject({ category: 'VALIDATION_ERROR', message: 'Unable to infer object type from: dragons' })
  expect(syntax.json.message).toMatch(/^Invalid input JSON on line 2, column \d+: /)
  expect(shape.json.message).toMatch(/^Invalid input JSON on line 1, column 1: .*properties\.email/)
})

it('counts a rolling 10 s window and refuses with the policy, without category and Retry-After', async () => {
  const clock = handClock()
  const portal = await openPortal({ now: clock.now, limits: { burst: 3 } })

  const first = await portal.call('GET', details)
  clock.advance(6000)
  await portal.call('GET', details)
  await portal.call('GET', details)
  const refused = await portal.call('GET', details)
  clock.advance(4001)
  const afterwards = await portal.call('GET', details)

  expect(first.headers.get('x-hubspot-ratelimit-max')).toBe('3')
  expect(first.headers.get('x-hubspot-ratelimit-remaining')).toBe('2')
  expect(first.headers.get('x-hubspot-ratelimit-interval-milliseconds')).toBe('10000')
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBeNull()
  expect(refused.json).toEqual({
    status: 'error',
    message: 'You have reached your ten_secondly_rolling limit.',
    errorType: 'RATE_LIMIT',
    correlationId: expect.any(String),
    policyName: 'TEN_SECONDLY_ROLLING',
    requestId: expect.any(String),
  })
  expect(afterwards.status).toBe(200)
  expect(afterwards.headers.get('x-hubspot-ratelimit-remaining')).toBe('0')
})

it('counts the day until midnight of the portal’s time zone', async () => {
  const clock = handClock(Date.UTC(2026, 10, 24, 4, 59))
  const portal = await openPortal({ now: clock.now, timeZone: 'US/Eastern', limits: { daily: 1 } })

  const first = await portal.call('GET', details)
  const refused = await portal.call('GET', details)
  clock.advance(60_000)
  const nextDay = await portal.call('GET', details)

  expect(first.headers.get('x-hubspot-ratelimit-daily-remaining')).toBe('0')
  expect(refused.json).toMatchObject({ message: 'You have reached your daily limit.', policyName: 'DAILY' })
  expect(nextDay.status).toBe(200)
})

it('reports the day’s usage', async () => {
  const portal = await openPortal({ limits: { daily: 500 } })

  await portal.call('GET', details)
  const usage = await portal.call('GET', '/account-info/2026-09/api-usage/daily/private-apps')

  expect(usage.json.results[0]).toMatchObject({ usageLimit: 500, currentUsage: 2 })
})
