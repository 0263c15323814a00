import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type Answer,
  anySignal,
  connect,
  keys,
  startTinyServer,
  type TinyServer,
  token,
  withCatalog,
  write,
} from './tiny-server.ts'

const servers: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function serve(answer: Answer): Promise<TinyServer> {
  const server = await startTinyServer(withCatalog(answer))
  servers.push(server)
  return server
}

const posts = (server: TinyServer) => server.asked.filter(({ method }) => method === 'POST')
const accepts: Answer = ({ body }) => ({
  body: { status: 'COMPLETE', results: [{ id: '1', new: true, objectWriteTraceId: body.inputs[0].objectWriteTraceId }] },
})

/** Answers the first requests to the write with these, then as HubSpot does. */
function firstly(...told: Answer[]): Answer {
  const left = [...told]
  return (asked) => (left.shift() ?? accepts)(asked)
}

describe('a request', () => {
  it('carries the token, and a body in JSON', async () => {
    const server = await serve(accepts)
    await connect(server.url).write([write()], anySignal())
    expect(posts(server)[0]?.headers).toMatchObject({ authorization: `Bearer ${token}`, 'content-type': 'application/json' })
  })

  it('that is not answered in time is given up, and the server sees the connection close', async () => {
    const server = await serve(() => 'hang')
    expect(await connect(server.url, { timeoutMs: 1_000 }).write([write()], anySignal())).toMatchObject([{ code: 'unavailable' }])
    await server.closed
    expect(posts(server)).toHaveLength(1)
  })

  it('whose answer stops half-way is given up in time too', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"status":'))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    servers.push({ stop: async () => void server.close() })
    expect(
      await connect(`http://127.0.0.1:${port}`, { timeoutMs: 1_000 }).match([keys({ email: 'a@b.c' })], anySignal()),
    ).toMatchObject([{ code: 'unavailable' }])
    for (const socket of sockets) socket.destroy()
  })

  it('is cancelled by its signal, and the server sees the connection close', async () => {
    const stopping = new AbortController()
    const server = await serve(() => {
      queueMicrotask(() => stopping.abort())
      return 'hang'
    })
    const [error] = await connect(server.url).write([write()], stopping.signal)
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('cancelled') })
    await server.closed
  })

  it('is cancelled when the connector is stopped', async () => {
    const server = await serve(() => {
      queueMicrotask(() => connector.stop())
      return 'hang'
    })
    const connector = connect(server.url)
    expect(await connector.write([write()], anySignal())).toMatchObject([{ code: 'unavailable' }])
    await server.closed
  })

  it('does not follow a redirect: the token stays with baseUrl', async () => {
    const elsewhere = await serve(accepts)
    const server = await serve(() => ({ status: 307, headers: { location: `${elsewhere.url}/crm` } }))
    expect(await connect(server.url).write([write()], anySignal())).toMatchObject([{ code: 'misconfigured' }])
    expect(elsewhere.asked).toEqual([])
  })

  it('goes through the fetch that the connector was given', async () => {
    const server = await serve(accepts)
    const through: string[] = []
    const own: typeof fetch = (input, init) => {
      through.push(String(input))
      return fetch(input, init)
    }
    await connect(server.url, {}, { fetch: own }).write([write()], anySignal())
    expect(through).toHaveLength(server.asked.length)
    expect(through.length).toBeGreaterThan(0)
  })

  it('by anybody else goes out untouched, also while ours are under way', async () => {
    const other = await serve(() => ({ body: { fine: true } }))
    const server = await serve(accepts)
    const [, answer] = await Promise.all([
      connect(server.url).write([write()], anySignal()),
      fetch(other.url, { method: 'POST', body: '{}' }),
    ])
    expect(await answer.json()).toEqual({ fine: true })
    expect(other.asked[0]?.headers.authorization).toBeUndefined()
  })

  it('of two connectors keeps to its own address', async () => {
    const [one, two] = [await serve(accepts), await serve(accepts)]
    const outcomes = await Promise.all([
      connect(one.url).write([write()], anySignal()),
      connect(two.url).write([write()], anySignal()),
    ])
    expect(outcomes).toMatchObject([[{ result: 'created' }], [{ result: 'created' }]])
    expect([posts(one).length, posts(two).length]).toEqual([1, 1])
  })
})

describe('short retries', () => {
  it.each([
    ['a 500', () => ({ status: 500, body: { message: 'internal error' } })],
    ['a 502 with a page', () => ({ status: 502, body: '<html>', headers: { 'content-type': 'text/html' } })],
    ['a 503 without content type', () => ({ status: 503, body: '' })],
  ] as [string, Answer][])('get over %s', async (_, answer) => {
    const server = await serve(firstly(answer, answer))
    expect(await connect(server.url).write([write()], anySignal())).toMatchObject([{ result: 'created' }])
    expect(posts(server)).toHaveLength(3)
  })

  it('wait out a locked record for two seconds', async () => {
    const server = await serve(firstly(() => ({ status: 423 })))
    const started = performance.now()
    expect(await connect(server.url).write([write()], anySignal())).toMatchObject([{ result: 'created' }])
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_990)
  })

  it('end after three tries', async () => {
    const server = await serve(() => ({ status: 503 }))
    expect(await connect(server.url).write([write()], anySignal())).toMatchObject([{ code: 'unavailable', status: 503 }])
    expect(posts(server)).toHaveLength(3)
  })

  it.each([
    ['429', { status: 429, body: { policyName: 'SECONDLY' } }, 'rate_limited'],
    ['477', { status: 477, headers: { 'retry-after': '60' } }, 'unavailable'],
    ['503 that says when to come back', { status: 503, headers: { 'retry-after': '60' } }, 'unavailable'],
    ['401', { status: 401 }, 'unauthorized'],
  ])('are not made after a %s', async (_, told, code) => {
    const server = await serve(() => told)
    expect(await connect(server.url).write([write()], anySignal())).toMatchObject([{ code }])
    expect(posts(server)).toHaveLength(1)
  })

  it('are tried when nobody listens, and said with the reason', async () => {
    const server = await serve(accepts)
    await server.stop()
    servers.pop()
    const [error] = await connect(server.url).write([write()], anySignal())
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('ECONNREFUSED') })
  })

  it('stop waiting when the signal says so', async () => {
    const stopping = new AbortController()
    const server = await serve(() => ({ status: 423 }))
    const ignore = () => {}
    const debug = (facts: object) => 'status' in facts && facts.status === 423 && stopping.abort()
    const connector = connect(server.url, {}, { log: { debug, info: ignore, warn: ignore, error: ignore } })
    const started = performance.now()
    expect(await connector.write([write()], stopping.signal)).toMatchObject([{ code: 'unavailable' }])
    expect(performance.now() - started).toBeLessThan(1_500)
    expect(posts(server)).toHaveLength(1)
  })
})

describe('secrets and personal data', () => {
  it('stay out of every error and every log line, whatever goes wrong', async () => {
    const lines: unknown[] = []
    const keep = (facts: object, message: string) => void lines.push(facts, message)
    const log = { debug: keep, info: keep, warn: keep, error: keep }
    const told = [400, 401, 403, 404, 409, 418, 429, 500].map((status) => (asked: { headers: object; body: unknown }) => ({
      status,
      body: {
        category: 'VALIDATION_ERROR',
        message: JSON.stringify([asked.headers, asked.body]),
        errors: [{ message: JSON.stringify(asked.headers) }],
      },
    }))
    const seen = async (answer: Answer) => {
      const server = await serve(answer)
      const connector = connect(server.url, { timeoutMs: 1_000 }, { log })
      const writes = connector.write([write({ fields: { firstname: 'Jane' } })], anySignal())
      const matches = connector.match([keys({ email: 'jane@contoso.com' })], anySignal())
      const catalog = connector.catalog(anySignal()).catch((error: unknown) => [error])
      return [...(await writes), ...(await matches), await catalog].flat()
    }
    const results = await Promise.all([...told, () => 'hang' as const].map((answer) => seen(answer as Answer)))
    const shown = results
      .flat()
      .map((result) => (result instanceof Error ? [result.message, result.stack, String(result.cause), { ...result }] : result))
    expect(lines.length).toBeGreaterThan(0)
    expect(JSON.stringify([lines, shown])).not.toMatch(/pat-na1|jane|contoso|Bearer/i)
  })
})

it('asks HubSpot nothing that its last answer said it would refuse', async () => {
  const spent = { 'x-hubspot-ratelimit-remaining': '0', 'x-hubspot-ratelimit-interval-milliseconds': '10000' }
  const server = await serve(() => ({ headers: spent, body: { results: [] } }))
  const connector = connect(server.url)
  await connector.write([write()], anySignal())
  const before = server.asked.length
  expect(await connector.write([write()], anySignal())).toMatchObject([{ code: 'rate_limited' }])
  expect(server.asked).toHaveLength(before)
})
