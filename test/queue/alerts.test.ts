import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { AlertEvents, type AlertWebhook, leadKey } from '../../src/core/index.ts'
import type { Alert } from '../../src/delivery/alerts.ts'
import { type AlertParts, type RunningAlerts, startAlerts } from '../../src/queue/alerts.ts'
import { Queues } from '../../src/queue/queues.ts'
import { RedisAlertLog } from '../../src/store/alert-log.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { openStore, type StoreParts } from '../kit/store-parts.ts'
import { type Answer, type Asked, startTinyServer, type TinyServer } from '../kit/tiny-server.ts'
import { until } from '../kit/until.ts'

/** One process's connections. */
interface Connected {
  readonly store: StoreParts
  readonly queues: Queues
  close(): Promise<void>
}

let server: TestRedis
let parts: Connected
let receiver: TinyServer
/** What the receiver says next; it takes everything when there is nothing left. */
let answers: ReturnType<Answer>[]
let running: RunningAlerts[]
let recorded: ReturnType<typeof recordedLog>

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  recorded = recordedLog()
  parts = connect()
  await parts.store.redis.flushall()
  answers = []
  running = []
  receiver = await startTinyServer(() => answers.shift() ?? {})
})
afterEach(async () => {
  for (const one of running) await one.stop(0)
  await parts.close()
  await receiver.stop()
})
afterAll(() => server.stop())

function connect(): Connected {
  const store = openStore(server.url)
  const queues = new Queues(store.redis, [], recorded.log)
  return {
    store,
    queues,
    async close() {
      await queues.close()
      await store.close()
    },
  }
}

/** Short, so that what a crash leaves behind is found soon. */
const Limits = { lockMs: 2_000, stalledMs: 200 }
const Secret = 'the secret of this test'
const Path = '/hook/T0KEN'

/** As one process does it; a test may start several. */
function start(
  webhook: Partial<AlertWebhook> = {},
  { of = parts, ...more }: Partial<AlertParts> & { of?: Connected } = {},
): RunningAlerts {
  const { host } = new URL(receiver.url)
  const url = `${receiver.url}${Path}`
  const settings = { url, secret: Secret, hosts: [host], events: AlertEvents, gatherMs: 50, timeoutMs: 5_000, ...webhook }
  const one = startAlerts({
    redis: of.store.redis,
    queues: of.queues,
    gathered: new RedisAlertLog(of.store.scripts),
    settings: { webhook: settings },
    limits: Limits,
    log: recorded.log,
    fetch: globalThis.fetch,
    now: Date.now,
    firstRetryMs: 10,
    ...more,
  })
  running.push(one)
  return one
}

function parked(name: string): Alert {
  return { event: 'parked', crm: 'hubspot', lead: leadKey(name), code: 'invalid', reason: `hubspot refused ${name}.` }
}

async function told(requests: number): Promise<readonly Asked[]> {
  await until(`the receiver has been asked ${requests} times`, () => receiver.asked.length >= requests)
  return receiver.asked
}

/** Nothing is left to be sent, and nothing to send it with. */
async function settled(): Promise<void> {
  await until('nothing waits', async () => {
    const { active, delayed, waiting } = await parts.queues.alerts.getJobCounts('active', 'delayed', 'waiting')
    return active === 0 && delayed === 0 && waiting === 0 && (await parts.store.redis.keys('{leadsync}:alert*')).length === 0
  })
}

function ids(asked: readonly Asked[]): unknown[] {
  return asked.map(({ headers }) => headers['leadsync-delivery'])
}

/** What a receiver that drops what it has by its id has counted. */
function counted(asked: readonly Asked[]): number {
  const batches = new Map(asked.map(({ body }) => [body.id, body.count as number]))
  return [...batches.values()].reduce((sum, count) => sum + count, 0)
}

describe('what is sent', () => {
  it('says what happened, how often, and to which leads, in one request per event and CRM', async () => {
    const { alerts } = start()
    const before = Date.now()
    await alerts.raise(parked('a'))
    await alerts.raise(parked('b'))
    await alerts.raise({ ...parked('c'), crm: 'dynamics' })
    await alerts.raise({ event: 'unrouted', crm: null, lead: leadKey('d'), reason: null })
    await told(3)
    await settled()
    const bodies = receiver.asked.map(({ body }) => body).toSorted((a, b) => b.count - a.count || (a.event < b.event ? -1 : 1))
    expect(bodies).toMatchObject([
      {
        v: 1,
        event: 'parked',
        crm: 'hubspot',
        count: 2,
        samples: [
          { lead: leadKey('a'), code: 'invalid', reason: 'hubspot refused a.' },
          { lead: leadKey('b'), code: 'invalid', reason: 'hubspot refused b.' },
        ],
      },
      { event: 'parked', crm: 'dynamics', count: 1 },
      { event: 'unrouted', crm: null, count: 1, samples: [{ lead: leadKey('d'), code: null, reason: null }] },
    ])
    expect(Object.keys(bodies[0])).toEqual(['v', 'id', 'event', 'crm', 'count', 'since', 'until', 'samples'])
    expect(Date.parse(bodies[0].since)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(bodies[0].until)).toBeGreaterThanOrEqual(Date.parse(bodies[0].since))
    expect(receiver.asked).toHaveLength(3)
    expect(receiver.asked[0]).toMatchObject({ method: 'POST', path: Path, headers: { 'content-type': 'application/json' } })
    expect(ids(receiver.asked)).toEqual(receiver.asked.map(({ body }) => body.id))
  })

  it('is signed so that the example in the documentation takes it, and nothing that was changed, is old or is signed by another', async () => {
    const isFromLeadsync = await documented()
    await start().alerts.raise(parked('a'))
    const [{ headers, body } = expect.unreachable()] = await told(1)
    const text = JSON.stringify(body)
    const signature = String(headers['leadsync-signature'])
    const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
    expect(v1).toBe(createHmac('sha256', Secret).update(`${t}.${text}`).digest('hex'))
    expect(isFromLeadsync(text, signature, Secret)).toBe(true)
    expect(isFromLeadsync(Buffer.from(text), signature, Secret)).toBe(true)
    expect(isFromLeadsync(text.replace('"count":1', '"count":2'), signature, Secret)).toBe(false)
    expect(isFromLeadsync(text, signature.replace(t, String(Number(t) + 1)), Secret)).toBe(false)
    expect(isFromLeadsync(text, signature, `${Secret}.`)).toBe(false)
    expect(isFromLeadsync(text, signature, Secret, Date.now() + 301_000)).toBe(false)
    for (const broken of [undefined, '', 't=1', `t=${t}`, `t=${t},v1=`, `t=,v1=${v1}`]) {
      expect(isFromLeadsync(text, broken, Secret)).toBe(false)
    }
  })

  it('is told at once of a CRM that is blocked, however long the others are gathered', async () => {
    const { alerts } = start({ gatherMs: 3_600_000 })
    await alerts.raise(parked('a'))
    await alerts.raise({
      event: 'crm-blocked',
      crm: 'hubspot',
      lead: null,
      code: 'unauthorized',
      reason: 'The token is refused.',
    })
    const [first] = await told(1)
    expect(first?.body).toMatchObject({ event: 'crm-blocked', crm: 'hubspot', count: 1 })
    expect(receiver.asked).toHaveLength(1)
  })

  it('is at most two requests for a storm of 5,000, with every one counted and the first twenty shown', async () => {
    const { alerts } = start({ gatherMs: 1_500 })
    const names = Array.from({ length: 5_000 }, (_, index) => `lead ${index}`)
    await Promise.all(names.map((name) => alerts.raise(parked(name))))
    expect(await parts.store.redis.hlen('{leadsync}:alert:parked:hubspot')).toBeLessThan(30)
    await until('all are counted', () => counted(receiver.asked) === 5_000)
    await settled()
    expect(receiver.asked.length).toBeLessThanOrEqual(2)
    expect(receiver.asked[0]?.body.samples).toHaveLength(20)
    expect(receiver.asked[0]?.body.samples[0].lead).toBe(leadKey('lead 0'))
    expect(JSON.stringify(receiver.asked[0]?.body).length).toBeLessThan(16_384)
  })

  it('has one job for all that are gathered: raising any but the first asks nothing of the queue', async () => {
    const { alerts } = start({ gatherMs: 3_600_000 })
    await alerts.raise(parked('a'))
    for (const job of await parts.queues.alerts.getDelayed()) await job.remove()
    await alerts.raise(parked('b'))
    expect(await parts.queues.alerts.count()).toBe(0)
  })

  it('is nothing where the event is not asked for', async () => {
    const { alerts } = start({ events: ['unrouted'] })
    await alerts.raise(parked('a'))
    await alerts.raise({ event: 'unrouted', crm: null, lead: leadKey('b'), reason: null })
    await told(1)
    await settled()
    expect(receiver.asked.map(({ body }) => body.event)).toEqual(['unrouted'])
  })

  it('is nothing, and nothing is kept, where there is no address', async () => {
    const { alerts } = start({}, { settings: { webhook: null } })
    for (const event of AlertEvents) await alerts.raise({ ...parked('a'), event })
    expect(await parts.store.redis.keys('{leadsync}:*')).toEqual([])
    expect(await parts.queues.alerts.count()).toBe(0)
  })
})

describe('a receiver that does not take it', () => {
  it.each<[string, ReturnType<Answer>]>([
    ['answers 500', { status: 500 }],
    ['answers 404', { status: 404 }],
    ['answers 429 without saying for how long', { status: 429 }],
    ['sends it elsewhere', { status: 307, headers: { location: '/elsewhere' } }],
    ['does not answer in time', 'hang'],
    ['ends the connection', 'reset'],
  ])('and %s gets the same request again, newly signed', async (_, answer) => {
    answers = [answer, answer]
    await start({ timeoutMs: 200 }).alerts.raise(parked('a'))
    const asked = await told(3)
    await settled()
    expect(asked).toHaveLength(3)
    expect(new Set(ids(asked)).size).toBe(1)
    expect(new Set(asked.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(asked.map(({ path }) => path)).toEqual([Path, Path, Path])
    expect(recorded.lines.map(({ level }) => level)).toEqual(['warn', 'warn', 'debug'])
  })

  it.each([408, 429, 503])('is left alone for as long as its Retry-After asks: %i', async (status) => {
    answers = [{ status, headers: { 'retry-after': '1' } }]
    await start().alerts.raise(parked('a'))
    await told(1)
    const first = performance.now()
    await told(2)
    expect(performance.now() - first).toBeGreaterThan(900)
  })

  it('is given up after ten tries, which the log says, and what comes then is sent as ever', async () => {
    answers = Array.from({ length: 10 }, () => ({ status: 500 }))
    const { alerts } = start({}, { firstRetryMs: 0.05 })
    await alerts.raise(parked('a'))
    await until('it is given up', async () => (await parts.queues.alerts.getFailedCount()) === 1)
    await settled()
    expect(new Set(ids(receiver.asked)).size).toBe(1)
    expect(receiver.asked).toHaveLength(10)
    const given = recorded.lines.filter(({ level }) => level === 'error')
    expect(given).toMatchObject([{ facts: { event: 'parked', crm: 'hubspot', count: 1, tries: 10 } }])
    await alerts.raise(parked('b'))
    const asked = await told(11)
    expect(asked[10]?.body).toMatchObject({ count: 1, samples: [{ lead: leadKey('b') }] })
  })

  it('gets what comes meanwhile in one request, after the one that it did not take', async () => {
    answers = [{ status: 503, headers: { 'retry-after': '2' } }]
    const { alerts } = start()
    await alerts.raise(parked('a'))
    await told(1)
    for (let at = 0; at < 30; at++) await alerts.raise(parked(`b${at}`))
    const asked = await told(3)
    await settled()
    expect(asked.map(({ body }) => body.count)).toEqual([1, 1, 30])
    expect(ids(asked)[0]).toBe(ids(asked)[1])
    expect(counted(asked)).toBe(31)
  })

  it('is not read to an end that never comes', async () => {
    const endless = createServer((request, response) => {
      request.resume()
      const more = () => response.write('x'.repeat(65_536), () => setImmediate(more))
      more()
    })
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve))
    onTestFinished(async () => {
      endless.closeAllConnections()
      await new Promise((resolve) => endless.close(resolve))
    })
    const { port } = endless.address() as AddressInfo
    const { alerts } = start({ url: `http://127.0.0.1:${port}/`, hosts: [`127.0.0.1:${port}`] })
    await alerts.raise(parked('a'))
    await settled()
    expect(recorded.lines.map(({ level }) => level)).toEqual(['debug'])
  })
})

describe('nothing goes', () => {
  it('where a redirect leads', async () => {
    const elsewhere = await startTinyServer(() => ({}))
    onTestFinished(() => elsewhere.stop())
    answers = [301, 302, 303, 307, 308].map((status) => ({ status, headers: { location: elsewhere.url } }))
    const { host } = new URL(elsewhere.url)
    await start({ hosts: [new URL(receiver.url).host, host] }).alerts.raise(parked('a'))
    await told(6)
    await settled()
    expect(elsewhere.asked).toEqual([])
  })

  it.each([
    ['another host', 'hooks.example.com'],
    ['the same host without its port', '127.0.0.1'],
  ])('to a host that is not listed, even if the settings were never checked: only %s is', async (_, host) => {
    await start({ hosts: [host] }, { firstRetryMs: 0.05 }).alerts.raise(parked('a'))
    await until('it is given up', async () => (await parts.queues.alerts.getFailedCount()) === 1)
    expect(receiver.asked).toEqual([])
    const [job] = await parts.queues.alerts.getFailed()
    expect(job?.failedReason).toBe('Its host is not in alerts.webhook.hosts.')
  })

  it('into the log or the job view: no secret, no path of the address, no reason and no signature', async () => {
    answers = [{ status: 500, body: 'the answer' }, 'reset', 'hang', ...Array.from({ length: 7 }, () => ({ status: 400 }))]
    await start({ timeoutMs: 100 }, { firstRetryMs: 0.05 }).alerts.raise(parked('a'))
    await until('it is given up', async () => (await parts.queues.alerts.getFailedCount()) === 1)
    expect(recorded.lines).toHaveLength(10)
    const jobs = await parts.queues.alerts.getFailed()
    const seen = JSON.stringify([recorded.lines, jobs.map((job) => job.asJSON())])
    expect(seen).not.toMatch(/the secret of|T0KEN|refused a|v1=|the answer/)
    expect(seen).toContain('It answered 400.')
  })
})

describe('a process that ends in the middle', () => {
  /** Another process's connections to the same Redis. */
  function another(): Connected {
    const other = connect()
    onTestFinished(() => other.close())
    return other
  }

  it('leaves what it was sending to another one, which sends the same under the same id, and what came since after it', async () => {
    answers = ['hang']
    const first = start()
    await first.alerts.raise(parked('a'))
    await first.alerts.raise(parked('b'))
    await told(1)
    // It has looked for lost batches before the first one ends, and does not for a minute.
    const second = start({}, { of: another() })
    for (const name of ['c', 'd', 'e']) await second.alerts.raise(parked(name))
    expect(receiver.asked).toHaveLength(1)
    await first.stop(0)

    const asked = await told(3)
    await settled()
    expect(asked.map(({ body }) => body.count)).toEqual([2, 2, 3])
    // An end of ours is no try of the receiver's.
    expect(recorded.lines.filter(({ message }) => message.includes('will be again'))).toEqual([])
    expect(asked[1]?.body).toEqual(asked[0]?.body)
    expect(counted(asked)).toBe(5)
  })

  it('and loses Redis after the receiver has taken it has it sent once more, under the same id', async () => {
    const dying = another()
    const first = start(
      {},
      {
        of: dying,
        async fetch(input, init) {
          const answer = await globalThis.fetch(input, init)
          dying.store.redis.disconnect()
          return answer
        },
      },
    )
    await first.alerts.raise(parked('a'))
    await told(1)
    const second = start()
    await second.alerts.raise(parked('b'))
    const asked = await told(3)
    await settled()
    expect(ids(asked)[1]).toBe(ids(asked)[0])
    expect(counted(asked)).toBe(2)
  })

  it.each(['before its job was added', 'and its job was removed from the board'])(
    '%s loses no alert: the next start finds the batch',
    async (when) => {
      const log = new RedisAlertLog(parts.store.scripts)
      const { batch } = await log.gather(parked('a'), Date.now())
      if (when.startsWith('and')) await log.take(batch)
      await log.gather(parked('b'), Date.now())
      start()
      await until('both are counted', () => counted(receiver.asked) === 2)
      await settled()
    },
  )

  it('or cannot be noted as Redis is away: raising it does not fail', async () => {
    const dying = another()
    const { alerts } = start({}, { of: dying })
    dying.store.redis.disconnect()
    await alerts.raise(parked('a'))
    expect(recorded.lines.map(({ message }) => message)).toContain('an alert could not be noted')
  })
})

type Verify = (body: string | Buffer, signature: string | undefined, secret: string, now?: number) => boolean

/** The example of docs/alerts.md, as a reader would copy it. */
async function documented(): Promise<Verify> {
  const page = await readFile(new URL('../../docs/alerts.md', import.meta.url), 'utf8')
  const example = /```js\n([\s\S]+?)```/.exec(page)?.[1] ?? ''
  const dir = await mkdtemp(join(tmpdir(), 'leadsync-example-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const file = join(dir, 'verify.mjs')
  await writeFile(file, example)
  const { isFromLeadsync } = await import(pathToFileURL(file).href)
  return isFromLeadsync as Verify
}
