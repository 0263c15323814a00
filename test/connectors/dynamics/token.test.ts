import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Events, OAuth2Server } from 'oauth2-mock-server'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createTokenSource } from '../../../connectors/dynamics/auth/token.ts'
import { TokenRules } from '../../../connectors/dynamics/auth/token-rules.ts'
import { selfSigned } from '../../kit/self-signed.ts'
import { startTinyServer, type TinyServer, type Told } from '../../kit/tiny-server.ts'
import { until } from '../../kit/until.ts'
import { anySignal, dependencies, settings } from './tiny-environment.ts'
import { aadsts, clientId, clientSecret, startTinyLogin, tenantId } from './tiny-login.ts'

const baseUrl = 'https://acme.crm4.dynamics.com'

function mint(some: Record<string, unknown>, signal = anySignal()) {
  return createTokenSource(settings(baseUrl, { token: undefined, ...some }), dependencies())(signal)
}

async function login(...told: Parameters<typeof startTinyLogin>) {
  const started = await startTinyLogin(...told)
  onTestFinished(() => started.server.stop())
  return started
}

async function file(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'leadsync-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

describe('a token from an OAuth server over TLS', () => {
  async function oauth() {
    const tls = selfSigned()
    const server = new OAuth2Server(await file('key.pem', tls.key), await file('cert.pem', tls.cert), {
      endpoints: {
        wellKnownDocument: `/${tenantId}/v2.0/.well-known/openid-configuration`,
        token: `/${tenantId}/oauth2/v2.0/token`,
      },
    })
    await server.issuer.keys.generate('RS256')
    await server.start(0, '127.0.0.1')
    onTestFinished(() => server.stop())
    const { port } = server.address() as AddressInfo
    server.issuer.url = `https://127.0.0.1:${port}`
    const forms: Record<string, string>[] = []
    server.service.on(Events.BeforeResponse, (_, { body }) => forms.push({ ...body }))
    return { forms, some: { tenantId, clientId, authorityHost: server.issuer.url, authorityCa: tls.cert } }
  }

  const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/

  it('is got with a secret, for the environment', async () => {
    const { forms, some } = await oauth()
    expect(await mint({ ...some, auth: 'client-secret', clientSecret })).toMatchObject({
      accessToken: expect.stringMatching(jwt),
      expiresAt: expect.closeTo(Date.now() + 3_600_000, -4),
    })
    expect(forms).toMatchObject([
      { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope: `${baseUrl}/.default` },
    ])
  })

  it('is got with a certificate, whose key never leaves', async () => {
    const { forms, some } = await oauth()
    const own = selfSigned('rsa')
    const certificate = `${own.cert}${own.key}`.replaceAll('\n', '\\n')
    expect(await mint({ ...some, auth: 'client-certificate', certificate })).toMatchObject({
      accessToken: expect.stringMatching(jwt),
    })
    expect(forms).toMatchObject([{ client_assertion: expect.stringMatching(jwt) }])
    expect(JSON.stringify(forms)).not.toContain('PRIVATE KEY')
  })

  it('is got with the federated token of a file, read anew for each', async () => {
    const { forms, some } = await oauth()
    const tokenFile = await file('token', 'federated-1')
    const source = createTokenSource(
      settings(baseUrl, { ...some, token: undefined, auth: 'workload-identity', tokenFile }),
      dependencies(),
    )
    await source(anySignal())
    await writeFile(tokenFile, 'federated-2')
    await source(anySignal())
    expect(forms.map(({ client_assertion }) => client_assertion)).toEqual(['federated-1', 'federated-2'])
  })

  it('is for the scope that is configured', async () => {
    const { forms, some } = await oauth()
    await mint({ ...some, auth: 'client-secret', clientSecret, scope: 'api://acme/.default' })
    expect(forms).toMatchObject([{ scope: 'api://acme/.default' }])
  })
})

// The SDK remembers for the whole process where the machine's tokens come from, and what it got: one endpoint, and a scope for each test.
describe('a managed identity', () => {
  const expiresAt = String(Math.floor(Date.now() / 1000) + 3_600)
  const given = { body: { access_token: 'of-the-machine', expires_on: expiresAt, resource: baseUrl, token_type: 'Bearer' } }
  let told: Told
  let server: TinyServer

  beforeAll(async () => {
    server = await startTinyServer(() => told)
    vi.stubEnv('IDENTITY_ENDPOINT', `${server.url}/msi/token`)
    vi.stubEnv('IDENTITY_HEADER', 'header-of-this-machine')
  })

  afterAll(() => vi.unstubAllEnvs())

  function asked() {
    const last = server.asked.at(-1)
    return { headers: last?.headers, query: Object.fromEntries(new URL(last?.path ?? '', server.url).searchParams) }
  }

  it('gives a token for the environment', async () => {
    told = given
    expect(await mint({ auth: 'managed-identity' })).toMatchObject({ accessToken: 'of-the-machine' })
    expect(asked()).toMatchObject({ headers: { 'x-identity-header': 'header-of-this-machine' }, query: { resource: baseUrl } })
    expect(asked().query).not.toHaveProperty('client_id')
  })

  it('is the one that clientId names', async () => {
    told = given
    await mint({ auth: 'managed-identity', clientId, scope: 'https://second.crm4.dynamics.com/.default' })
    expect(asked().query).toMatchObject({ client_id: clientId, resource: 'https://second.crm4.dynamics.com' })
  })

  it.each([
    [{ status: 500, body: { error: 'zaphod' } }, 'unavailable'],
    [{ status: 503, body: '<html>zaphod' }, 'unavailable'],
    [{ status: 503, body: '' }, 'unavailable'],
    [{ status: 429, body: '' }, 'rate_limited'],
    [{ status: 404, body: '' }, 'misconfigured'],
  ])('whose endpoint answers %j is %s', async (answer, code) => {
    told = answer
    const scope = `https://failing-${answer.status}-${code}.crm4.dynamics.com/.default`
    const error = await mint({ auth: 'managed-identity', scope })
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toContain('zaphod')
  })

  it('that is none is for the operator to see to', async () => {
    told = { status: 400, body: { statusCode: 400, message: 'zaphod' } }
    const error = await mint({ auth: 'managed-identity', scope: 'https://third.crm4.dynamics.com/.default' })
    expect(error).toMatchObject({ code: 'misconfigured', message: expect.stringContaining('managed identity') })
    expect(String(error)).not.toContain('zaphod')
  })

  it('whose endpoint nobody listens at is waited for', async () => {
    await server.stop()
    const error = await mint({ auth: 'managed-identity', scope: 'https://gone.crm4.dynamics.com/.default' })
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('managed identity') })
  })
})

describe('a refused token', () => {
  it.each(TokenRules.flatMap((rule) => rule.codes.map((code) => [code, rule] as const)))(
    'for AADSTS%i says what to do',
    async (code, rule) => {
      const { settings, forTokens } = await login(() => ({ status: 401, body: aadsts(code) }))
      expect(await mint(settings)).toMatchObject({
        code: rule.code,
        status: 401,
        retryAfterMs: rule.delayMs,
        message: `Dynamics 365 (sales): ${rule.say}`,
      })
      expect(forTokens()).toHaveLength(1)
    },
  )

  it('has one meaning for each code, and another sentence for each thing that an operator gets wrong', () => {
    const codes = TokenRules.flatMap((rule) => rule.codes)
    expect(new Set(codes).size).toBe(codes.length)
    expect(new Set(TokenRules.map(({ say }) => say)).size).toBe(TokenRules.length)
  })

  it.each([
    ['an unknown code', { status: 400, body: aadsts(12345) }, 'unauthorized', 'AADSTS12345'],
    [
      'a code in its text only',
      { status: 400, body: { error: 'x', error_description: 'AADSTS7000222: zaphod' } },
      'unauthorized',
      'expired',
    ],
    ['no code', { status: 401, body: { error: 'invalid_client' } }, 'unauthorized', 'sign-in logs'],
    ['a redirect', { status: 307, headers: { location: '/elsewhere' } }, 'misconfigured', 'authorityHost'],
    ['a 404', { status: 404, body: '<html>zaphod' }, 'misconfigured', 'authorityHost'],
    ['a 429', { status: 429, headers: { 'retry-after': '7' }, body: '' }, 'rate_limited', 'too often'],
    [
      'a 503 that says when',
      { status: 503, headers: { 'retry-after': '60' }, body: '<html>zaphod' },
      'unavailable',
      'tried again',
    ],
    ['a page with status 200', { body: '<html>zaphod' }, 'unavailable', 'authorityHost'],
  ] as const)('with %s is judged by it', async (_, told, code, words) => {
    const { settings, forTokens } = await login(() => told)
    expect(await mint(settings)).toMatchObject({ code, message: expect.stringContaining(words) })
    expect(forTokens()).toHaveLength(1)
  })

  it('because there is no such tenant is said when the login is looked for already', async () => {
    const { settings, forTokens } = await login(undefined, () => ({ status: 400, body: aadsts(90002, 'invalid_tenant') }))
    expect(await mint(settings)).toMatchObject({ code: 'misconfigured', message: expect.stringContaining('no tenant') })
    expect(forTokens()).toEqual([])
  })

  it('is asked for again when the login is down for a moment', async () => {
    let times = 0
    const { settings } = await login((given) => {
      times += 1
      return times < 3 ? { status: 502, body: '<html>' } : given
    })
    expect(await mint(settings)).toMatchObject({ accessToken: 'token-3' })
  })

  it('because nobody listens says so', async () => {
    const { settings, server } = await startTinyLogin()
    await server.stop()
    expect(await mint(settings)).toMatchObject({ code: 'unavailable', message: expect.stringContaining('ECONNREFUSED') })
  })

  it('because the login has a certificate that nobody vouches for says so', async () => {
    const { settings, forTokens } = await login()
    expect(await mint({ ...settings, authorityCa: undefined })).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('CERT'),
    })
    expect(forTokens()).toEqual([])
  })

  it('because the login does not answer in time has its connection closed', async () => {
    const { settings, server } = await login(() => 'hang')
    expect(await mint({ ...settings, timeoutMs: 1_000 })).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('in time'),
    })
    await server.closed
  })

  it('that nobody waits for any more is not asked for to the end', async () => {
    const { settings, server, forTokens } = await login(() => 'hang')
    const leaving = new AbortController()
    const minted = mint(settings, leaving.signal)
    await until('the token was asked for', () => forTokens().length === 1)
    leaving.abort()
    expect(await minted).toMatchObject({ code: 'unavailable', message: expect.stringContaining('cancelled') })
    await server.closed
  })

  it('because its file is not there names the setting', async () => {
    const { settings } = await login()
    const missing = { auth: 'workload-identity', tokenFile: join(tmpdir(), 'leadsync-is-not-there') }
    expect(await mint({ ...settings, ...missing })).toMatchObject({
      code: 'misconfigured',
      message: expect.stringMatching(/`tokenFile`.+ENOENT/),
    })
  })

  it('never repeats what the login said, nor a secret', async () => {
    for (const told of [{ status: 400, body: aadsts(7000215) }, { status: 503, body: 'zaphod' }, { body: 'zaphod' }]) {
      const { settings } = await login(() => told)
      const error = await mint(settings)
      expect(error).toBeInstanceOf(Error)
      const { message, stack, cause } = error as Error
      expect(JSON.stringify([{ ...error }, message, stack, cause])).not.toMatch(new RegExp(`zaphod|${clientSecret}`, 'i'))
    }
  })
})
