import { expect, it } from 'vitest'
import { base, ids, jane, openEnvironment, token } from './dynamics-environment.ts'

it.each([
  ['no token', ''],
  ['another token', 'Bearer somebody-else'],
  ['another scheme', `Basic ${token}`],
])('answers 401 without a body to %s, and does nothing', async (_, authorization) => {
  const org = await openEnvironment()

  const reply = await org.call('POST', 'leads', jane, { authorization })

  expect([reply.status, reply.text]).toEqual([401, ''])
  expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer authorization_uri=/)
  expect(await org.records()).toEqual([])
})

it('takes a token that another program issued and its owner vouches for', async () => {
  const org = await openEnvironment({ acceptToken: (one) => one.startsWith('issued-') })

  const issued = await org.call('GET', 'WhoAmI', undefined, { authorization: 'Bearer issued-1' })
  const forged = await org.call('GET', 'WhoAmI', undefined, { authorization: 'Bearer forged-1' })

  expect([issued.status, forged.status]).toEqual([200, 401])
})

it('refuses an expired token as often as told, then takes it again', async () => {
  const org = await openEnvironment()

  await org.control('expire-tokens', { times: 1 })

  const replies = [await org.call('GET', 'WhoAmI'), await org.call('GET', 'WhoAmI')]
  expect(replies.map(({ status }) => status)).toEqual([401, 200])
})

it('refuses an expired token for ever, a fresh one not, until tokens are accepted again', async () => {
  const org = await openEnvironment({ acceptToken: () => true })
  await org.call('GET', 'WhoAmI', undefined, { authorization: 'Bearer first' })

  const { json } = await org.control('expire-tokens')
  const expired = [
    await org.call('GET', 'WhoAmI'),
    await org.call('GET', 'WhoAmI'),
    await org.call('GET', 'WhoAmI', undefined, { authorization: 'Bearer first' }),
  ]
  const fresh = await org.call('GET', 'WhoAmI', undefined, { authorization: 'Bearer second' })
  await org.control('accept-tokens')

  expect(json).toEqual({ expired: 2 })
  expect(expired.map(({ status }) => status)).toEqual([401, 401, 401])
  expect(fresh.status).toBe(200)
  expect((await org.call('GET', 'WhoAmI')).status).toBe(200)
})

it('answers 403 to a good token whose app has no application user', async () => {
  const org = await openEnvironment({ org: { applicationUser: false } })

  const replies = [await org.call('GET', 'WhoAmI'), await org.call('PATCH', `leads(${ids[0]})`, jane)]

  expect(replies.map(({ status, json }) => [status, json.error.code])).toEqual([
    [403, '0x80072560'],
    [403, '0x80072560'],
  ])
})

it('says who asks, and how many requests at once it likes', async () => {
  const org = await openEnvironment({ dopHint: 7 })

  const reply = await org.call('GET', 'WhoAmI')

  const guid = expect.stringMatching(/^[0-9a-f-]{36}$/)
  expect(reply.json).toEqual({
    '@odata.context': `${org.url}${base}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse`,
    BusinessUnitId: guid,
    UserId: guid,
    OrganizationId: guid,
  })
  expect(reply.headers.get('x-ms-dop-hint')).toBe('7')
  expect(reply.headers.get('odata-version')).toBe('4.0')
  expect(reply.headers.get('x-ms-service-request-id')).toEqual(guid)
})

it.each([
  ['v9.0', 200],
  ['v9.1', 200],
  ['v9.2', 200],
  ['v8.2', 404],
  ['v10.0', 404],
])('serves version %s with %i', async (version, status) => {
  const org = await openEnvironment()

  expect((await org.call('GET', `/api/data/${version}/WhoAmI`)).status).toBe(status)
})

it.each([
  ['GET', 'Lead', 404, '0x8006088a'],
  ['GET', 'leads/Nonsense', 404, '0x8006088a'],
  ['POST', 'WhoAmI', 404, ''],
  ['PATCH', 'leads', 405, '0x80060888'],
  ['POST', `leads(${ids[0]})`, 405, '0x80060888'],
  ['GET', `leads(${ids[0]})`, 404, '0x80040217'],
  ['GET', 'leads?$select=Subject', 400, expect.any(String)],
])('answers %s %s with %i', async (method, path, status, code) => {
  const org = await openEnvironment()

  const reply = await org.call(method, path, method === 'GET' ? undefined : jane)

  expect([reply.status, reply.json.error.code]).toEqual([status, code])
  expect(reply.headers.get('req_id')).toBeTruthy()
})

it('adds details to an error when all annotations are wanted', async () => {
  const org = await openEnvironment()

  const reply = await org.call('GET', 'Lead', undefined, { prefer: 'odata.include-annotations="*"' })

  expect(reply.json.error).toMatchObject({ '@Microsoft.PowerApps.CDS.TraceText': expect.any(String) })
})

it('answers a path that is none of the API with HTML', async () => {
  const org = await openEnvironment()

  const reply = await org.call('GET', '/main.aspx')

  expect([reply.status, reply.text.slice(0, 6)]).toEqual([404, '<html>'])
})
