import jsforce from 'jsforce'
import { expect, it } from 'vitest'
import { handClock } from '../hubspot-portal.ts'
import { app, askToken, assertion, base, jwtBearer, openInstance, strangerKey, username } from './instance.ts'

const clock = handClock()
const nowSeconds = clock.now() / 1000
const goodClaims = { iss: app.clientId, sub: username, exp: nowSeconds + 120 }

it('gives a token for a signed assertion, with an id and neither a life span nor a refresh token', async () => {
  const org = await openInstance({ now: clock.now })

  const reply = await askToken(org.url, { grant_type: jwtBearer, assertion: assertion({ ...goodClaims, aud: org.url }) })

  expect(reply.status).toBe(200)
  expect(reply.headers.get('content-type')).toBe('application/json;charset=UTF-8')
  expect(reply.json).toEqual({
    access_token: expect.stringMatching(/^00D\w{12}!.{20,}/),
    instance_url: org.url,
    id: expect.stringMatching(new RegExp(`^${org.url}/id/00D\\w{15}/005\\w{15}$`)),
    issued_at: String(clock.now()),
    scope: 'api',
    signature: expect.any(String),
    token_type: 'Bearer',
  })
  const limits = await org.call('GET', 'limits', undefined, { authorization: `Bearer ${reply.json.access_token}` })
  expect(limits.status).toBe(200)
})

it.each(['https://login.salesforce.com', 'https://test.salesforce.com'])('takes the audience %s, too', async (aud) => {
  const org = await openInstance({ now: clock.now })

  const reply = await askToken(org.url, { grant_type: jwtBearer, assertion: assertion({ ...goodClaims, aud }) })

  expect(reply.status).toBe(200)
})

it.each([
  ['another’s key', {}, { key: strangerKey }, 'invalid_grant', 'invalid assertion'],
  ['another algorithm', {}, { alg: 'none' }, 'invalid_grant', 'invalid assertion'],
  ['another audience', { aud: 'https://contoso.example' }, {}, 'invalid_grant', 'audience is invalid'],
  ['an unknown app', { iss: 'nobody' }, {}, 'invalid_client_id', 'client identifier invalid'],
  ['a user who isn’t pre-authorized', { sub: 'ceo@example.com' }, {}, 'invalid_grant', "user hasn't approved this consumer"],
  ['a time that is over', { exp: nowSeconds - 1 }, {}, 'invalid_grant', 'expired authorization code'],
  ['a time too far ahead', { exp: nowSeconds + 300 }, {}, 'invalid_grant', 'invalid assertion'],
  ['milliseconds', { exp: clock.now() + 60_000 }, {}, 'invalid_grant', 'invalid assertion'],
  ['no time', { exp: undefined }, {}, 'invalid_grant', 'invalid assertion'],
])('refuses an assertion with %s', async (_, claims, signing, error, description) => {
  const org = await openInstance({ now: clock.now })

  const signed = assertion({ ...goodClaims, aud: org.url, ...claims }, signing)
  const reply = await askToken(org.url, { grant_type: jwtBearer, assertion: signed })

  expect(reply.status).toBe(400)
  expect(reply.json).toEqual({ error, error_description: description })
})

const credentials = { grant_type: 'client_credentials', client_id: app.clientId, client_secret: app.clientSecret }

it.each([
  ['an unknown app', { client_id: 'nobody' }, 'invalid_client_id'],
  ['a wrong secret', { client_secret: 'wrong' }, 'invalid_client'],
  ['an app without the flow', { client_id: 'jwt-only' }, 'invalid_grant'],
  ['a password', { grant_type: 'password' }, 'unsupported_grant_type'],
])('refuses credentials with %s', async (_, wrong, error) => {
  const org = await openInstance({ apps: [app, { clientId: 'jwt-only', publicKey: app.publicKey, username }] })

  const reply = await askToken(org.url, { ...credentials, ...wrong })

  expect([reply.status, reply.json.error]).toEqual([400, error])
})

it('lets jsforce in by both flows', async () => {
  const org = await openInstance({ now: clock.now })
  const oauth = new jsforce.OAuth2({ loginUrl: org.url, clientId: app.clientId, clientSecret: app.clientSecret })

  const byAssertion = new jsforce.Connection({ loginUrl: org.url, version: '68.0' })
  await byAssertion.authorize({ grant_type: jwtBearer, assertion: assertion({ ...goodClaims, aud: org.url }) })
  const granted = await oauth.requestToken({ grant_type: 'client_credentials' })

  expect((await byAssertion.describe('Lead')).keyPrefix).toBe('00Q')
  expect(granted.instance_url).toBe(org.url)
})

it('ends a session after two hours, and all of them on demand', async () => {
  const hand = handClock()
  const org = await openInstance({ now: hand.now })
  const again = await askToken(org.url, credentials)
  const newer = { authorization: `Bearer ${again.json.access_token}` }

  hand.advance(2 * 60 * 60 * 1000 - 1)
  const before = await org.call('GET', 'limits')
  const expired = await org.control('expire-tokens')
  const after = await org.call('GET', 'limits', undefined, newer)

  expect(before.status).toBe(200)
  expect(expired.json).toEqual({ expired: 2 })
  expect(after.status).toBe(401)
  const last = await askToken(org.url, credentials)
  const bearer = { authorization: `Bearer ${last.json.access_token}` }
  hand.advance(2 * 60 * 60 * 1000)
  expect((await org.call('GET', 'limits', undefined, bearer)).json).toEqual([
    { message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' },
  ])
})

it.each([
  ['Bearer 00D000000000000!wrong', 'INVALID_SESSION_ID'],
  ['Basic abc', 'INVALID_AUTH_HEADER'],
])('answers 401 to the authorization %j', async (authorization, errorCode) => {
  const org = await openInstance()

  const reply = await org.call('GET', 'sobjects', undefined, { authorization })

  expect([reply.status, reply.json[0].errorCode]).toEqual([401, errorCode])
})

it('tells whose token it is', async () => {
  const org = await openInstance()

  const info = await org.call('GET', '/services/oauth2/userinfo')
  const unknown = await org.call('GET', '/services/oauth2/userinfo', undefined, { authorization: 'Bearer x' })

  const identity = await org.connect().identity()

  expect(identity).toMatchObject({ username, organization_id: info.json.organization_id })
  expect(info.json).toMatchObject({ user_id: expect.stringMatching(/^005/), organization_id: expect.stringMatching(/^00D/) })
  expect([unknown.status, unknown.text]).toEqual([403, 'Bad_OAuth_Token'])
})

it.each([
  ['/services/data/v30.0/limits', 410, 'UNSUPPORTED_API_VERSION'],
  ['/services/data/v99.0/limits', 404, 'NOT_FOUND'],
  [`${base}/dragons`, 404, 'NOT_FOUND'],
  [`${base}/sobjects/Dragon/describe`, 404, 'NOT_FOUND'],
  ['/services/data/v31.0/limits', 200, undefined],
])('answers %s with %d', async (path, status, errorCode) => {
  const org = await openInstance()

  const reply = await org.call('GET', path)

  expect([reply.status, reply.json[0]?.errorCode]).toEqual([status, errorCode])
})

it('lists its versions without a token', async () => {
  const org = await openInstance()

  const reply = await org.call('GET', '/services/data', undefined, { authorization: '' })

  expect(reply.json.at(-1)).toEqual({ label: 'v68', url: base, version: '68.0' })
})

it('says on every answer, good or bad, how much of the day is used, and counts over 24 hours', async () => {
  const hand = handClock()
  const org = await openInstance({ now: hand.now, limits: { daily: 2 }, sessionMs: 1e9 })

  const first = await org.call('GET', 'limits')
  const second = await org.call('GET', 'sobjects/Dragon')
  hand.advance(12 * 60 * 60 * 1000)
  const refused = await org.call('GET', 'sobjects')
  const polled = await org.call('GET', 'limits')
  hand.advance(12 * 60 * 60 * 1000)
  const nextDay = await org.call('GET', 'sobjects')

  expect([first, second, refused].map((one) => one.headers.get('sforce-limit-info'))).toEqual([
    'api-usage=1/2',
    'api-usage=2/2',
    'api-usage=2/2',
  ])
  expect(first.json.DailyApiRequests).toEqual({ Max: 2, Remaining: 1 })
  expect(refused.status).toBe(403)
  expect(refused.headers.get('retry-after')).toBeNull()
  expect(refused.json).toEqual([{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }])
  expect(polled.json.DailyApiRequests).toEqual({ Max: 2, Remaining: 0 })
  expect(nextDay.headers.get('sforce-limit-info')).toBe('api-usage=1/2')
})

it('shows jsforce the use of the day', async () => {
  const org = await openInstance({ limits: { daily: 500 } })
  const connection = org.connect()

  await connection.request('/limits')

  expect(connection.limitInfo.apiUsage).toEqual({ used: 1, limit: 500 })
})

it('changes words, never codes, with the language', async () => {
  const org = await openInstance({ org: { language: 'de' } })

  const reply = await org.call('GET', 'sobjects/Dragon')

  expect(reply.json).toEqual([{ errorCode: 'NOT_FOUND', message: 'Die angeforderte Ressource ist nicht vorhanden' }])
})

it('answers a page to an address over 16,384 bytes, and another when only the headers are too much', async () => {
  const org = await openInstance()
  const address = (bytes: number) => `${base}/query?q=`.padEnd(bytes, 'x')

  const tooLong = await org.call('GET', address(16_385))
  const asLongAsMayBe = await org.call('GET', address(16_000))
  const fatHeaders = await org.call('GET', address(8000), undefined, { 'x-fat': 'y'.repeat(9000) })

  expect([tooLong.status, tooLong.headers.get('content-type')]).toEqual([414, 'text/html;charset=UTF-8'])
  expect([asLongAsMayBe.status, asLongAsMayBe.json[0].errorCode]).toEqual([400, 'MALFORMED_QUERY'])
  expect(fatHeaders.status).toBe(431)
})

it('can be made to answer 401 for ever, which jsforce would ask again for ever', async () => {
  const org = await openInstance()
  const body = [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]
  const fault = { match: { path: base }, times: 1000, status: 401, headers: { 'content-type': 'application/json;charset=UTF-8' } }
  await org.control('faults', [{ ...fault, body }])
  let refreshes = 0
  const connection = new jsforce.Connection({
    instanceUrl: org.url,
    accessToken: org.token,
    version: '68.0',
    refreshFn: (_, done) => {
      refreshes += 1
      if (refreshes > 2) done(new Error('enough'))
      else done(null, org.token)
    },
  })

  await expect(connection.request('/limits')).rejects.toThrow('enough')
  expect(refreshes).toBe(3)
})
