import { verify } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { trustedInstance } from '../../../connectors/salesforce/auth/instance-url.ts'
import { createTokenSource } from '../../../connectors/salesforce/auth/token.ts'
import { TokenRules } from '../../../connectors/salesforce/auth/token-rules.ts'
import {
  type Answer,
  anySignal,
  clientSecret,
  dependencies,
  jwt,
  privateKey,
  publicKey,
  settings,
  startTinyServer,
  type TinyServer,
  tinyOrg,
} from './tiny-org.ts'

const servers: TinyServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function serve(answer: Answer): Promise<TinyServer> {
  const server = await startTinyServer(answer)
  servers.push(server)
  return server
}

const Noon = Date.parse('2026-11-23T12:00:00.900Z')
const gives = () => tinyOrg(() => ({})).answer

function mint(baseUrl: string, some: Record<string, unknown> = jwt) {
  return createTokenSource(settings(baseUrl, some), dependencies({ now: () => Noon }))(anySignal())
}

async function formSent(some: Record<string, unknown>): Promise<Record<string, string>> {
  const server = await serve(gives())
  await mint(server.url, some)
  const [asked] = server.asked
  expect(asked).toMatchObject({ method: 'POST', path: '/services/oauth2/token' })
  expect(asked?.headers['content-type']).toContain('application/x-www-form-urlencoded')
  return Object.fromEntries(new URLSearchParams(asked?.body))
}

describe('the JWT bearer flow', () => {
  it('sends an assertion that the certificate of the key verifies, for two minutes', async () => {
    const { assertion = '', ...rest } = await formSent({ ...jwt, audience: 'https://login.salesforce.com' })
    expect(rest).toEqual({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' })
    const [header = '', claims = '', signature = ''] = assertion.split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'RS256' })
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      iss: 'consumer-key',
      sub: 'leadsync@acme.example',
      aud: 'https://login.salesforce.com',
      exp: Math.floor(Noon / 1000) + 120,
    })
    const signed = Buffer.from(`${header}.${claims}`)
    expect(verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  it('is for baseUrl, without a slash at its end, where no audience is given', async () => {
    const server = await serve(gives())
    await mint(`${server.url}/`)
    const claims = new URLSearchParams(server.asked[0]?.body).get('assertion')?.split('.')[1] ?? ''
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString()).aud).toBe(server.url)
  })

  it('takes a key whose line breaks an environment variable turned into \\n', async () => {
    const form = await formSent({ ...jwt, privateKey: privateKey.replaceAll('\n', '\\n') })
    expect(form.assertion).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  })

  it('needs a key that can be used, and asks Salesforce for nothing without one', async () => {
    const server = await serve(gives())
    const damaged = { ...settings(server.url, jwt), privateKey: privateKey.replace(/[a-z]/g, 'x') }
    const error = await createTokenSource(damaged, dependencies())(anySignal())
    expect(error).toMatchObject({
      code: 'misconfigured',
      message: expect.stringMatching(/^Salesforce \(sales\): `privateKey` .+\.$/),
    })
    expect(JSON.stringify([error, String(error), (error as Error).cause])).not.toContain(damaged.privateKey.slice(40, 80))
    expect(server.asked).toEqual([])
  })
})

it('sends id and secret for client credentials', async () => {
  const form = await formSent({})
  expect(form).toEqual({ grant_type: 'client_credentials', client_id: 'consumer-key', client_secret: clientSecret })
})

describe('a refused token', () => {
  const cases = TokenRules.flatMap((rule) => (rule.auth ? [[rule, rule.auth] as const] : [[rule, 'client-credentials'] as const]))

  it.each(cases.map(([rule, auth]) => [rule.error, auth, rule] as const))(
    'for %s (%s) says what to do',
    async (error, auth, rule) => {
      const server = await serve(() => ({ status: 400, body: { error, error_description: 'geheim' } }))
      const refused = await mint(server.url, auth === 'jwt-bearer' ? jwt : {})
      expect(refused).toMatchObject({ code: rule.code, retryAfterMs: rule.delayMs, message: `Salesforce (sales): ${rule.say}` })
      expect(server.asked).toHaveLength(1)
    },
  )

  it('has one meaning for each error and flow, all of them reachable', () => {
    const names = TokenRules.map(({ error, auth }) => `${error} ${auth ?? ''}`)
    expect(new Set(names).size).toBe(names.length)
  })

  it.each([
    ['an error that nobody knows', { status: 400, body: { error: 'no_idea' } }, 'unauthorized'],
    ['a 400 without a word', { status: 400, body: '' }, 'unauthorized'],
    ['a 401', { status: 401, body: '<html>' }, 'unauthorized'],
    ['a redirect', { status: 302, headers: { location: '/' } }, 'misconfigured'],
    ['a 404', { status: 404, body: '<html>' }, 'misconfigured'],
    ['a 429', { status: 429, headers: { 'retry-after': '7' } }, 'rate_limited'],
    ['a page with status 200', { body: '<html>Log in</html>' }, 'unavailable'],
    ['JSON that is no token', { body: { access_token: '' } }, 'unavailable'],
    [
      'a token that no header can carry, and that fetch would quote in its exception',
      { body: { access_token: 'geheim\nx', instance_url: 'http://127.0.0.1:1' } },
      'unavailable',
    ],
    ['a 503', { status: 503, body: '<html>', headers: { 'retry-after': '60' } }, 'unavailable'],
    ['an error with a 5xx', { status: 500, headers: { 'retry-after': '9' }, body: { error: 'invalid_grant' } }, 'unavailable'],
    ['no answer', 'hang', 'unavailable'],
  ] as const)('as %s is judged', async (_, told, code) => {
    const server = await serve(() => told as ReturnType<Answer>)
    expect(await mint(server.url, { ...jwt, timeoutMs: 1_000 })).toMatchObject({
      code,
      message: expect.stringMatching(/^Salesforce \(sales\): .+\.$/),
    })
    expect(server.asked).toHaveLength(1)
  })

  it('is asked for again in the call when the login is down for a moment', async () => {
    const given = gives()
    let times = 0
    const server = await serve((asked) => {
      times += 1
      return times < 3 ? { status: 502, body: '<html>' } : given(asked)
    })
    expect(await mint(server.url)).toMatchObject({ instanceUrl: server.url })
  })
})

describe('the address that a token names', () => {
  const acme = 'https://acme.my.salesforce.com'
  const here = 'http://127.0.0.1:8001'

  it.each([
    [acme, acme, acme],
    [`${acme}/`, acme, acme],
    ['https://acme--dev.sandbox.my.salesforce.com', acme, 'https://acme--dev.sandbox.my.salesforce.com'],
    ['https://eu45.salesforce.com', acme, 'https://eu45.salesforce.com'],
    ['https://acme.my.salesforce.mil', acme, 'https://acme.my.salesforce.mil'],
    ['https://acme.my.sfcrmproducts.cn', acme, 'https://acme.my.sfcrmproducts.cn'],
    ['https://acme.crm.cloudforce.com', acme, 'https://acme.crm.cloudforce.com'],
    ['https://crm.acme.example', 'https://crm.acme.example', 'https://crm.acme.example'],
    ['http://127.0.0.1:8002', here, 'http://127.0.0.1:8002'],
    ['http://localhost:8002', here, 'http://localhost:8002'],
    ['http://acme.my.salesforce.com', acme, null],
    ['https://acme.my.salesforce.com:8443', acme, null],
    ['https://salesforce.com.evil.example', acme, null],
    ['https://evilsalesforce.com', acme, null],
    ['https://user:word@acme.my.salesforce.com', acme, null],
    ['https://acme.my.salesforce.com@evil.example', acme, null],
    ['https://acme.lightning.force.com', acme, null],
    ['http://127.0.0.1:8002', acme, null],
    ['https://evil.example', here, null],
    ['https://acme.my.salesforce.com', here, null],
    ['', acme, null],
  ])('%s, asked at %s, is followed to %s', (named, base, origin) => {
    expect(trustedInstance(named, base)).toBe(origin)
  })

  it('is not followed elsewhere: that is a matter for the operator', async () => {
    const server = await serve(() => ({ body: { access_token: 'x', instance_url: 'https://evil.example', id: '' } }))
    expect(await mint(server.url)).toMatchObject({ code: 'misconfigured', message: expect.stringContaining('baseUrl') })
  })
})
