import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type RawAnswer, sendRaw } from '../kit/raw-http.ts'
import { ApiToken, type Intake, post, postLeads, resultsOf, startIntake, Token, until } from './support.ts'
import { marketplaceBody } from './support-entries.ts'

const Path = `/intake/marketplace/${Token}`
const Jane = marketplaceBody('jane@contoso.com')
const Limit = 256 * 1024

/** A sound lead with more in it, as text: an object literal would lose what is hostile. */
function janeWith(text: string): string {
  return Jane.replace('{', `{${text},`)
}

/** One character per byte, as it is sent. */
function bytes(text: string | Buffer): string {
  return Buffer.from(text).toString('latin1')
}

function lead(body: string | Buffer, headers: readonly string[] = []): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  const head = [`POST ${Path} HTTP/1.1`, 'Host: x', length, 'Connection: close', ...headers]
  return `${head.join('\r\n')}\r\n\r\n${bytes(body)}`
}

async function expectNextIsTaken(intake: Intake, n: number): Promise<void> {
  const before = intake.sink.taken.length
  const answer = await post(intake, marketplaceBody(`next-${n}@contoso.com`))
  expect([answer.status, intake.sink.taken.length]).toEqual([202, before + 1])
  expect(intake.log.said.filter(({ level }) => level === 'error')).toEqual([])
}

const Proto = '"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"prototype":{"admin":true}'

describe('a body that is', () => {
  it.each([
    ['100,000 brackets', '['.repeat(100_000) + ']'.repeat(100_000), 'quarantined'],
    ['100,000 open brackets', '['.repeat(100_000), 'quarantined'],
    ['40,000 objects in each other', `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`, 'quarantined'],
    ['a lead with 100,000 brackets in it', janeWith(`"x":${'['.repeat(100_000)}${']'.repeat(100_000)}`), 'quarantined'],
    ['full of prototypes', janeWith(Proto).replace('"userDetails":{', `"userDetails":{${Proto},`), 'accepted'],
    ['a lead twice over', janeWith('"userDetails":{"Email":"first@contoso.com"},"userDetails":null'), 'accepted'],
    [
      'full of numbers that are none',
      janeWith('"a":1e999,"b":-0,"c":-1e999,"offerTitle":1e308,"d":123456789012345678901234567890'),
      'accepted',
    ],
    ['a lead with a key of 200,000 letters', janeWith(`"${'k'.repeat(200_000)}":1`), 'accepted'],
    ['a lead with 25,000 keys', janeWith(Array.from({ length: 25_000 }, (_, n) => `"${n}":1`).join(',')), 'accepted'],
    ['a lead with NULs that are escaped', Jane.replace('Jane', 'Ja\\u0000ne'), 'accepted'],
    ['a lead with NULs that are not', Jane.replace('Jane', 'Ja\0ne'), 'quarantined'],
    ['a lead with halves of surrogate pairs', Jane.replace('Jane', '\\udc00Ja\\ud800ne\\ud83d'), 'accepted'],
    ['a lead after a byte order mark', `\uFEFF${Jane}`, 'accepted'],
    ['a lead in UTF-16', Buffer.from(`\uFEFF${Jane}`, 'utf16le'), 'quarantined'],
    ['a lead in UTF-16 that does not say so', Buffer.from(Jane, 'utf16le'), 'quarantined'],
    ['no UTF-8', Buffer.from([0x7b, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x7d]), 'quarantined'],
    ['compressed', gzipSync(Jane), 'quarantined'],
    ['100 MB when it is unpacked', gzipSync(Buffer.alloc(100 * 1024 * 1024)), 'quarantined'],
  ])('%s is kept, and the next lead is taken', async (_, body, status) => {
    const intake = await startIntake()
    const [answer] = await sendRaw(intake.url, lead(body, ['Content-Encoding: gzip']))
    expect(answer?.status).toBe(202)
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ status })
    const [taken] = intake.sink.taken
    if (taken?.kind === 'quarantined') {
      expect(Buffer.from(taken.verbatim.body, taken.verbatim.encoding)).toEqual(Buffer.from(body))
      expect(taken.reason).toMatch(/^The body .*\.$/)
    } else {
      expect(taken?.lead.person).toMatchObject({ email: 'jane@contoso.com', firstName: 'Jane' })
      expect(JSON.stringify(taken?.lead.person)).not.toMatch(/\\u|admin/)
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    await expectNextIsTaken(intake, 1)
  })
})

const Smuggled = `POST ${Path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`

describe('a request', () => {
  it.each<[string, string, readonly number[], number]>([
    [
      'that says it is 10 GB, before any of it is there',
      lead('').replace('Content-Length: 0', 'Content-Length: 10000000000'),
      [413],
      0,
    ],
    [
      'whose length cuts it off',
      `${lead(Jane).replace('Connection: close', 'X-A: b').replace(`Length: ${Jane.length}`, 'Length: 20')}\r\n\r\n`,
      [400],
      1,
    ],
    ['with two lengths', lead(Jane, ['Content-Length: 3']), [400], 0],
    ['with a length and chunks', lead(`0\r\n\r\n${Smuggled}`, ['Transfer-Encoding: chunked']), [400], 0],
    [
      'with chunks that are none',
      `${lead('', ['Transfer-Encoding: chunked']).replace('Content-Length: 0', 'X-A: b')}zz\r\n`,
      [400],
      0,
    ],
    ['with headers of 20,000 bytes', lead(Jane, [`X-A: ${'a'.repeat(20_000)}`]), [431], 0],
    ['with an address of 20,000 bytes', lead(Jane).replace(Path, `${Path}?${'a'.repeat(20_000)}`), [431], 0],
    ['without a Host', lead(Jane).replace('Host: x', 'X-A: b'), [400], 0],
    ['in HTTP/1.0', lead(Jane).replace('HTTP/1.1', 'HTTP/1.0').replace('Host: x', 'X-A: b'), [202], 1],
    ['that waits to be told to go on', lead(Jane, ['Expect: 100-continue']), [100, 202], 1],
    ['that expects what nobody can do', lead(Jane, ['Expect: a-miracle']), [417], 0],
    ['with another right behind it', lead(Jane).replace('Connection: close', 'X-A: b') + Smuggled, [202, 202], 2],
  ])('%s is answered in a way that its sender can act on, and the next lead is taken', async (_, text, statuses, taken) => {
    const intake = await startIntake()
    const answers = await sendRaw(intake.url, text)
    expect(answers.map(({ status }) => status)).toEqual(statuses)
    expect(answers.filter((answer) => !isSaid(answer))).toEqual([])
    await until(() => intake.sink.taken.length === taken)
    await expectNextIsTaken(intake, 2)
  })

  it('that ends in the middle leaves nothing behind', async () => {
    const intake = await startIntake()
    const socket = connect(Number(new URL(intake.url).port), '127.0.0.1')
    socket.end(lead(Jane).slice(0, -10))
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    await until(() => socket.closed)
    expect(answer).toMatch(/^(HTTP\/1.1 400 .*)?$/s)
    expect(intake.sink.taken).toEqual([])
    await expectNextIsTaken(intake, 3)
  })
})

/** In a sentence; what Node refuses before it asks us has none. */
function isSaid({ status, body }: RawAnswer): boolean {
  if (status === 202 || status === 100) return true
  return /^\{"error":"[^"]+\."\}$/.test(body) || ((status === 400 || status === 417) && body.length <= 5)
}

describe('a batch', () => {
  it('with a lead that nests too deep takes the others', async () => {
    const intake = await startIntake()
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
    const good = '{"v":1,"person":{"email":"jane@contoso.com"}}'
    const answer = await postLeads(intake, `{"leads":[${deep},${good},{"v":1,"person":{"email":"x@contoso.com"},"raw":${deep}}]}`)
    expect(answer.status).toBe(202)
    const rejected = { status: 'rejected', errors: [{ path: '', message: 'The lead nests deeper than 64 levels.' }] }
    expect((await resultsOf(answer)).results).toMatchObject([rejected, { status: 'accepted' }, rejected])
    await expectNextIsTaken(intake, 4)
  })

  it.each([
    ['compressed', gzipSync('{"leads":[]}')],
    ['in UTF-16', Buffer.from('{"leads":[]}', 'utf16le')],
    ['100,000 brackets', Buffer.from('['.repeat(100_000))],
  ])('that is %s is refused in a sentence', async (_, body) => {
    const intake = await startIntake()
    const head = lead(body).split('\r\n\r\n')[0]?.replace(Path, '/intake/leads') ?? ''
    const [answer] = await sendRaw(intake.url, `${head}\r\nAuthorization: Bearer ${ApiToken}\r\n\r\n${bytes(body)}`)
    expect(answer?.status).toBe(422)
    expect(answer?.body).toContain('The body must be JSON in UTF-8, not compressed, of the form')
  })
})

it('no body of the most bytes that are taken holds up the next lead for long', async () => {
  const intake = await startIntake()
  const fill = (open: string, part: string, close: string) =>
    open + part.repeat(Math.floor((Limit - open.length - close.length) / part.length)) + close
  const bodies = [
    fill('{"userDetails":{"Email":"a@b.example"},"description":"', '&amp;', '"}'),
    fill('{"userDetails":{"Email":"', '<', '"}}'),
    fill('{"userDetails":{"Email":"a@b.example","FirstName":"', '\\u200d', '"}}'),
    fill('{"userDetails":{"Email":"a@b.example","Phone":"', '1 ', '"}}'),
    fill('{"userDetails":{"Email":"a@b.example"},"leadSource":"', '-|', '"}'),
    fill('{"userDetails":{"Email":"a@b.example"},"description":"campaigns: {', ' }', 'x"}'),
    fill('{"a":"b"', '"', ''),
    fill('{"a":"b" "c"', ':"\\\\', ''),
  ]
  for (const [n, body] of bodies.entries()) {
    const sent = performance.now()
    expect((await post(intake, body)).status, body.slice(0, 60)).toBe(202)
    // What goes over it once for each of its characters takes minutes; a busy machine takes a second or two for what is linear.
    expect(performance.now() - sent, body.slice(0, 60)).toBeLessThan(15_000)
    await expectNextIsTaken(intake, 10 + n)
  }
})
