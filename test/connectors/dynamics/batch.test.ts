import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBatch, writeBatch } from '../../../connectors/dynamics/requests/batch.ts'
import { text } from '../../../connectors/dynamics/requests/odata.ts'
import type { Operation } from '../../../connectors/dynamics/requests/operation.ts'
import { batchAnswer, partsOf, refusal } from './tiny-environment.ts'

function sent(operations: readonly Operation[]) {
  const { contentType, text } = writeBatch(operations)
  return partsOf({ headers: { 'content-type': contentType }, body: text })
}

const id = '5e9f9b2c-97af-4ab8-b1b2-6e4a0d1b0a11'
const create: Operation = {
  method: 'PATCH',
  path: `leads(${id})?$select=leadid`,
  headers: { 'If-None-Match': '*', Prefer: 'return=representation' },
  body: { lastname: "O'Brien 👋\r\n--batch" },
}

describe('a batch', () => {
  it('has each operation in a part of its own, below the service root', () => {
    expect(sent([create, { method: 'GET', path: 'leads?$select=leadid' }])).toEqual([
      {
        method: 'PATCH',
        path: `/api/data/v9.2/leads(${id})?$select=leadid`,
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          'if-none-match': '*',
          prefer: 'return=representation',
        },
        body: { lastname: "O'Brien 👋\r\n--batch" },
      },
      { method: 'GET', path: '/api/data/v9.2/leads?$select=leadid', headers: { accept: 'application/json' }, body: undefined },
    ])
  })

  it('is the same for the same operations, so that a preview can show it', () => {
    expect(writeBatch([create])).toEqual(writeBatch([{ ...create }]))
    expect(writeBatch([create])).not.toEqual(writeBatch([create, create]))
  })

  it('brings every value as it is, whatever it says', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), (values) => {
        const operations = values.map((value) => ({ ...create, path: `leads?$filter=a%20eq%20${text(value)}`, body: { value } }))
        const parts = sent(operations)
        expect(parts.map(({ body }) => body)).toEqual(values.map((value) => ({ value })))
        expect(parts.map(({ path }) => path)).toEqual(operations.map(({ path }) => `/api/data/v9.2/${path}`))
      }),
    )
  })

  it.each([
    'leads\r\nX: y',
    'leads HTTP/1.1',
    '/api/data/v9.2/leads',
    '../x',
    'https://evil.example/',
    'leads?a=https://x',
    '',
    'leads#x',
  ])('takes no path like %j', (path) => {
    expect(() => writeBatch([{ method: 'GET', path }])).toThrow('path')
  })

  it('takes no header with a line break', () => {
    expect(() => writeBatch([{ method: 'GET', path: 'leads', headers: { Prefer: 'a\r\nX: y' } }])).toThrow('Prefer')
  })
})

describe('the answer to a batch', () => {
  const made = { status: 201, body: { leadid: id, fullname: 'x\n--batchresponse' }, headers: { ETag: 'W/"1"' } }
  const gone = { status: 404, body: refusal('0x80040217') }
  const done = { status: 204, headers: { 'OData-EntityId': `https://acme.crm4.dynamics.com/api/data/v9.2/leads(${id})` } }
  const { headers = {}, body } = batchAnswer([made, gone, done])
  const type = headers['content-type'] ?? ''
  const whole = String(body)
  const statuses = (text: string, count = 3, contentType = type) =>
    readBatch(contentType, text, count).map((answer) => answer?.status ?? null)

  it('says of each operation what became of it', () => {
    const [first, second, third] = readBatch(type, whole, 3)
    expect(first).toMatchObject({ status: 201, text: JSON.stringify(made.body) })
    expect(first?.headers.get('etag')).toBe('W/"1"')
    expect(JSON.parse(second?.text ?? '')).toEqual(gone.body)
    expect(third).toMatchObject({ status: 204, text: '' })
    expect(third?.headers.get('odata-entityid')).toContain(id)
  })

  it('is read with quotes around its boundary, with bare line feeds, and with words before and after', () => {
    expect(statuses(whole, 3, type.replace(/boundary=(.+)/, 'boundary="$1"; charset=utf-8'))).toEqual([201, 404, 204])
    expect(statuses(whole.replaceAll('\r\n', '\n'))).toEqual([201, 404, 204])
    expect(statuses(`preamble\r\n${whole}epilogue`)).toEqual([201, 404, 204])
  })

  it('that was cut short says what it says of the first ones, and nothing of the others', () => {
    for (let length = 0; length < whole.length; length += 7) {
      const read = statuses(whole.slice(0, length))
      expect(read).toHaveLength(3)
      const known = read.indexOf(null)
      expect(read.slice(0, known)).toEqual([201, 404, 204].slice(0, known))
      expect(read.slice(known).every((status) => status === null)).toBe(true)
    }
  })

  it('that ends with a failure is of the first operations: the server stopped there', () => {
    expect(statuses(String(batchAnswer([made, gone]).body))).toEqual([201, 404, null])
  })

  it.each([
    ['fewer parts than operations', batchAnswer([made, done])],
    ['more parts than operations', batchAnswer([made, done, gone, done])],
    ['no parts', batchAnswer([])],
    ['another boundary', { body: '--x\r\n\r\n--x--' }],
    ['nothing', { body: '' }],
  ])('with %s says nothing of any', (_, told) => {
    expect(statuses(String(told.body))).toEqual([null, null, null])
  })

  it.each([
    ['no status line', 'HTTP/1.1 404', 'HTTP/7 404'],
    ['a status that is none', 'HTTP/1.1 404', 'HTTP/1.1 9999'],
    ['another content type', 'Content-Type: application/http', 'Content-Type: multipart/mixed; boundary=x'],
  ])('with %s in one part says nothing of that operation', (_, text, instead) => {
    const at = whole.lastIndexOf(text, whole.indexOf('404'))
    const garbled = whole.slice(0, at) + instead + whole.slice(at + text.length)
    expect(statuses(garbled)).toEqual([201, null, 204])
  })

  it.each<[string, readonly number[], readonly (number | string)[], readonly (number | null)[]]>([
    ['in another order', [204, 404, 201], [3, 2, 1], [201, 404, 204]],
    ['in another order, one missing', [204, 201], [3, 1], [201, null, 204]],
    ['with names twice, those in another place are of nobody', [201, 404, 204], [1, 1, 3], [201, null, 204]],
    ['where one has no name, those in another place are of nobody', [204, 404, 201], [3, 2], [null, 404, 201]],
    ['with names of its own, by place', [201, 404, 204], ['a', 'b', 9], [201, 404, 204]],
  ])('is read by the names of its parts: %s', (_, told, names, expected) => {
    const answer = batchAnswer(
      told.map((status) => ({ status })),
      names,
    )
    expect(statuses(String(answer.body))).toEqual(expected)
  })

  it('is read whatever it is, and never has more or fewer answers than operations', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(5), (contentType, text, count) => {
        expect(readBatch(contentType, text, count)).toHaveLength(count)
        expect(readBatch('multipart/mixed; boundary=x', text.replaceAll(' ', '\r\n--x\r\n'), count)).toHaveLength(count)
      }),
    )
  })
})
