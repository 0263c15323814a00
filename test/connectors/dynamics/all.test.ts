import { describe, expect, it, onTestFinished } from 'vitest'
import type { Api } from '../../../connectors/dynamics/api.ts'
import type { Operation, Reply } from '../../../connectors/dynamics/requests/operation.ts'
import { type Answer, type Asked, startTinyServer, type Told } from '../../kit/tiny-server.ts'
import { anySignal, batchAnswer, openApi, type Part, partsOf, Root, refusal } from './tiny-environment.ts'
import { startTinyLogin } from './tiny-login.ts'

async function serve(answer: Answer) {
  const server = await startTinyServer(answer)
  onTestFinished(() => server.stop())
  return server
}

const operation = (n: number): Operation => ({ method: 'PATCH', path: `leads(${n})`, body: { n } })
const operations = (count: number) => Array.from({ length: count }, (_, n) => operation(n))
const isBatch = ({ path }: Pick<Asked, 'path'>) => path === `${Root}$batch`
const numberOf = ({ path }: Pick<Part, 'path'>) => Number(/\((\d+)\)/.exec(path)?.[1])
const done = (n: number): Told => ({ body: { n } })

/** Answers each operation, in batches or alone. */
function each(answer: (n: number) => Told): Answer {
  return (asked) => (isBatch(asked) ? batchAnswer(partsOf(asked).map((part) => answer(numberOf(part)))) : answer(numberOf(asked)))
}

const numbers = (replies: readonly Reply[]) =>
  replies.map((reply) => (reply.kind === 'ok' ? (reply.body as { n: number }).n : reply.error.code))
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('many operations', () => {
  it.each([
    [1, 100, 1, 0],
    [2, 100, 0, 1],
    [100, 100, 0, 1],
    [101, 100, 1, 1],
    [250, 100, 0, 3],
    [5, 1, 5, 0],
  ])('%i of them, %i to a batch, are %i single requests and %i batches', async (count, batchSize, singles, batches) => {
    const server = await serve(each(done))
    expect(numbers(await openApi(server.url, { batchSize }).all(operations(count), anySignal()))).toEqual(upTo(count))
    expect([server.asked.filter((asked) => !isBatch(asked)).length, server.asked.filter(isBatch).length]).toEqual([
      singles,
      batches,
    ])
  })

  it('go on after one that fails, and each is judged by itself', async () => {
    const server = await serve(
      each((n) => {
        if (n === 1) return { status: 412, body: refusal('0x80060892') }
        return n === 3 ? { status: 400, body: refusal('0x80044331', "'n'") } : done(n)
      }),
    )
    const replies = await openApi(server.url).all(operations(5), anySignal())
    expect(numbers(replies)).toEqual([0, 'conflict', 2, 'invalid', 4])
    expect(replies[3]).toMatchObject({ fields: ['n'], code: '0x80044331', error: { status: 400 } })
    expect(server.asked[0]?.headers).toMatchObject({ prefer: 'odata.continue-on-error' })
  })

  it('of none asks nothing', async () => {
    const server = await serve(each(done))
    expect(await openApi(server.url).all([], anySignal())).toEqual([])
    expect(server.asked).toEqual([])
  })

  it('of which one has an address that gateways cut goes in a batch all the same', async () => {
    const server = await serve((asked) => batchAnswer(partsOf(asked).map(() => done(0))))
    const path = `leads?$filter=emailaddress1%20eq%20'${'x'.repeat(5_000)}'`
    expect(await openApi(server.url).get(path, anySignal())).toMatchObject({ kind: 'ok' })
    expect(partsOf(server.asked[0] ?? { headers: {}, body: '' })).toMatchObject([{ path: `${Root}${path}` }])
  })

  it.each([1, 100])('are previewed as they are sent (%i to a batch)', async (batchSize) => {
    const server = await serve(each(done))
    const api = openApi(server.url, { batchSize })
    const previewed = api.preview(operations(3))
    expect(server.asked).toEqual([])
    await api.all(operations(3), anySignal())
    const sent = server.asked.map(({ method, path, body }) => ({ method, path, body }))
    expect(sent).toHaveLength(batchSize === 1 ? 3 : 1)
    expect(previewed).toEqual(expect.arrayContaining(sent))
  })

  it('are never more at once than configured, and never more than it recommends', async () => {
    let busy = 0
    let most = 0
    const slowly: typeof fetch = async (input, init) => {
      busy += 1
      most = Math.max(most, busy)
      const response = await fetch(input, init)
      await new Promise((resolve) => setImmediate(resolve))
      busy -= 1
      return response
    }
    const server = await serve((asked) => ({ ...done(numberOf(asked)), headers: { 'x-ms-dop-hint': '2' } }))
    const api = openApi(server.url, { batchSize: 1, concurrentRequests: 6 }, { fetch: slowly })
    await api.all(operations(12), anySignal())
    expect(most).toBeGreaterThan(2)
    expect(most).toBeLessThanOrEqual(6)
    most = 0
    await Promise.all([api.all(operations(12), anySignal()), api.all(operations(12), anySignal())])
    expect(most).toBe(2)
  })
})

describe('what time may mend', () => {
  it('is sent again without the others', async () => {
    const rounds: number[][] = []
    const server = await serve((asked) => {
      const parts = isBatch(asked) ? partsOf(asked).map(numberOf) : [numberOf(asked)]
      rounds.push(parts)
      return each((n) => (n === 2 && rounds.length < 3 ? { status: 500, body: refusal('0x80044150') } : done(n)))(asked)
    })
    expect(numbers(await openApi(server.url).all(operations(4), anySignal()))).toEqual([0, 1, 2, 3])
    expect(rounds).toEqual([[0, 1, 2, 3], [2], [2]])
  })

  it('is a part that the answer lacks: the operation is sent again, and never taken for its neighbour', async () => {
    let times = 0
    const server = await serve((asked) => {
      if (!isBatch(asked)) return done(numberOf(asked))
      times += 1
      const whole = batchAnswer(partsOf(asked).map((part) => done(numberOf(part))))
      return times === 1 ? { ...whole, body: String(whole.body).slice(0, String(whole.body).lastIndexOf('HTTP/1.1')) } : whole
    })
    expect(numbers(await openApi(server.url).all(operations(3), anySignal()))).toEqual([0, 1, 2])
    expect(server.asked.map(({ path }) => path)).toEqual([`${Root}$batch`, `${Root}leads(2)`])
  })

  it.each([
    ['nothing', { body: '' }],
    ['no parts', batchAnswer([])],
    ['parts that are none', { body: 'zaphod' }],
    ['more parts than operations', batchAnswer([done(0), done(1), done(2)])],
  ])('is a batch that comes back with %s: it is sent once more, then the queue waits', async (_, { body }) => {
    const server = await serve(() => ({ ...batchAnswer([]), body }))
    expect(numbers(await openApi(server.url).all(operations(2), anySignal()))).toEqual(['unavailable', 'unavailable'])
    expect(server.asked).toHaveLength(2)
  })

  it('of one batch concerns no other', async () => {
    const rounds: number[][] = []
    const server = await serve((asked) => {
      const parts = partsOf(asked).map(numberOf)
      rounds.push(parts)
      return batchAnswer(parts.filter((n) => n > 1).map(done))
    })
    const api = openApi(server.url, { batchSize: 2, concurrentRequests: 1 })
    expect(numbers(await api.all(operations(4), anySignal()))).toEqual(['unavailable', 'unavailable', 2, 3])
    expect(rounds).toEqual([
      [0, 1],
      [2, 3],
      [0, 1],
    ])
  })

  it('is a page instead of an answer', async () => {
    const server = await serve(() => ({ body: '<html>' }))
    expect(numbers(await openApi(server.url).all(operations(2), anySignal()))).toEqual(['unavailable', 'unavailable'])
  })

  it('is a yes without a word, which the API says by 204 alone', async () => {
    const server = await serve((asked) => (isBatch(asked) ? { body: '<html>' } : { status: 200, body: '' }))
    expect(numbers(await openApi(server.url).all(operations(1), anySignal()))).toEqual(['unavailable'])
    const silent = await serve(() => ({ status: 204, body: '' }))
    expect(await openApi(silent.url).all(operations(1), anySignal())).toMatchObject([{ kind: 'ok', status: 204 }])
  })

  it('is a server that stops at the first failure', async () => {
    const server = await serve((asked) => {
      if (!isBatch(asked)) return done(numberOf(asked))
      const parts = partsOf(asked).map(numberOf)
      if (!parts.includes(1)) return batchAnswer(parts.map(done))
      const { headers, body } = batchAnswer([done(0), { status: 400, body: refusal('0x80044331') }])
      return { status: 400, headers: headers ?? {}, body }
    })
    expect(numbers(await openApi(server.url).all(operations(4), anySignal()))).toEqual([0, 'invalid', 2, 3])
  })
})

describe('a batch that is refused as a whole', () => {
  it.each([413, 414, 431])('for its size (%i) is sent in smaller ones', async (status) => {
    const server = await serve((asked) => {
      if (isBatch(asked) && partsOf(asked).length > 3) return { status, body: '<html>' }
      return each(done)(asked)
    })
    const api = openApi(server.url)
    expect(numbers(await api.all(operations(10), anySignal()))).toEqual(upTo(10))
    expect(server.asked.length).toBeLessThanOrEqual(7)
  })

  it('for one operation that is too long concerns nobody else', async () => {
    const server = await serve((asked) => {
      const parts = isBatch(asked) ? partsOf(asked).map(numberOf) : [numberOf(asked)]
      return parts.includes(4) ? { status: 413, body: '' } : each(done)(asked)
    })
    expect(numbers(await openApi(server.url).all(operations(6), anySignal()))).toEqual([0, 1, 2, 3, 'protocol', 5])
  })

  it.each([[''], [refusal('0x80060888')]])('because it is not understood (400 %j) is sent one by one', async (body) => {
    const server = await serve((asked) => (isBatch(asked) ? { status: 400, body } : done(numberOf(asked))))
    expect(numbers(await openApi(server.url).all(operations(3), anySignal()))).toEqual([0, 1, 2])
  })
})

it('a batch that takes longer than a request may is made smaller for a while: one slow record costs itself alone', async () => {
  const clock = { now: Date.now() }
  const isSlow = (asked: Asked) => (isBatch(asked) ? partsOf(asked).map(numberOf) : [numberOf(asked)]).includes(1)
  const server = await serve((asked) => (isSlow(asked) ? 'hang' : each(done)(asked)))
  const api = openApi(server.url, { timeoutMs: 1_000 }, { now: () => clock.now })
  const rounds: unknown[][] = []
  for (let round = 0; round < 3; round += 1) rounds.push(numbers(await api.all(operations(4), anySignal())))
  expect(rounds).toEqual([Array(4).fill('unavailable'), ['unavailable', 'unavailable', 2, 3], [0, 'unavailable', 2, 3]])
  expect(api.preview(operations(4))).toHaveLength(4)
  clock.now += 10 * 60_000
  expect(api.preview(operations(4))).toHaveLength(1)
})

describe('an answer that names another record than was asked for', () => {
  const id = (n: number) => `5e9f9b2c-97af-4ab8-b1b2-6e4a0d1b0a1${n}`
  const writes = [1, 2].map((n): Operation => ({ method: 'PATCH', path: `leads(${id(n)})?$select=leadid`, body: { n } }))
  const named = (n: number): Told => ({ status: 201, body: { leadid: id(n) } })
  const entity = (n: number): Told => ({ status: 204, headers: { 'OData-EntityId': `https://a.example${Root}leads(${id(n)})` } })

  it.each([
    ['in its representation', [named(2), named(1)]],
    ['in OData-EntityId', [entity(2), entity(1)]],
    [
      'of another table',
      [
        { status: 201, body: { contactid: id(1) } },
        { status: 201, body: { contactid: id(2) } },
      ],
    ],
  ])('%s is never taken: it is asked once more, then the queue waits', async (_, told) => {
    const server = await serve(() => batchAnswer(told))
    expect(numbers(await openApi(server.url).all(writes, anySignal()))).toEqual(['unavailable', 'unavailable'])
    expect(server.asked).toHaveLength(2)
  })

  it('is never taken of a single request either, and the right one is', async () => {
    const told = [named(2), named(1)]
    const server = await serve(() => told.shift() ?? {})
    expect(await openApi(server.url).all(writes.slice(0, 1), anySignal())).toMatchObject([
      { kind: 'ok', body: { leadid: id(1) } },
    ])
    expect(server.asked).toHaveLength(2)
  })

  it('is put in its place where the parts are named', async () => {
    const server = await serve(() => batchAnswer([named(2), entity(1)], [2, 1]))
    expect(await openApi(server.url).all(writes, anySignal())).toMatchObject([{ status: 204 }, { body: { leadid: id(2) } }])
    expect(server.asked).toHaveLength(1)
  })
})

describe('a part of a batch whose token was refused', () => {
  const mixed = (isGood: (asked: Asked) => boolean) => (asked: Asked) => {
    const answer = (n: number): Told => (n === 1 && !isGood(asked) ? { status: 401 } : done(n))
    return each(answer)(asked)
  }

  it('is sent again with a new one, without the others', async () => {
    const login = await startTinyLogin()
    onTestFinished(() => login.server.stop())
    const server = await serve(mixed(({ headers }) => headers.authorization !== 'Bearer token-1'))
    expect(numbers(await openApi(server.url, login.settings).all(operations(3), anySignal()))).toEqual([0, 1, 2])
    expect(server.asked.map(({ path }) => path)).toEqual([`${Root}$batch`, `${Root}leads(1)`])
    expect(login.forTokens()).toHaveLength(2)
  })

  it('is unauthorized when the new one is refused as well', async () => {
    const login = await startTinyLogin()
    onTestFinished(() => login.server.stop())
    const server = await serve(mixed(() => false))
    expect(numbers(await openApi(server.url, login.settings).all(operations(3), anySignal()))).toEqual([0, 'unauthorized', 2])
    expect([server.asked.length, login.forTokens().length]).toEqual([2, 2])
  })

  it('says so in words of its own where the token was given', async () => {
    const server = await serve(mixed(() => false))
    const replies = await openApi(server.url).all(operations(3), anySignal())
    expect(replies[1]).toMatchObject({ error: { code: 'unauthorized', message: expect.stringContaining('`token`') } })
  })
})

describe('an environment that takes no batches', () => {
  it.each([
    // The second one has nothing in it: were it taken, what is in the first would be to blame.
    [403, '<html>', 2],
    [404, '', 1],
    [404, refusal('0x8006088a'), 1],
    [405, '', 1],
    [501, '', 1],
  ])('(%i %j) gets single requests, and for an hour no batch', async (status, body, batches) => {
    const clock = { now: Date.now() }
    const server = await serve((asked) => (isBatch(asked) ? { status, body } : done(numberOf(asked))))
    const api = openApi(server.url, {}, { now: () => clock.now })
    expect(numbers(await api.all(operations(3), anySignal()))).toEqual([0, 1, 2])
    expect(numbers(await api.all(operations(3), anySignal()))).toEqual([0, 1, 2])
    expect(server.asked.filter(isBatch)).toHaveLength(batches)
    expect(api.preview(operations(3))).toHaveLength(3)
    clock.now += 60 * 60_000
    await api.all(operations(3), anySignal())
    expect(server.asked.filter(isBatch)).toHaveLength(2 * batches)
  })

  it.each(['0x80072560', '0x80040220'])('is not one that says %s: that is about the application user', async (code) => {
    const server = await serve(() => ({ status: 403, body: refusal(code) }))
    expect(numbers(await openApi(server.url).all(operations(3), anySignal()))).toEqual(Array(3).fill('misconfigured'))
    expect(server.asked).toHaveLength(1)
  })

  it('is not one that takes nothing at all', async () => {
    const server = await serve(() => ({ status: 403, body: '<html>' }))
    const api = openApi(server.url, { concurrentRequests: 1 })
    expect(numbers(await api.all(operations(3), anySignal()))).toEqual(Array(3).fill('misconfigured'))
    expect(server.asked).toHaveLength(3)
    await api.all(operations(3), anySignal())
    expect(server.asked.filter(isBatch)).toHaveLength(4)
  })
})

it.each([
  [{ status: 403, body: refusal('0x80072560') }, 'misconfigured'],
  [{ status: 429, headers: { 'retry-after': '9' } }, 'rate_limited'],
  [{ status: 503, headers: { 'retry-after': '9' } }, 'unavailable'],
])('what is said to one request and meets all (%j) is not asked for by the others', async (told, code) => {
  const server = await serve(() => told)
  const api = openApi(server.url, { batchSize: 1, concurrentRequests: 1 })
  expect(numbers(await api.all(operations(5), anySignal()))).toEqual(Array(5).fill(code))
  expect(server.asked).toHaveLength(1)
})

it('a privilege that lacks for one table stops nothing else', async () => {
  const server = await serve(each((n) => (n === 0 ? { status: 403, body: refusal('0x80040220') } : done(n))))
  const api = openApi(server.url, { batchSize: 1, concurrentRequests: 1 })
  expect(numbers(await api.all(operations(3), anySignal()))).toEqual(['misconfigured', 1, 2])
})

describe('service protection', () => {
  async function open(told: { next: Told }, configured = 4) {
    const clock = { now: Date.parse('2026-11-23T12:00:00Z') }
    const server = await serve((asked) => (told.next.status === undefined ? each(done)(asked) : told.next))
    const api = openApi(server.url, { batchSize: 1, concurrentRequests: configured }, { now: () => clock.now })
    return { clock, server, api }
  }
  const limited = (code: string, seconds = '317'): Told => ({
    status: 429,
    headers: { 'retry-after': seconds },
    body: refusal(code),
  })
  const ask = (api: Api) => api.get('leads(0)', anySignal())

  it.each(['0x80072322', '0x80072321', '0x80072326'])(
    '%s: nothing is sent before the whole Retry-After is over',
    async (code) => {
      const told = { next: limited(code) }
      const { clock, server, api } = await open(told)
      expect(await ask(api)).toMatchObject({ code, error: { code: 'rate_limited', retryAfterMs: 317_000 } })
      told.next = {}
      clock.now += 316_000
      expect(await ask(api)).toMatchObject({ error: { code: 'rate_limited', retryAfterMs: 1_000, status: 429 } })
      expect(server.asked).toHaveLength(1)
      clock.now += 1_000
      expect(await ask(api)).toMatchObject({ kind: 'ok' })
      expect(server.asked).toHaveLength(2)
    },
  )

  it('is heard from one part of a batch as well', async () => {
    const server = await serve(each((n) => (n === 1 ? limited('0x80072321') : done(n))))
    const api = openApi(server.url)
    expect(numbers(await api.all(operations(3), anySignal()))).toEqual([0, 'rate_limited', 2])
    expect(await ask(api)).toMatchObject({ error: { code: 'rate_limited' } })
    expect(server.asked).toHaveLength(1)
  })

  it('without a Retry-After holds for ten seconds', async () => {
    const told: { next: Told } = { next: { status: 429, body: '' } }
    const { clock, server, api } = await open(told)
    await ask(api)
    told.next = {}
    clock.now += 9_000
    expect(await ask(api)).toMatchObject({ error: { code: 'rate_limited', retryAfterMs: 1_000 } })
    clock.now += 1_000
    expect(await ask(api)).toMatchObject({ kind: 'ok' })
    expect(server.asked).toHaveLength(2)
  })
})
