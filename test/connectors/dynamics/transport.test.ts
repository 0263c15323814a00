import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { text } from '../../../connectors/dynamics/requests/odata.ts'
import { carry } from '../../../connectors/dynamics/requests/transport.ts'
import { type Answer, startTinyServer, type TinyServer } from '../../kit/tiny-server.ts'
import { until } from '../../kit/until.ts'
import { anySignal, openApi, Root, token } from './tiny-environment.ts'
import { clientSecret, startTinyLogin, type TinyLogin } from './tiny-login.ts'

async function serve(answer: Answer): Promise<TinyServer> {
  const server = await startTinyServer(answer)
  onTestFinished(() => server.stop())
  return server
}

const fine: Answer = () => ({ body: { fine: true } })
const path = 'leads?$select=leadid'

describe('a request', () => {
  it('carries token, OData version and client name', async () => {
    const server = await serve(fine)
    const reply = await openApi(server.url).get(path, anySignal())
    expect(reply).toMatchObject({ kind: 'ok', status: 200, body: { fine: true } })
    expect(server.asked).toMatchObject([{ method: 'GET', path: `${Root}${path}`, body: undefined }])
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'odata-version': '4.0',
      'odata-maxversion': '4.0',
      'user-agent': 'leadsync',
    })
    expect(server.asked[0]?.headers).not.toHaveProperty('cookie')
  })

  it('carries the headers and the JSON it was given, and its answer says how it went', async () => {
    const server = await serve(() => ({ status: 201, headers: { etag: 'W/"7"' }, body: { leadid: 'x' } }))
    const headers = { 'If-None-Match': '*', Prefer: 'return=representation' }
    const operation = { method: 'PATCH', path: 'leads(x)?$select=leadid', headers, body: { lastname: "Ærø O'Hara" } } as const
    const [reply] = await openApi(server.url).all([operation], anySignal())
    expect(reply).toMatchObject({ kind: 'ok', status: 201, body: { leadid: 'x' } })
    expect(reply?.kind === 'ok' && reply.headers.get('etag')).toBe('W/"7"')
    expect(server.asked).toMatchObject([{ method: 'PATCH', path: `${Root}leads(x)?$select=leadid`, body: operation.body }])
    expect(server.asked[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'if-none-match': '*',
      prefer: 'return=representation',
    })
  })

  it('arrives with every text of its query as it was', async () => {
    const server = await serve(fine)
    const api = openApi(server.url)
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a+b&c#d', 'https://x/?y=z', "' or 1 eq 1")),
        async (value) => {
          await api.get(`leads?$filter=emailaddress1%20eq%20${text(value)}&$select=leadid`, anySignal())
          const { pathname, searchParams } = new URL(server.asked.at(-1)?.path ?? '', server.url)
          expect([pathname, ...searchParams.keys()].sort()).toEqual(['$filter', '$select', `${Root}leads`].sort())
          expect(searchParams.get('$filter')).toBe(`emailaddress1 eq '${value.toWellFormed().replaceAll("'", "''")}'`)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('answered with 204 is fine and has no body', async () => {
    const server = await serve(() => ({ status: 204, body: '', headers: { 'odata-entityid': 'x' } }))
    expect(await openApi(server.url).get(path, anySignal())).toMatchObject({ kind: 'ok', status: 204, body: null })
  })

  it('answered with 200 and no JSON is not fine: time may mend it', async () => {
    const server = await serve(() => ({ body: '<html>Down for maintenance</html>' }))
    expect(await openApi(server.url).get(path, anySignal())).toMatchObject({ kind: 'refused', error: { code: 'unavailable' } })
    expect(server.asked).toHaveLength(1)
  })

  it('that is not answered in time is given up, and the server sees the connection close', async () => {
    const server = await serve(() => 'hang')
    const reply = await openApi(server.url, { timeoutMs: 1_000 }).get(path, anySignal())
    expect(reply).toMatchObject({ error: { code: 'unavailable', message: expect.stringContaining('in time') } })
    await server.closed
    expect(server.asked).toHaveLength(1)
  })

  it('is cancelled by its signal, and the server sees the connection close', async () => {
    const stopping = new AbortController()
    const server = await serve(() => {
      queueMicrotask(() => stopping.abort())
      return 'hang'
    })
    const reply = await openApi(server.url).get(path, stopping.signal)
    expect(reply).toMatchObject({ error: { code: 'unavailable', message: expect.stringContaining('cancelled') } })
    await server.closed
  })

  it('does not follow a redirect: the token stays with the environment', async () => {
    const elsewhere = await serve(fine)
    const server = await serve(() => ({ status: 302, headers: { location: `${elsewhere.url}${Root}leads` } }))
    expect(await openApi(server.url).get(path, anySignal())).toMatchObject({ error: { code: 'misconfigured', status: 302 } })
    expect(elsewhere.asked).toEqual([])
  })

  it('goes through the fetch that the connector was given', async () => {
    const server = await serve(fine)
    const through: string[] = []
    const own: typeof fetch = (input, init) => {
      through.push(String(input))
      return fetch(input, init)
    }
    await openApi(server.url, {}, { fetch: own }).get(path, anySignal())
    expect(through).toEqual([`${server.url}${Root}${path}`])
  })

  it.each([
    'https://evil.example/x',
    '//evil.example/x',
    '/api/data/v9.2/leads',
    'leads?x=https://evil.example',
    '../x',
    'a b',
    '',
  ])('is never made for %j', async (path) => {
    const server = await serve(fine)
    await expect(openApi(server.url).get(path, anySignal())).rejects.toThrow('path')
    expect(server.asked).toEqual([])
  })

  it('that fails by a defect of ours is thrown as what it is', async () => {
    const defect = new RangeError('ours')
    const broken = () => Promise.reject(defect)
    const options = { fetch: broken, baseUrl: 'http://127.0.0.1:1', signal: anySignal(), timeoutMs: 1_000 }
    await expect(carry({ method: 'GET', path }, token, options)).rejects.toBe(defect)
  })
})

describe('short retries', () => {
  it('are made of a question or a repeatable write while it is not working, three times in all', async () => {
    const server = await serve(() => ({ status: 503, body: '<html>' }))
    expect(await openApi(server.url).get(path, anySignal())).toMatchObject({ error: { code: 'unavailable', status: 503 } })
    expect(server.asked).toHaveLength(3)
  })

  it('are not made of what makes something each time', async () => {
    const server = await serve(() => ({ status: 503, body: '<html>' }))
    expect(await openApi(server.url).post('EntityDefinitions', {}, anySignal())).toMatchObject({ error: { code: 'unavailable' } })
    expect(server.asked).toHaveLength(1)
  })

  it.each([
    ['403', { status: 403, body: { error: { code: '0x80040220', message: '' } } }],
    ['429', { status: 429 }],
    ['503 that says when to come back', { status: 503, headers: { 'retry-after': '60' } }],
    ['500 that is about a duplicate', { status: 500, body: { error: { code: '0x80040333', message: '' } } }],
  ])('are not made after a %s', async (_, told) => {
    const server = await serve(() => told)
    await openApi(server.url).get(path, anySignal())
    expect(server.asked).toHaveLength(1)
  })

  it('are tried when nobody listens, and said with the reason', async () => {
    const server = await startTinyServer(fine)
    await server.stop()
    const reply = await openApi(server.url).get(path, anySignal())
    expect(reply).toMatchObject({ error: { message: expect.stringContaining('ECONNREFUSED') } })
  })
})

describe('tokens', () => {
  /** An environment that takes only the last token that its login gave, unless it takes none. */
  async function open(answer: Answer = fine, takes = (count: number) => `token-${count}`) {
    const login: TinyLogin = await startTinyLogin()
    onTestFinished(() => login.server.stop())
    let expired = 0
    const server = await serve((asked) => {
      const count = login.forTokens().length
      const good = count > expired && asked.headers.authorization === `Bearer ${takes(count)}`
      return good ? answer(asked) : { status: 401, body: '' }
    })
    const expire = () => {
      expired = login.forTokens().length
    }
    const api = (some: Parameters<typeof openApi>[2] = {}) => openApi(server.url, login.settings, some)
    return { server, login, api, expire, tokens: () => login.forTokens().length }
  }

  it('are shared by callers that come together, and kept for those that come later', async () => {
    const { api, tokens } = await open()
    const one = api()
    const replies = await Promise.all(Array.from({ length: 10 }, () => one.get(path, anySignal())))
    await one.get(path, anySignal())
    expect(replies.map(({ kind }) => kind)).toEqual(Array(10).fill('ok'))
    expect(tokens()).toBe(1)
  })

  it('are got anew shortly before their end', async () => {
    const { api, tokens } = await open()
    const clock = { now: Date.now() }
    const one = api({ now: () => clock.now })
    await one.get(path, anySignal())
    clock.now += 55 * 60_000
    await one.get(path, anySignal())
    expect(tokens()).toBe(1)
    clock.now += 4 * 60_000
    expect(await one.get(path, anySignal())).toMatchObject({ kind: 'ok' })
    expect(tokens()).toBe(2)
  })

  it.each(['get', 'post'] as const)('%s goes on with a new one when the old one is refused', async (way) => {
    const { api, expire, tokens, server } = await open()
    const one = api()
    const ask = () => (way === 'get' ? one.get(path, anySignal()) : one.post('leads', { a: 1 }, anySignal()))
    await ask()
    expire()
    expect(await ask()).toMatchObject({ kind: 'ok' })
    expect(tokens()).toBe(2)
    const [, refused, again] = server.asked
    expect([again?.method, again?.path, again?.body]).toEqual([refused?.method, refused?.path, refused?.body])
  })

  it('are got once for ten callers whose token was refused together', async () => {
    const waiting: (() => void)[] = []
    const { api, expire, tokens } = await open()
    const together: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (response.status !== 401) return response
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        if (waiting.length === 4) for (const go of waiting.splice(0)) go()
      })
      return response
    }
    const one = api({ fetch: together })
    await one.get(path, anySignal())
    expire()
    const replies = await Promise.all(Array.from({ length: 4 }, () => one.get(path, anySignal())))
    expect(replies.map(({ kind }) => kind)).toEqual(Array(4).fill('ok'))
    expect(tokens()).toBe(2)
  })

  it('that are all refused make it unauthorized after two requests', async () => {
    const { api, tokens, server } = await open(fine, () => 'none')
    expect(await api().get(path, anySignal())).toMatchObject({ kind: 'refused', error: { code: 'unauthorized', status: 401 } })
    expect([tokens(), server.asked.length]).toEqual([2, 2])
  })

  it('are renewed at most once in a call, however its tries are mixed', async () => {
    const told = [503, 401, 503, 401, 401, 401].map((status) => ({ status }))
    const login = await startTinyLogin()
    onTestFinished(() => login.server.stop())
    const server = await serve(() => told.shift() ?? { body: {} })
    expect(await openApi(server.url, login.settings).get(path, anySignal())).toMatchObject({ error: { code: 'unauthorized' } })
    expect([login.forTokens().length, server.asked.length]).toEqual([2, 4])
  })

  it('that one caller does not wait for any more are still got for the others', async () => {
    const login = await startTinyLogin()
    onTestFinished(() => login.server.stop())
    const server = await serve(fine)
    const one = openApi(server.url, login.settings)
    const leaving = new AbortController()
    const [left, stayed] = [one.get(path, leaving.signal), one.get(path, anySignal())]
    leaving.abort()
    expect(await left).toMatchObject({ error: { code: 'unavailable', message: expect.stringContaining('cancelled') } })
    expect(await stayed).toMatchObject({ kind: 'ok' })
    expect(login.forTokens()).toHaveLength(1)
  })

  it('that nobody waits for any more are not asked for to the end', async () => {
    const login = await startTinyLogin(() => 'hang')
    onTestFinished(() => login.server.stop())
    const server = await serve(fine)
    const leaving = new AbortController()
    const reply = openApi(server.url, login.settings).get(path, leaving.signal)
    await until('the token was asked for', () => login.forTokens().length === 1)
    leaving.abort()
    expect(await reply).toMatchObject({ error: { code: 'unavailable' } })
    await login.server.closed
    expect(server.asked).toEqual([])
  })
})

describe('who it is', () => {
  const ids = {
    OrganizationId: '5E9F9B2C-97AF-4AB8-B1B2-6E4A0D1B0A11',
    UserId: '6e9f9b2c-97af-4ab8-b1b2-6e4a0d1b0a11',
    BusinessUnitId: '7e9f9b2c-97af-4ab8-b1b2-6e4a0d1b0a11',
  }

  it('is asked once', async () => {
    const server = await serve(() => ({ body: ids }))
    const api = openApi(server.url)
    const who = { org: ids.OrganizationId.toLowerCase(), user: ids.UserId, businessUnit: ids.BusinessUnitId }
    expect([await api.who(anySignal()), await api.who(anySignal())]).toEqual([who, who])
    expect(server.asked.map(({ path }) => path)).toEqual([`${Root}WhoAmI`])
  })

  it.each([
    [{ status: 403, body: { error: { code: '0x80072560', message: 'x' } } }, 'misconfigured'],
    [{ body: { ...ids, UserId: 'x' } }, 'unavailable'],
  ])('is not known when it answers %j', async (told, code) => {
    const server = await serve(() => told)
    await expect(openApi(server.url).who(anySignal())).rejects.toMatchObject({ name: 'DeliveryError', code })
  })
})

it('secrets and personal data stay out of every error and every log line, whatever goes wrong', async () => {
  const said: unknown[] = []
  const note = (...all: unknown[]) => said.push(all)
  const log = { debug: note, info: note, warn: note, error: note }
  const operation = {
    method: 'PATCH',
    path: "leads(leadsync_contactid='zaphod')",
    body: { emailaddress1: 'zaphod@x.y' },
  } as const
  const answers: Answer[] = [
    fine,
    () => ({ status: 400, body: { error: { code: '0x80048d19', message: "'zaphod@x.y'" } } }),
    () => ({ status: 401, body: 'zaphod' }),
    () => ({ status: 500, body: 'zaphod' }),
    () => ({ status: 302, headers: { location: '/zaphod' } }),
    () => ({ body: 'zaphod' }),
  ]
  for (const answer of answers) {
    const login = await startTinyLogin()
    const server = await startTinyServer(answer)
    const api = openApi(server.url, login.settings, { log })
    const replies = await api.all([operation, { ...operation }], anySignal())
    replies.push(await api.get(`leads?$filter=emailaddress1%20eq%20'zaphod'`, anySignal()))
    for (const reply of replies)
      if (reply.kind === 'refused') said.push([reply, { ...reply.error }, reply.error.message, reply.error.stack])
    await server.stop()
    await login.server.stop()
  }
  expect(said.length).toBeGreaterThan(20)
  expect(JSON.stringify(said)).not.toMatch(new RegExp(`zaphod|${clientSecret}|token-\\d`, 'i'))
})
