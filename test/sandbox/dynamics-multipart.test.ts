import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundaryOf, httpPart, joinParts, readPartRequest, splitParts } from '../../src/sandbox/dynamics/multipart.ts'

const json = '{\r\n  "subject": "a"\r\n}'

function lines(...all: readonly string[]): string {
  return all.join('\r\n')
}

function part(content: string, ...headers: readonly string[]): string {
  return lines('--batch_1', 'Content-Type: application/http', ...headers, '', content, '')
}

describe('the boundary of a batch', () => {
  it.each([
    ['multipart/mixed; boundary="batch_1"', 'batch_1'],
    ['multipart/mixed;boundary=batch_1', 'batch_1'],
    ['Multipart/Mixed; charset=utf-8; Boundary=batch_1', 'batch_1'],
    ['multipart/mixed; boundary="a b;c"', 'a b;c'],
    ['multipart/mixed', null],
    ['multipart/mixed; boundary=', null],
    ['multipart/form-data; boundary=batch_1', null],
    ['application/json; boundary=batch_1', null],
    [undefined, null],
  ])('of %j is %j', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary)
  })
})

describe('the body of a batch', () => {
  it('is split into its parts, whose headers are read in any case', () => {
    const body = `${part('GET /a HTTP/1.1', 'CONTENT-ID:1')}${part(json, 'Content-Transfer-Encoding:  binary')}--batch_1--`

    expect(splitParts(body, 'batch_1')).toEqual([
      { headers: { 'content-type': 'application/http', 'content-id': '1' }, body: 'GET /a HTTP/1.1' },
      { headers: { 'content-type': 'application/http', 'content-transfer-encoding': 'binary' }, body: json },
    ])
  })

  it.each([
    ['text before the first boundary and after the last', `hello\r\n${part('x')}--batch_1--\r\nbye`],
    ['spaces after a boundary', part('x').replace('--batch_1', '--batch_1  ').concat('--batch_1--  \r\n')],
  ])('may have %s', (_, body) => {
    expect(splitParts(body, 'batch_1')).toEqual([{ headers: { 'content-type': 'application/http' }, body: 'x' }])
  })

  it.each([
    ['line feeds alone', `${part('x')}--batch_1--`.replaceAll('\r\n', '\n')],
    ['one line feed alone between headers', `${part('x')}--batch_1--`.replace('/http\r\n', '/http\n')],
    ['no last boundary', part('x')],
    ['another boundary', `${part('x')}--batch_1--`.replaceAll('batch_1', 'batch_2')],
    ['nothing', ''],
    ['a header that is none', `${part('x', 'no header')}--batch_1--`],
  ])('is unreadable with %s', (_, body) => {
    expect(splitParts(body, 'batch_1')).toBeNull()
  })

  it('is not cut at a boundary that only begins like its own, or stands inside of a line', () => {
    const inner = lines('--batch_1_inner', 'x', '--batch_1_inner--', 'a --batch_1', ' --batch_1')
    expect(splitParts(`${part(inner)}--batch_1--`, 'batch_1')).toEqual([
      { headers: { 'content-type': 'application/http' }, body: inner },
    ])
  })

  it('takes a boundary of any characters for what it is', () => {
    const body = lines('--a.b+(c)', '', 'x', '--a.b+(c)--')
    expect(splitParts(body, 'a.b+(c)')).toEqual([{ headers: {}, body: 'x' }])
    expect(splitParts(body, 'a.b+')).toBeNull()
  })
})

describe('a request in a part', () => {
  it('is read with its headers and body, byte for byte', () => {
    const text = lines(
      'PATCH /api/data/v9.2/leads(x)?$select=leadid HTTP/1.1',
      'Content-Type: application/json',
      'If-None-Match: *',
      '',
      json,
    )
    expect(readPartRequest(text)).toEqual({
      method: 'PATCH',
      target: '/api/data/v9.2/leads(x)?$select=leadid',
      headers: { 'content-type': 'application/json', 'if-none-match': '*' },
      body: json,
    })
  })

  it.each(['GET /leads HTTP/1.1', 'GET /leads HTTP/1.1\r\n', 'GET /leads HTTP/1.1\r\n\r\n'])(
    'may end after its first line: %j',
    (text) => {
      expect(readPartRequest(text)).toEqual({ method: 'GET', target: '/leads', headers: {}, body: '' })
    },
  )

  it.each(['', '\r\nGET /leads HTTP/1.1', 'GET /le ads HTTP/1.1', 'GET /leads', 'GET /leads HTTP/1.1\nA: b', json])(
    'is none: %j',
    (text) => {
      expect(readPartRequest(text)).toBeNull()
    },
  )
})

describe('an answer', () => {
  it('is written as the vendor shows it', () => {
    const created = { status: 204, headers: { 'OData-EntityId': 'http://org/leads(x)' }, body: '' }
    expect(joinParts('b', [httpPart(created, '7')])).toBe(
      lines(
        '--b',
        'Content-Type: application/http',
        'Content-Transfer-Encoding: binary',
        'Content-ID: 7',
        '',
        'HTTP/1.1 204 No Content',
        'OData-EntityId: http://org/leads(x)',
        '',
        '',
        '--b--',
        '',
      ),
    )
  })

  it('can be split again into what was joined, whatever the bodies hold', () => {
    const body = fc.string({ unit: fc.constantFrom('\r\n', '\n', '--', '--b', 'b', ':', ' ', '{', '"', 'é') })
    const bodies = fc.array(
      body.filter((text) => !/(?:^|\r\n)--b(?:--|[ \t]*\r\n|[ \t]*$)/.test(text)),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(bodies, (all) => {
        const parts = all.map((text) => httpPart({ status: 200, headers: {}, body: text }, null))
        const read = splitParts(joinParts('b', parts), 'b')
        expect(read?.map((one) => one.body)).toEqual(all.map((text) => lines('HTTP/1.1 200 OK', '', text)))
      }),
    )
  })
})
