import { afterEach, describe, expect, it } from 'vitest'
import { query, type Soql } from '../../../connectors/salesforce/requests/query.ts'
import { literal } from '../../../connectors/salesforce/requests/soql.ts'
import { DeliveryError } from '../../../src/core/index.ts'
import { type Answer, anySignal, apiRequests, openApi, startTinyServer, type TinyServer, tinyOrg } from './tiny-org.ts'

const servers: TinyServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function serve(answer: Answer): Promise<TinyServer> {
  const server = await startTinyServer(tinyOrg(answer).answer)
  servers.push(server)
  return server
}

const Next = '/services/data/v68.0/query/01gRO0000016PIAYA2-2000'

type Part = (soql: string) => { status?: number; body: unknown }

/** Answers each query of a composite by itself, in another order than it was asked. */
function composite(part: Part, more?: Answer): Answer {
  return (asked) => {
    if (asked.method !== 'POST') return more?.(asked) ?? { status: 404 }
    const parts = asked.body.compositeRequest.map(({ url, referenceId }: { url: string; referenceId: string }) => {
      const { status = 200, body } = part(new URL(url, 'http://x').searchParams.get('q') ?? '')
      return { body, httpHeaders: {}, httpStatusCode: status, referenceId }
    })
    return { body: { compositeResponse: parts.reverse() } }
  }
}

const page = (names: readonly string[], next?: string) => ({
  totalSize: names.length,
  done: next === undefined,
  ...(next === undefined ? {} : { nextRecordsUrl: next }),
  records: names.map((Name) => ({ attributes: { type: 'Lead' }, Name })),
})
const echo: Part = (soql) => ({ body: page([soql]) })

function ask(
  server: TinyServer,
  queries: readonly Soql[],
  onRefusal?: (index: number, refusal: { statusCode: string | null }) => void,
) {
  const api = openApi(server.url)
  return query(queries, { api, crm: 'sales', signal: anySignal(), ...(onRefusal ? { onRefusal } : {}) })
}

const named = (names: readonly string[]) => names.map((Name) => expect.objectContaining({ Name }))

describe('queries', () => {
  it('go out five in a request, and come back in the order they were asked', async () => {
    const server = await serve(composite(echo))
    const queries = Array.from({ length: 12 }, (_, index) => ({
      soql: `SELECT Id FROM Lead WHERE Name = ${literal(`a&b=${index}`)}`,
    }))
    expect(await ask(server, queries)).toEqual(queries.map(({ soql }) => named([soql])))
    expect(apiRequests(server.asked).map(({ body }) => body.compositeRequest.length)).toEqual([5, 5, 2])
  })

  it('may be longer than an address can be', async () => {
    const server = await serve(composite(echo))
    const soql = `SELECT Id FROM Lead WHERE Name = ${literal('ø'.repeat(30_000))}`
    expect(await ask(server, [{ soql }])).toEqual([named([soql])])
    expect(apiRequests(server.asked)[0]?.path).toBe('/services/data/v68.0/composite')
  })

  it('look into the recycle bin only when asked to', async () => {
    const server = await serve(composite(echo))
    await ask(server, [{ soql: 'a' }, { soql: 'b', includeDeleted: true }])
    const [request] = apiRequests(server.asked)
    expect(request?.body.compositeRequest.map(({ url }: { url: string }) => url)).toEqual([
      '/services/data/v68.0/query?q=a',
      '/services/data/v68.0/queryAll?q=b',
    ])
  })

  it('bring all their pages', async () => {
    const pages = [page(['c', 'd'], Next), page(['e'])]
    const server = await serve(
      composite(
        () => ({ body: page(['a', 'b'], Next) }),
        () => ({ body: pages.shift() }),
      ),
    )
    expect(await ask(server, [{ soql: 'x' }])).toEqual([named(['a', 'b', 'c', 'd', 'e'])])
    expect(apiRequests(server.asked).slice(1)).toMatchObject([
      { method: 'GET', path: Next },
      { method: 'GET', path: Next },
    ])
  })

  it('none at all ask nothing', async () => {
    const server = await serve(composite(echo))
    expect(await ask(server, [])).toEqual([])
    expect(server.asked).toEqual([])
  })
})

describe('a refused query', () => {
  it('fails by itself, and tells its code', async () => {
    const bad = { status: 400, body: [{ errorCode: 'INVALID_FIELD', message: "No such column 'zaphod'" }] }
    const server = await serve(composite((soql) => (soql.startsWith('bad') ? bad : { body: page([soql]) })))
    const told: unknown[] = []
    const queries = ['a', 'bad', 'b', 'c', 'd', 'e', 'bad 2'].map((soql) => ({ soql }))
    const found = await ask(server, queries, (index, { statusCode }) => told.push([index, statusCode]))
    expect(told).toEqual([
      [1, 'INVALID_FIELD'],
      [6, 'INVALID_FIELD'],
    ])
    expect(found.map((one) => (one instanceof DeliveryError ? one.code : one.length))).toEqual([
      1,
      'invalid',
      1,
      1,
      1,
      1,
      'invalid',
    ])
  })

  it('with the whole request fails with it', async () => {
    const server = await serve(() => ({ status: 403, body: [{ errorCode: 'API_DISABLED_FOR_ORG' }] }))
    expect(await ask(server, [{ soql: 'a' }, { soql: 'b' }])).toMatchObject([
      { code: 'misconfigured' },
      { code: 'misconfigured' },
    ])
  })

  it('on a later page has nothing: half an answer is none', async () => {
    const server = await serve(
      composite(
        () => ({ body: page(['a'], Next) }),
        () => ({ status: 400, body: [{ errorCode: 'INVALID_QUERY_LOCATOR' }] }),
      ),
    )
    expect(await ask(server, [{ soql: 'x' }])).toMatchObject([{ code: 'unavailable' }])
  })

  it.each<[string, Answer]>([
    ['something else', () => ({ body: { fine: true } })],
    ['fewer parts', () => ({ body: { compositeResponse: [] } })],
    ['no records', composite(() => ({ body: { done: true } }))],
    ['a page that is not the last and names no other', composite(() => ({ body: { done: false, records: [] } }))],
    ['an address elsewhere', composite(() => ({ body: page(['a'], 'https://evil.example/x') }))],
    [
      'pages without an end',
      composite(
        () => ({ body: page(['a'], Next) }),
        () => ({ body: page(['b'], Next) }),
      ),
    ],
  ])('is one whose answer is %s', async (_, answer) => {
    const server = await serve(answer)
    const [error] = await ask(server, [{ soql: 'x' }])
    expect(error).toMatchObject({ code: 'protocol' })
    expect(server.asked.length).toBeLessThan(110)
  })
})
