import { afterEach, describe, expect, it } from 'vitest'
import type { Reply } from '../../../connectors/salesforce/api.ts'
import { type Answer, anySignal, apiRequests, openApi, startTinyServer, type TinyServer, type Told, tinyOrg } from './tiny-org.ts'

const servers: TinyServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

const limitsPath = '/services/data/v68.0/limits'
const rows = '/services/data/v68.0/composite/sobjects'
const minute = 60_000
const exceeded = { status: 403, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'zaphod' }] }
const counted = (count: string) => ({ 'sforce-limit-info': count })
const left = (Remaining: number): Told => ({ body: { DailyApiRequests: { Max: 15_000, Remaining } } })

/** An org whose answers to rows and to `/limits` can be changed, at a time that stands still unless it is told. */
async function openOrg(told: { rows: Told; limits?: Told }) {
  const clock = { now: Date.parse('2026-11-23T12:00:00Z') }
  const says = { limits: left(1_000), ...told }
  const answer: Answer = ({ path }) => (path === limitsPath ? says.limits : says.rows)
  const server = await startTinyServer(tinyOrg(answer).answer)
  servers.push(server)
  const api = openApi(server.url, {}, { now: () => clock.now })
  const ask = (): Promise<Reply> => api.send('PATCH', rows, { records: [] }, anySignal())
  const asked = () => apiRequests(server.asked).map(({ path }) => (path === limitsPath ? 'limits' : 'rows'))
  return { clock, says, api, ask, asked }
}

function refusedAs(reply: Reply) {
  return reply.kind === 'refused' ? [reply.error.code, reply.error.retryAfterMs, reply.statusCode] : reply.kind
}

const day = ['quota_exhausted', 15 * minute, 'REQUEST_LIMIT_EXCEEDED']
const moment = ['rate_limited', 5_000, 'REQUEST_LIMIT_EXCEEDED']

describe('REQUEST_LIMIT_EXCEEDED', () => {
  it.each([
    ['counts all used', { ...exceeded, headers: counted('api-usage=15000/15000') }, left(0), day, ['rows']],
    ['counts more than all', { ...exceeded, headers: counted('api-usage=15001/15000') }, left(0), day, ['rows']],
    [
      "counts the app's share as used",
      { ...exceeded, headers: counted('api-usage=9/15000; per-app-api-usage=250/250(appName=x)') },
      left(9),
      day,
      ['rows'],
    ],
    ['counts some left', { ...exceeded, headers: counted('api-usage=18/15000') }, left(0), moment, ['rows']],
    ['counts nothing, and /limits has none left', exceeded, left(0), day, ['rows', 'limits']],
    ['counts nothing, and /limits has some left', exceeded, left(7), moment, ['rows', 'limits']],
    ['counts nothing, and /limits is refused too', exceeded, exceeded, day, ['rows', 'limits']],
    ['counts nothing, and /limits may not be read', exceeded, { status: 403 }, day, ['rows', 'limits']],
  ])('that %s is told apart without its text', async (_, told, limits, refusal, asked) => {
    const org = await openOrg({ rows: told, limits })
    expect(refusedAs(await org.ask())).toEqual(refusal)
    expect(org.asked()).toEqual(asked)
  })

  it('keeps the time that something in front of Salesforce asks for', async () => {
    const org = await openOrg({ rows: { ...exceeded, headers: { 'retry-after': '120' } }, limits: left(0) })
    expect(refusedAs(await org.ask())).toEqual(['quota_exhausted', 120_000, 'REQUEST_LIMIT_EXCEEDED'])
  })

  it('after an answer that counted all used is the day, without asking', async () => {
    const org = await openOrg({ rows: { body: [], headers: counted('api-usage=15000/15000') } })
    expect(await org.ask()).toMatchObject({ kind: 'ok' })
    org.says.rows = exceeded
    expect(refusedAs(await org.ask())).toEqual(day)
    expect(org.asked()).toEqual(['rows', 'rows'])
  })

  it('that ten callers meet together has /limits asked once', async () => {
    const org = await openOrg({ rows: exceeded, limits: left(0) })
    const replies = await Promise.all(Array.from({ length: 10 }, () => org.ask()))
    expect(new Set(replies.map((reply) => JSON.stringify(refusedAs(reply))))).toEqual(new Set([JSON.stringify(day)]))
    expect(org.asked().filter((what) => what === 'limits')).toHaveLength(1)
  })

  it.each(['SERVER_UNAVAILABLE', 'INSUFFICIENT_ACCESS'])('is not what a 403 with %s is', async (errorCode) => {
    const org = await openOrg({ rows: { status: 403, body: [{ errorCode }] } })
    await org.ask()
    expect(org.asked()).toEqual(['rows'])
  })
})

describe("the day's requests, used up", () => {
  it('are not added to for a quarter of an hour; then /limits is asked, once each quarter, before anything goes on', async () => {
    const org = await openOrg({ rows: { ...exceeded, headers: counted('api-usage=15000/15000') }, limits: left(0) })
    await org.ask()
    org.says.rows = { body: [] }
    org.clock.now += 10 * minute
    expect(refusedAs(await org.ask())).toEqual(['quota_exhausted', 5 * minute, 'REQUEST_LIMIT_EXCEEDED'])
    expect(org.asked()).toEqual(['rows'])
    org.clock.now += 5 * minute
    const replies = await Promise.all(Array.from({ length: 10 }, () => org.ask()))
    expect(replies.map(refusedAs)).toEqual(Array(10).fill(day))
    expect(org.asked()).toEqual(['rows', 'limits'])
    org.clock.now += 15 * minute
    org.says.limits = left(3)
    expect(await org.ask()).toMatchObject({ kind: 'ok' })
    expect(await org.ask()).toMatchObject({ kind: 'ok' })
    expect(org.asked()).toEqual(['rows', 'limits', 'limits', 'rows', 'rows'])
  })

  it('that nothing has counted have /limits asked before each call that comes all the same', async () => {
    const org = await openOrg({ rows: exceeded, limits: exceeded })
    expect(refusedAs(await org.ask())).toEqual(day)
    expect(refusedAs(await org.ask())).toEqual(day)
    expect(org.asked()).toEqual(['rows', 'limits', 'limits'])
    org.says.rows = { body: [] }
    org.says.limits = left(3)
    expect(await org.ask()).toMatchObject({ kind: 'ok' })
    expect(await org.ask()).toMatchObject({ kind: 'ok' })
    expect(org.asked().slice(3)).toEqual(['limits', 'rows', 'rows'])
  })

  it('are asked for again a quarter of an hour after a clock was set back, not when it is where it was', async () => {
    const org = await openOrg({ rows: { ...exceeded, headers: counted('api-usage=15000/15000') }, limits: left(3) })
    await org.ask()
    org.says.rows = { body: [] }
    org.clock.now -= 365 * 24 * 60 * minute
    expect(refusedAs(await org.ask())).toEqual(day)
    org.clock.now += 15 * minute
    expect(await org.ask()).toMatchObject({ kind: 'ok' })
  })

  it('do not keep back for ever who may not read /limits', async () => {
    const org = await openOrg({ rows: exceeded, limits: { status: 403 } })
    await org.ask()
    org.clock.now += 15 * minute
    org.says.rows = { body: [] }
    expect(await org.ask()).toMatchObject({ kind: 'ok' })
  })
})

it('too many at once are waited out for some seconds, without asking', async () => {
  const org = await openOrg({ rows: { ...exceeded, headers: counted('api-usage=18/15000') } })
  await org.ask()
  org.says.rows = { body: [] }
  org.clock.now += 4_000
  expect(refusedAs(await org.ask())).toEqual(['rate_limited', 1_000, 'REQUEST_LIMIT_EXCEEDED'])
  org.clock.now += 1_000
  expect(await org.ask()).toMatchObject({ kind: 'ok' })
  expect(org.asked()).toEqual(['rows', 'rows'])
})

it('what is used of the day is what the last answer said', async () => {
  const org = await openOrg({ rows: { body: [], headers: counted('api-usage=18/15000; per-app-api-usage=17/250(appName=x)') } })
  expect(org.api.usage()).toBeNull()
  await org.ask()
  expect(org.api.usage()).toEqual({ used: 18, limit: 15_000 })
  org.says.rows = { body: [] }
  await org.ask()
  expect(org.api.usage()).toEqual({ used: 18, limit: 15_000 })
})

it('a full count alone stops nothing, since Salesforce lets orgs go over it', async () => {
  const org = await openOrg({ rows: { body: [], headers: counted('api-usage=15000/15000') } })
  expect([await org.ask(), await org.ask()]).toMatchObject([{ kind: 'ok' }, { kind: 'ok' }])
})
