import { afterEach, describe, expect, it, vi } from 'vitest'
import { until } from '../../kit/until.ts'
import {
  type Answer,
  anySignal,
  apiRequests,
  clientSecret,
  jwt,
  openApi,
  privateKey,
  startTinyServer,
  type TinyOrg,
  type TinyServer,
  tinyOrg,
} from './tiny-org.ts'

// jsforce reads these when it is imported, and would send even loopback requests there.
vi.hoisted(() => {
  for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY']) process.env[name] = 'http://127.0.0.1:9'
  process.env.HTTP_TIMEOUT = '1'
})

const servers: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function serve(answer: Answer): Promise<TinyServer> {
  const server = await startTinyServer(answer)
  servers.push(server)
  return server
}

async function serveOrg(answer: Answer): Promise<{ server: TinyServer; org: TinyOrg }> {
  const org = tinyOrg(answer)
  return { server: await serve(org.answer), org }
}

const fine: Answer = () => ({ body: { fine: true } })
const path = '/services/data/v68.0/limits'
const rows = '/services/data/v68.0/composite/sobjects'

/** The same question to each of the three ways of asking. */
const ways = ['get', 'send', 'create'] as const
function ask(api: ReturnType<typeof openApi>, way: (typeof ways)[number], signal = anySignal()) {
  if (way === 'get') return api.get(path, signal)
  return api[way]('POST', rows, { records: [] }, signal)
}

describe('a request', () => {
  it('carries token, client name, JSON and the headers it was given, whatever proxy the environment names', async () => {
    const { server } = await serveOrg(fine)
    const body = { allOrNone: false, records: [{ LastName: 'Ærø' }] }
    const reply = await openApi(server.url).send('PATCH', rows, body, anySignal(), { 'Sforce-Auto-Assign': 'FALSE' })
    expect(reply).toEqual({ kind: 'ok', status: 200, body: { fine: true } })
    expect(apiRequests(server.asked)).toMatchObject([{ method: 'PATCH', path: rows, body }])
    expect(apiRequests(server.asked)[0]?.headers).toMatchObject({
      authorization: 'Bearer 00Dtoken!1',
      'content-type': 'application/json',
      'sforce-auto-assign': 'FALSE',
      'sforce-call-options': 'client=leadsync',
    })
  })

  it('answered with 204 is fine and has no body', async () => {
    const { server } = await serveOrg(() => ({ status: 204, body: '' }))
    expect(await openApi(server.url).send('DELETE', `${rows}?ids=1`, undefined, anySignal())).toEqual({
      kind: 'ok',
      status: 204,
      body: null,
    })
  })

  it('answered with 200 and no JSON is not fine: time may mend it', async () => {
    const { server } = await serveOrg(() => ({
      body: '<html>Down for maintenance</html>',
      headers: { 'content-type': 'text/html' },
    }))
    expect(await openApi(server.url).get(path, anySignal())).toMatchObject({ kind: 'refused', error: { code: 'unavailable' } })
  })

  it('that is not answered in time is given up, and the server sees the connection close', async () => {
    const { server } = await serveOrg(() => 'hang')
    const reply = await openApi(server.url, { timeoutMs: 1_000 }).get(path, anySignal())
    expect(reply).toMatchObject({ error: { code: 'unavailable', message: expect.stringContaining('in time') } })
    await server.closed
    expect(apiRequests(server.asked)).toHaveLength(1)
  })

  it('is cancelled by its signal, and the server sees the connection close', async () => {
    const stopping = new AbortController()
    const { server } = await serveOrg(() => {
      queueMicrotask(() => stopping.abort())
      return 'hang'
    })
    const reply = await openApi(server.url).get(path, stopping.signal)
    expect(reply).toMatchObject({ error: { code: 'unavailable', message: expect.stringContaining('cancelled') } })
    await server.closed
  })

  it('does not follow a redirect: the token stays with the org', async () => {
    const elsewhere = await serve(fine)
    const { server } = await serveOrg(() => ({ status: 302, headers: { location: `${elsewhere.url}/services/data` } }))
    expect(await openApi(server.url).get(path, anySignal())).toMatchObject({ error: { code: 'misconfigured' } })
    expect(elsewhere.asked).toEqual([])
  })

  it('goes through the fetch that the connector was given, like the one for the token', async () => {
    const { server } = await serveOrg(fine)
    const through: string[] = []
    const own: typeof fetch = (input, init) => {
      through.push(String(input))
      return fetch(input, init)
    }
    await openApi(server.url, {}, { fetch: own }).get(path, anySignal())
    expect(through).toEqual([`${server.url}/services/oauth2/token`, `${server.url}${path}`])
  })
})

describe('short retries', () => {
  it.each([
    ['get', 3],
    ['send', 3],
    ['create', 1],
  ] as const)('%s asks %i times while Salesforce says 503', async (way, times) => {
    const { server } = await serveOrg(() => ({ status: 503, body: '<html>', headers: { 'content-type': 'text/html' } }))
    expect(await ask(openApi(server.url), way)).toMatchObject({ error: { code: 'unavailable', status: 503 } })
    expect(apiRequests(server.asked)).toHaveLength(times)
  })

  it.each([
    ['403', { status: 403 }],
    ['429', { status: 429 }],
    ['503 that says when to come back', { status: 503, headers: { 'retry-after': '60' } }],
  ])('are not made after a %s', async (_, told) => {
    const { server } = await serveOrg(() => told)
    await openApi(server.url).get(path, anySignal())
    expect(apiRequests(server.asked)).toHaveLength(1)
  })

  it('are tried when nobody listens, and said with the reason', async () => {
    const { server } = await serveOrg(fine)
    const api = openApi(server.url)
    await api.get(path, anySignal())
    await server.stop()
    servers.pop()
    expect(await api.get(path, anySignal())).toMatchObject({ error: { message: expect.stringContaining('ECONNREFUSED') } })
  })
})

describe('tokens', () => {
  it('are shared by callers that come together, and kept for those that come later', async () => {
    const { server, org } = await serveOrg(fine)
    const api = openApi(server.url)
    const replies = await Promise.all(Array.from({ length: 10 }, () => api.get(path, anySignal())))
    await api.get(path, anySignal())
    expect(replies.map(({ kind }) => kind)).toEqual(Array(10).fill('ok'))
    expect(org.tokens()).toBe(1)
  })

  it.each(ways)('%s goes on with a new one when the old one has expired', async (way) => {
    const { server, org } = await serveOrg(fine)
    const api = openApi(server.url)
    await ask(api, way)
    org.expire()
    expect(await ask(api, way)).toMatchObject({ kind: 'ok' })
    expect(org.tokens()).toBe(2)
    const [, refused, again] = apiRequests(server.asked)
    expect([again?.method, again?.path, again?.body]).toEqual([refused?.method, refused?.path, refused?.body])
  })

  it('are got once for ten callers whose token expired under them', async () => {
    const waiting: (() => void)[] = []
    const { server, org } = await serveOrg(fine)
    const together: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (response.status !== 401) return response
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        if (waiting.length === 10) for (const one of waiting.splice(0)) one()
      })
      return response
    }
    const api = openApi(server.url, {}, { fetch: together })
    await api.get(path, anySignal())
    org.expire()
    const replies = await Promise.all(Array.from({ length: 10 }, () => api.get(path, anySignal())))
    expect(replies.map(({ kind }) => kind)).toEqual(Array(10).fill('ok'))
    expect(org.tokens()).toBe(2)
  })

  it('are got once for one caller who was refused before, and one who was refused after another got a new one', async () => {
    const { server, org } = await serveOrg(fine)
    const late = Promise.withResolvers<void>()
    let held = 0
    const slowly: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (response.status === 401) {
        held += 1
        if (held === 1) await late.promise
      }
      return response
    }
    const api = openApi(server.url, {}, { fetch: slowly })
    await api.get(path, anySignal())
    org.expire()
    const slow = api.get(path, anySignal())
    await until('the first caller was refused', () => held === 1)
    expect(await api.get(path, anySignal())).toMatchObject({ kind: 'ok' })
    late.resolve()
    expect(await slow).toMatchObject({ kind: 'ok' })
    expect(org.tokens()).toBe(2)
  })

  it.each(ways)('that are all refused make %s unauthorized after two requests', async (way) => {
    const server = await serve(tinyOrg(fine, (_, body) => ({ body: { ...body, access_token: 'never-valid' } })).answer)
    const reply = await ask(openApi(server.url), way)
    expect(reply).toMatchObject({ kind: 'refused', error: { code: 'unauthorized', status: 401 } })
    expect(apiRequests(server.asked)).toHaveLength(2)
  })

  it('are renewed at most once in a call, however its tries are mixed', async () => {
    const told = [503, 401, 503, 401, 401, 401].map((status) => ({ status }))
    const org = tinyOrg(() => told.shift() ?? { body: {} })
    const server = await serve(org.answer)
    expect(await openApi(server.url).get(path, anySignal())).toMatchObject({ error: { code: 'unauthorized' } })
    expect([org.tokens(), apiRequests(server.asked).length]).toEqual([2, 4])
  })

  it('that one caller does not wait for any more are still got for the others', async () => {
    const release = Promise.withResolvers<void>()
    const { server } = await serveOrg(fine)
    let isAsking = false
    const slowly: typeof fetch = async (input, init) => {
      if (String(input).endsWith('/token')) {
        isAsking = true
        await release.promise
      }
      return fetch(input, init)
    }
    const api = openApi(server.url, {}, { fetch: slowly })
    const leaving = new AbortController()
    const [left, stayed] = [api.get(path, leaving.signal), api.get(path, anySignal())]
    await until('both wait for one token', () => isAsking)
    leaving.abort()
    expect(await left).toMatchObject({ error: { code: 'unavailable', message: expect.stringContaining('cancelled') } })
    release.resolve()
    expect(await stayed).toMatchObject({ kind: 'ok' })
  })

  it('that nobody waits for any more are not asked for to the end', async () => {
    const org = tinyOrg(fine, () => 'hang')
    const server = await serve(org.answer)
    const leaving = new AbortController()
    const reply = openApi(server.url).get(path, leaving.signal)
    await until('the token was asked for', () => org.tokens() === 1)
    leaving.abort()
    expect(await reply).toMatchObject({ error: { code: 'unavailable' } })
    await server.closed
  })

  it('say whose they are', async () => {
    const { server, org } = await serveOrg(fine)
    const api = openApi(server.url)
    const who = { org: '00D5g000004CmpZEAS', user: '0055g00000BfkHmAAJ' }
    expect([await api.who(anySignal()), await api.who(anySignal())]).toEqual([who, who])
    expect(org.tokens()).toBe(1)
  })

  it.each([[{ id: null }], [{ id: 'https://login.salesforce.com/id/x/y' }]])(
    'that do not (%j) serve all the same',
    async (some) => {
      const server = await serve(tinyOrg(fine, (_, body) => ({ body: { ...body, ...some } })).answer)
      const api = openApi(server.url)
      expect(await api.get(path, anySignal())).toMatchObject({ kind: 'ok' })
      await expect(api.who(anySignal())).rejects.toMatchObject({ code: 'protocol' })
    },
  )
})

it('calls the org where the token says it is', async () => {
  const { server: instance, org } = await serveOrg(fine)
  const login = await serve(({ path, headers, body, method }) => {
    const told = org.answer({ path, headers, body, method })
    if (typeof told === 'string') return told
    return { ...told, body: { ...(told.body as object), instance_url: instance.url } }
  })
  expect(await openApi(login.url).get(path, anySignal())).toMatchObject({ kind: 'ok' })
  expect([login.asked.length, instance.asked.length]).toEqual([1, 1])
})

describe('secrets and personal data', () => {
  it('stay out of every error and every log line, whatever goes wrong', async () => {
    const lines: unknown[] = []
    const keep = (facts: object, message: string) => void lines.push(facts, message)
    const log = { debug: keep, info: keep, warn: keep, error: keep }
    const echo = ({ headers, body }: { headers: object; body: unknown }) => JSON.stringify([headers, body])
    const told: Answer[] = [200, 300, 302, 400, 401, 403, 404, 418, 429, 500].map((status) => (asked) => ({
      status,
      body: [{ errorCode: 'STRING_TOO_LONG', message: echo(asked), fields: [echo(asked), 'LastName'], error: echo(asked) }],
    }))
    const seen = async (answer: Answer, some: object) => {
      const { server } = await serveOrg(answer)
      const refusing = await serve((asked) => ({ status: 400, body: { error: echo(asked), error_description: echo(asked) } }))
      const question = `${path}?q=${encodeURIComponent("SELECT Id FROM Lead WHERE Email = 'jane@contoso.com'")}`
      const results: unknown[] = []
      for (const { url } of [server, refusing]) {
        const api = openApi(url, { timeoutMs: 1_000, ...some }, { log })
        const body = { records: [{ LastName: 'Jane' }] }
        results.push(await api.get(question, anySignal()), await api.create('POST', rows, body, anySignal()))
        results.push(await api.who(anySignal()).catch((error: unknown) => ({ error })))
      }
      return results
    }
    const all = [...told, () => 'hang' as const].flatMap((answer) => [seen(answer, {}), seen(answer, jwt)])
    const errors = (await Promise.all(all))
      .flat()
      .flatMap((reply) => (reply && typeof reply === 'object' && 'error' in reply ? [reply] : []))
    const shown = errors.map((reply) => {
      const { error } = reply as { error: Error }
      return [error.message, error.stack, String(error.cause), { ...error }, reply]
    })
    expect([lines.length > 0, errors.length > 20]).toEqual([true, true])
    const pem = privateKey.split('\n')[1] ?? ''
    expect(pem.length).toBeGreaterThan(40)
    const text = JSON.stringify([lines, shown])
    for (const secret of [clientSecret, pem, '00Dtoken', 'Bearer', 'eyJ', 'grant_type', 'jane', 'contoso']) {
      expect(text.toLowerCase()).not.toContain(secret.toLowerCase())
    }
  })
})
