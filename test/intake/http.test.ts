import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { answerOf, type Intake, post, startIntake, Token, until } from './support.ts'
import { marketplaceBody } from './support-entries.ts'

interface RawAnswer {
  readonly status: number | undefined
  readonly headers: readonly string[]
  readonly body: string
}

/** Header names and values in their order, as fetch would not show them. */
async function raw(
  intake: Intake,
  path: string,
  method = 'POST',
  headers: Record<string, string> = {},
  body = '{}',
): Promise<RawAnswer> {
  return await new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${intake.url}${path}`, { method, headers }, async (incoming) => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk)
      const shown = incoming.rawHeaders.map((text, index, all) => (all[index - 1] === 'Date' ? 'now' : text))
      resolve({ status: incoming.statusCode, headers: shown, body: Buffer.concat(chunks).toString() })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function journalText(intake: Intake): Promise<string> {
  const names = (await readdir(intake.dir)).filter((name) => name.endsWith('.jsonl'))
  const texts = await Promise.all(names.map((name) => readFile(join(intake.dir, name), 'utf8')))
  return texts.join('')
}

test('a lead is answered with its id and the name of its token is its tag', async () => {
  const intake = await startIntake()
  const response = await post(intake, marketplaceBody('jane@contoso.com'))
  expect(response.status).toBe(202)
  const answer = await answerOf(response)
  expect(answer).toEqual({ leadId: expect.stringMatching(/^[0-9A-Z]{26}$/), status: 'accepted' })
  expect(intake.sink.taken).toMatchObject([
    {
      kind: 'accepted',
      lead: { id: answer.leadId, channel: 'marketplace', tags: expect.arrayContaining(['token:appsource-1', 'web']) },
    },
  ])
})

test.each([
  ['application/json', 'application/json'],
  ['text/plain', 'text/plain; charset=latin1'],
  ['a form', 'application/x-www-form-urlencoded'],
  ['a malformed one', '///;;;=charset'],
  ['none', undefined],
])('the body is read whatever its Content-Type says (%s)', async (_, contentType) => {
  const intake = await startIntake()
  const headers = contentType === undefined ? {} : { 'content-type': contentType }
  const answer = await raw(intake, `/intake/marketplace/${Token}`, 'POST', headers, marketplaceBody('jane@contoso.com'))
  expect(answer.status).toBe(202)
  expect(JSON.parse(answer.body)).toMatchObject({ status: 'accepted' })
})

test('the same content again is a duplicate of the first', async () => {
  const intake = await startIntake()
  const first = await answerOf(await post(intake, marketplaceBody('jane@contoso.com')))
  const second = await (await post(intake, marketplaceBody('jane@contoso.com'))).json()
  expect(second).toEqual({ leadId: first.leadId, status: 'duplicate' })
})

test.each([
  ['empty', ''],
  ['blank', ' \r\n'],
  ['no JSON', '<lead/>'],
  ['half a lead', marketplaceBody('jane@contoso.com').slice(0, -20)],
  ['a list', '[]'],
  ['nobody', '{"userDetails":{}}'],
])('a body that is no lead (%s) is kept verbatim in quarantine', async (_, body) => {
  const intake = await startIntake()
  const response = await post(intake, body)
  expect(response.status).toBe(202)
  expect(await response.json()).toMatchObject({ status: 'quarantined' })
  expect(intake.sink.taken).toMatchObject([{ kind: 'quarantined', token: 'appsource-1', verbatim: { encoding: 'utf8', body } }])
})

test('a request without any body is kept in quarantine too', async () => {
  const intake = await startIntake()
  const response = await fetch(`${intake.url}/intake/marketplace/${Token}`, { method: 'POST' })
  expect(await response.json()).toMatchObject({ status: 'quarantined' })
})

test('bytes that are not UTF-8 are kept as base64', async () => {
  const intake = await startIntake()
  const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0xe9, 0x7d])
  expect(await (await post(intake, bytes)).json()).toMatchObject({ status: 'quarantined' })
  expect(intake.sink.taken).toMatchObject([{ verbatim: { encoding: 'base64', body: bytes.toString('base64') } }])
})

test.each([
  ['hold', 'held'],
  ['deliver', 'accepted'],
] as const)('with testLeads: %s a test lead is %s', async (testLeads, status) => {
  const intake = await startIntake({ testLeads })
  expect(await (await post(intake, marketplaceBody('MSFT_TEST_1@test.com'))).json()).toMatchObject({ status })
  expect(intake.sink.taken).toMatchObject([{ kind: status, lead: { test: true } }])
})

test('a body of 256 KiB is taken and one byte more is 413', async () => {
  const intake = await startIntake()
  const limit = 256 * 1024
  const padding = (length: number) =>
    marketplaceBody('jane@contoso.com', { notes: '' }).replace('"notes":""', `"notes":"${'x'.repeat(length)}"`)
  const most = padding(limit - padding(0).length)
  expect((await post(intake, most)).status).toBe(202)
  const over = await post(intake, `${most} `)
  expect(over.status).toBe(413)
  expect(await over.json()).toEqual({ error: expect.stringContaining('262144 bytes') })
  expect(intake.sink.taken).toHaveLength(1)
})

test('a body that grows over the limit without saying its length is 413', async () => {
  const intake = await startIntake()
  const chunked = await raw(
    intake,
    `/intake/marketplace/${Token}`,
    'POST',
    { 'transfer-encoding': 'chunked' },
    'x'.repeat(300_000),
  )
  expect(chunked.status).toBe(413)
})

test.each([
  ['POST', '/intake/marketplace/wrong', {}],
  ['POST', `/intake/marketplace/${Token}x`, { 'content-type': 'application/json' }],
  ['POST', '/intake/marketplace/%E0%A4%A', {}],
  ['POST', `/intake/marketplace/${'x'.repeat(2_000)}`, {}],
  ['POST', '/intake/marketplace/', {}],
  ['GET', `/intake/marketplace/${Token}`, {}],
  ['PUT', `/intake/marketplace/${Token}`, { 'content-type': '///' }],
  ['GET', '/intake/leads', {}],
  ['POST', '/healthz', { 'content-type': 'text/nothing' }],
])('%s %s can not be told from a route that does not exist', async (method, path, headers) => {
  const intake = await startIntake()
  const body = method === 'GET' ? '' : 'x'.repeat(100)
  const unknown = await raw(intake, '/no/such/route', method, headers, body)
  expect(unknown.status).toBe(404)
  expect(await raw(intake, path, method, headers, body)).toEqual(unknown)
  expect(intake.sink.taken).toEqual([])
})

test('a wrong token is refused before the body is read', async () => {
  const intake = await startIntake()
  const port = Number(new URL(intake.url).port)
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  socket.write('POST /intake/marketplace/wrong HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nonly a part')
  await until(() => answer.includes('404 Not Found'))
  socket.destroy()
})

test('wrong tokens are limited per address, a right one never', async () => {
  let now = Date.parse('2026-11-23T10:00:00.000Z')
  const intake = await startIntake({ wrongTokensPerMinute: 5, trustProxy: true, now: () => now })
  const from = (address: string, token: string) =>
    post(intake, marketplaceBody('jane@contoso.com'), { 'x-forwarded-for': address }, token).then((response) => response.status)
  const statuses = []
  for (let count = 0; count < 7; count++) statuses.push(await from('203.0.113.7', `wrong-${count}`))

  expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429])
  expect(await from('203.0.113.7', Token)).toBe(202)
  expect(await from('203.0.113.8', 'wrong')).toBe(404)
  now += 60_000
  expect(await from('203.0.113.7', 'wrong')).toBe(404)
})

test('all of one IPv6 customer counts as one address', async () => {
  const intake = await startIntake({ wrongTokensPerMinute: 1, trustProxy: true })
  const from = (address: string) => post(intake, '', { 'x-forwarded-for': address }, 'wrong').then((response) => response.status)
  expect(await from('2001:db8:1:2::1')).toBe(404)
  expect(await from('2001:db8:1:2:ffff::9')).toBe(429)
  expect(await from('2001:db8:1:3::1')).toBe(404)
})

test('without trustProxy nobody can choose the address that is counted', async () => {
  const intake = await startIntake({ wrongTokensPerMinute: 1 })
  const from = (address: string) => post(intake, '', { 'x-forwarded-for': address }, 'wrong').then((response) => response.status)
  expect(await from('203.0.113.1')).toBe(404)
  expect(await from('203.0.113.2')).toBe(429)
})

test('two tokens are valid at once, and each brings its own offer and tags', async () => {
  const tokens = [
    { name: 'old', value: 'old-value', tags: [], offer: null },
    { name: 'new', value: 'n'.repeat(500), tags: ['emea'], offer: { publisherId: 'contoso', offerId: 'analytics' } },
  ]
  const intake = await startIntake({ tokens })
  await post(intake, marketplaceBody('one@contoso.com'), {}, 'old-value')
  await post(intake, marketplaceBody('two@contoso.com'), {}, `${'n'.repeat(500)}/?from=azure`)
  expect(intake.sink.taken).toMatchObject([
    { lead: { tags: ['token:old'], offer: { offerId: null } } },
    { lead: { tags: expect.arrayContaining(['token:new', 'emea']), offer: { publisherId: 'contoso', offerId: 'analytics' } } },
  ])
})

test('an Idempotency-Key answers the same body as the first time and refuses another one', async () => {
  const tokens = ['one', 'two'].map((name) => ({ name, value: name, tags: [], offer: null }))
  const intake = await startIntake({ tokens })
  const send = (email: string, token: string) => post(intake, marketplaceBody(email), { 'idempotency-key': 'key-1' }, token)
  const first = await answerOf(await send('jane@contoso.com', 'one'))

  expect(await (await send('jane@contoso.com', 'one')).json()).toEqual({ leadId: first.leadId, status: 'duplicate' })
  const other = await send('john@contoso.com', 'one')
  expect(other.status).toBe(422)
  expect(await other.json()).toEqual({ error: expect.stringContaining('Idempotency-Key') })
  expect(await (await send('john@contoso.com', 'two')).json()).toMatchObject({ status: 'accepted' })
  expect(await journalText(intake)).not.toContain('key-1')
})

test('an Idempotency-Key never costs a lead: while the queue is away it is not asked', async () => {
  const intake = await startIntake()
  const send = (email: string) => post(intake, marketplaceBody(email), { 'idempotency-key': 'key-1' })
  await send('jane@contoso.com')
  intake.sink.up = false
  expect((await send('john@contoso.com')).status).toBe(202)
  intake.sink.up = true
  intake.sink.recall = () => Promise.reject(new Error('the queue is away'))
  expect((await send('jill@contoso.com')).status).toBe(202)
})

test('neither the journal nor the log holds a token, and the log holds nothing of a lead', async () => {
  const intake = await startIntake()
  await post(intake, marketplaceBody('jane@contoso.com'))
  await post(intake, 'jane@contoso.com is no JSON')
  await post(intake, '{}', {}, 'wrong-token')
  intake.sink.failing = true
  await post(intake, marketplaceBody('john@contoso.com'))
  intake.sink.failing = false
  await until(() => intake.reception.state().backlog === 0)

  const log = JSON.stringify(intake.log.said)
  expect(await journalText(intake)).not.toContain(Token)
  for (const secret of [Token, 'wrong-token', 'contoso.com', 'Jane']) expect(log).not.toContain(secret)
})

test('healthz answers, and no answer tells what serves it or may be cached', async () => {
  const intake = await startIntake()
  const response = await fetch(`${intake.url}/healthz`)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'ok' })
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  for (const name of ['server', 'x-powered-by']) expect(response.headers.get(name)).toBeNull()
})

test.each([
  ['no HTTP', 'hello\r\n\r\n', '400 Bad Request'],
  [
    'a request that stalls',
    `POST /intake/marketplace/${Token} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`,
    '408 Request Timeout',
  ],
])('%s is answered in a sentence and its socket freed', async (_, text, status) => {
  const intake = await startIntake({ requestTimeoutMs: 100 })
  const socket = connect(Number(new URL(intake.url).port), '127.0.0.1')
  let answer = ''
  let closed = false
  socket.on('data', (data) => {
    answer += data
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
  })
  socket.write(text)
  await until(() => closed)
  expect(answer).toContain(status)
  expect(answer).toMatch(/\{"error":"[^"]+\."\}$/)
  expect((await post(intake, marketplaceBody('jane@contoso.com'))).status).toBe(202)
})

test('10,000 fuzzed bodies: no 5xx, each one a lead, held, or in quarantine', async () => {
  const intake = await startIntake()
  const total = 10_000
  let next = 0
  const statuses = new Map<string, number>()
  const one = async () => {
    const number = next++
    const response = await raw(intake, `/intake/marketplace/${Token}`, 'POST', {}, fuzzed(number))
    const status = response.status === 202 ? JSON.parse(response.body).status : String(response.status)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < total) await one()
    }),
  )
  const known = ['accepted', 'duplicate', 'held', 'quarantined']
  expect([...statuses.keys()].filter((status) => !known.includes(status))).toEqual([])
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(total)
  for (const status of ['accepted', 'held', 'quarantined']) expect(statuses.get(status)).toBeGreaterThan(100)
  expect(intake.log.said.filter((line) => line.level === 'error')).toEqual([])
}, 120_000)

const Pieces = [
  'null',
  '[]',
  '{}',
  '"',
  '\\',
  '\u0000',
  '\\ud800',
  '1e999',
  'MSFT_TEST_1',
  '&amp;',
  '{"userDetails":',
  '__proto__',
  '😀',
  ',',
  ':',
  'true',
]
const Keys = ['userDetails', 'UserDetails', 'LeadSource', 'actionCode', 'description', 'email', 'constructor', '__proto__']

/** The same number always makes the same body: a sound lead with a few things cut out, put in, repeated, or of another kind. */
function fuzzed(number: number): string {
  const dice = createHash('sha256').update(String(number)).digest()
  let at = 0
  const roll = (sides: number) => (dice[at++ % dice.length] ?? 0) % sides
  let body = marketplaceBody(`person-${number}@contoso.com`, { description: Pieces[roll(Pieces.length)] })
  for (let edits = roll(4); edits > 0; edits--) {
    const from = Math.floor((roll(256) / 256) * body.length)
    const piece = Pieces[roll(Pieces.length)] ?? ''
    const key = Keys[roll(Keys.length)] ?? ''
    const kind = roll(4)
    if (kind === 0) body = body.slice(0, from) + piece + body.slice(from)
    if (kind === 1) body = body.slice(0, from) + body.slice(from + roll(20))
    if (kind === 2) body = body.replace(key, piece.replace(/["\\]/g, ''))
    if (kind === 3) body = body.replace('{', `{"${key}":${piece},`)
  }
  return body
}
