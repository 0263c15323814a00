import { describe, expect, it } from 'vitest'
import { type Asked, refusalOf } from '../../../connectors/dynamics/errors.ts'
import { FixedTokenRefused, Rules, StatusRules, Unknown } from '../../../connectors/dynamics/rules.ts'
import type { DeliveryErrorCode } from '../../../src/core/index.ts'
import { refusal } from './tiny-environment.ts'

const Noon = Date.parse('2026-11-23T12:00:00Z')
const id = '5e9f9b2c-97af-4ab8-b1b2-6e4a0d1b0a11'
const write: Asked = {
  method: 'PATCH',
  path: `leads(${id})?$select=leadid`,
  body: { subject: 'x', MobilePhone: '1', 'ownerid@odata.bind': '/systemusers(x)' },
}
const read: Asked = { method: 'GET', path: 'leads?$select=leadid' }

function refused(status: number, body: unknown, asked?: Asked, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const exchange = { kind: 'answer', status, headers: new Headers(headers), text } as const
  return refusalOf(exchange, { crm: 'sales', now: Noon, ...(asked ? { asked } : {}) })
}

const html = '<html><body>zaphod@x.y</body></html>'

type Row = readonly [status: number, code: string | null, meaning: DeliveryErrorCode]

/** Microsoft's codes with the statuses they come with. */
const writes: readonly Row[] = [
  [429, '0x80072322', 'rate_limited'],
  [429, '0x80072321', 'rate_limited'],
  [429, '0x80072326', 'rate_limited'],
  [429, '0x80072327', 'rate_limited'],
  [429, '0x8005F103', 'rate_limited'],
  [429, '0x80048d04', 'rate_limited'],
  [429, null, 'rate_limited'],
  [401, null, 'unauthorized'],
  [401, '0x80044302', 'unauthorized'],
  [401, '0x80040265', 'unauthorized'],
  [401, '0x80048d05', 'invalid'],
  [403, '0x80044302', 'unauthorized'],
  [403, '0x80072560', 'misconfigured'],
  [403, '0x80072522', 'misconfigured'],
  [403, '0x80040225', 'misconfigured'],
  [403, '0x80040220', 'misconfigured'],
  [403, '0x80048306', 'invalid'],
  [403, '0x80048405', 'misconfigured'],
  [403, '0x80048d06', 'invalid'],
  [403, null, 'misconfigured'],
  [404, '0x80040217', 'conflict'],
  [404, '', 'conflict'],
  [404, '0x80060891', 'conflict'],
  [404, '0x80060888', 'misconfigured'],
  [404, '0x8006088A', 'misconfigured'],
  [404, '0x80048d02', 'invalid'],
  [404, null, 'misconfigured'],
  [400, '0x8004f502', 'invalid'],
  [400, '0x80044331', 'invalid'],
  [400, '0x8004431A', 'invalid'],
  [400, '0x8004432F', 'invalid'],
  [400, '0x80044330', 'invalid'],
  [400, '0x80048d19', 'invalid'],
  [400, '0x80060888', 'protocol'],
  [400, '0x80060890', 'misconfigured'],
  [400, '0x80040203', 'invalid'],
  [400, '0x80040200', 'invalid'],
  [400, '0x80040265', 'invalid'],
  [400, '0x80040224', 'invalid'],
  [400, '0x8006089D', 'multiple_matches'],
  [400, '0x8006088D', 'protocol'],
  [400, '0x8004A104', 'misconfigured'],
  [400, '0x80012345', 'invalid'],
  [400, '', 'invalid'],
  [400, null, 'protocol'],
  [405, '0x80040239', 'protocol'],
  [405, null, 'protocol'],
  [408, null, 'unavailable'],
  [408, '0x80048d07', 'unavailable'],
  [409, '', 'conflict'],
  [410, null, 'misconfigured'],
  [412, '0x80060892', 'conflict'],
  [412, '0x80040237', 'conflict'],
  [412, '0x80060882', 'conflict'],
  [412, '0x80040333', 'multiple_matches'],
  [412, '', 'conflict'],
  [412, null, 'conflict'],
  [413, '0x8004418a', 'protocol'],
  [413, null, 'protocol'],
  [415, null, 'protocol'],
  [418, null, 'protocol'],
  [431, null, 'protocol'],
  [500, '0x80040333', 'multiple_matches'],
  [500, '0x80044151', 'unavailable'],
  [500, '0x80044150', 'unavailable'],
  [500, '0x80040216', 'unavailable'],
  [500, '0x80044339', 'unavailable'],
  [500, '0x80040255', 'unavailable'],
  [500, '0x80040519', 'conflict'],
  [400, '0x80040230', 'conflict'],
  [500, '0x80099999', 'unavailable'],
  [500, null, 'unavailable'],
  [501, null, 'protocol'],
  [502, null, 'unavailable'],
  [503, '0x80048d03', 'unavailable'],
  [503, null, 'unavailable'],
  [504, null, 'unavailable'],
  [300, null, 'misconfigured'],
  [302, null, 'misconfigured'],
]

/** Null in the table: what a gateway sends. */
function bodyOf(code: string | null) {
  return code === null ? html : refusal(code)
}

describe("Dataverse's refusals", () => {
  it('each row of the table has an answer that it is for', () => {
    const judged = new Set(writes.map(([status, code]) => refused(status, bodyOf(code), write).rule))
    const rows = [...Rules, ...StatusRules, Unknown].map(({ id }) => id)
    expect(rows.filter((id) => !judged.has(id))).toEqual([])
  })

  it('of a token that was configured ask for another one', () => {
    const exchange = { kind: 'answer', status: 401, headers: new Headers(), text: '' } as const
    const { rule, error } = refusalOf(exchange, { crm: 'sales', now: Noon, hasFixedToken: true })
    expect([rule, error.code]).toEqual([FixedTokenRefused.id, 'unauthorized'])
  })

  it.each(writes)('of a record with %i %s: %s', (status, code, meaning) => {
    const { error, code: own } = refused(status, bodyOf(code), write)
    expect(error).toMatchObject({
      code: meaning,
      status,
      message: expect.stringMatching(/^Dynamics 365 \(sales\): .+\.$/),
      fields: [],
    })
    expect(error.message).not.toMatch(/[{}]/)
    expect(own).toBe(code ? code.toLowerCase() : null)
  })

  it.each([
    [400, 'protocol'],
    [404, 'misconfigured'],
    [409, 'protocol'],
  ] as const)('of a question, or of a batch as a whole, are about no record: a bare %i is %s', (status, meaning) => {
    expect(refused(status, refusal(''), read).error.code).toBe(meaning)
    expect(refused(status, refusal('')).error.code).toBe(meaning)
    expect(refused(status, refusal(''), { method: 'POST', path: 'EntityDefinitions' }).error.code).toBe(meaning)
  })

  it.each(Rules.flatMap((rule) => rule.codes.map((code) => [code, rule] as const)))(
    '%s reaches its row of the table',
    (code, rule) => {
      const [before = ''] = rule.say.split('{')
      expect(refused(rule.status ?? 400, refusal(code), write).error).toMatchObject({
        code: rule.code,
        message: expect.stringContaining(before),
      })
    },
  )

  it.each(StatusRules.map((rule) => [[rule.status].flat()[0] ?? 0, rule.of ?? 'any', rule] as const))(
    'a bare %i of %s reaches its row of the table',
    (status, of, rule) => {
      const given = of === 'record' ? refused(status, refusal(''), write) : refused(status, '')
      expect(given.error.message).toContain(rule.say.split('{')[0])
    },
  )

  it('have one meaning for each code and status', () => {
    const named = Rules.flatMap(({ codes, status }) => codes.map((code) => `${code} ${status ?? ''}`))
    expect(new Set(named).size).toBe(named.length)
    expect(named.every((name) => /^0x[0-9a-f]{8} \d*$/.test(name))).toBe(true)
  })

  it.each(['0x80060892', '0X80060892', ' 0x80060892 '])('are known by %j, however it is spelt', (code) => {
    expect(refused(412, refusal(code), write)).toMatchObject({ code: '0x80060892', error: { code: 'conflict' } })
  })

  it.each(['', '0x0', 'zaphod', '0x80040217 zaphod', 7, null])('with the code %j are judged by their status', (code) => {
    const judged = refused(503, { error: { code, message: 'x' } }, write)
    expect([judged.code, judged.error.code]).toEqual([null, 'unavailable'])
  })

  it.each([
    ['timeout', { kind: 'timeout' }, /in time/],
    ['network', { kind: 'network', code: 'ECONNRESET' }, /ECONNRESET/],
    ['cancelled', { kind: 'cancelled' }, /cancelled/],
  ] as const)('no answer (%s) is unavailable', (_, exchange, words) => {
    const { error } = refusalOf(exchange, { crm: 'sales', now: Noon })
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(words) })
  })

  it.each([
    [429, { 'retry-after': '7' }, 7_000],
    [429, { 'retry-after': '317.5' }, 317_500],
    [503, { 'retry-after': 'Mon, 23 Nov 2026 12:00:20 GMT' }, 20_000],
    [503, {}, undefined],
  ])('of %i with %j is asked again after %s ms', (status, headers, ms) => {
    expect(refused(status, '', write, headers).error.retryAfterMs).toBe(ms)
  })

  it.each([
    [{ 'x-ms-service-request-id': id }, id],
    [{ REQ_ID: id }, id],
    [{ 'x-ms-service-request-id': `${id},${id}` }, undefined],
    [{}, undefined],
  ])('name what its support asks for: %j', (headers, correlationId) => {
    expect(refused(500, '', write, headers).error.correlationId).toBe(correlationId)
  })
})

describe('what a person reads', () => {
  it('names each column that was sent and that the refusal has in quotes', () => {
    const message = "The length of the 'subject' attribute of the 'lead' entity exceeded the maximum allowed length of '300'."
    const { error, fields } = refused(400, refusal('0x80044331', message), write)
    expect([error.code, error.fields, fields]).toEqual(['invalid', ['subject'], ['subject']])
    expect(error.message).toBe(
      'Dynamics 365 (sales): "subject" is too long. Correct the lead, the mapping or the environment, then replay.',
    )
  })

  it.each([
    ['„subject“ ist zu lang', ['subject']],
    ['« mobilephone »', ['MobilePhone']],
    ['"mobilephone" und ‘ownerid’', ['MobilePhone', 'ownerid']],
    ["'ownerid@odata.bind'", ['ownerid']],
    ['subject', []],
    ["'zaphod@x.y'", []],
    ["'fullname'", []],
  ])('finds in %s %j', (message, fields) => {
    expect(refused(400, refusal('0x80048d19', message), write).fields).toEqual(fields)
  })

  it('names no column of what is not about columns', () => {
    expect(refused(412, refusal('0x80060892', "'subject'"), write)).toMatchObject({ fields: [], error: { code: 'conflict' } })
  })

  it.each([
    ['Principal user (Id=1, type=8) is missing prvCreateLead privilege (Id=2)', 'prvCreateLead'],
    ['Es fehlt prvReadEntity.', 'prvReadEntity'],
    ['zaphod@x.y fehlt etwas', 'that this needs'],
    ['prv', 'that this needs'],
  ])('names the privilege in %j', (message, privilege) => {
    const { error } = refused(403, refusal('0x80040220', message), write)
    expect(error.message).toContain(`lacks the privilege ${privilege}.`)
  })

  it.each([
    ['0x80048306', 'Principal user (Id=1, type=8) is missing prvCreateLead privilege', 'misconfigured'],
    ['0x80048306', 'SecLib::AccessCheckEx failed. ObjectTypeCode: 4, AccessRights: WriteAccess', 'invalid'],
    ['0x80040220', 'SecLib::AccessCheckEx failed. ObjectTypeCode: 4, AccessRights: WriteAccess', 'invalid'],
    ['0x80040220', 'Principal user (Id=1, type=8) is missing prvWriteLead privilege for WriteAccess', 'misconfigured'],
    ['0x80040220', '', 'misconfigured'],
  ])('tells a privilege of the role from the access to one record, whichever code %s says: %s', (code, message, meaning) => {
    expect(refused(403, refusal(code, message), write).error.code).toBe(meaning)
  })

  it('has a sentence of its own for each thing that an operator forgets', () => {
    const forgotten = [
      refused(403, refusal('0x80072560')),
      refused(403, refusal('0x80040220')),
      refused(401, ''),
      refused(403, ''),
    ]
    expect(new Set(forgotten.map(({ error }) => error.message)).size).toBe(forgotten.length)
    expect(forgotten[0]?.error.message).toContain('application user')
  })

  it('is the same whatever language Dataverse answers in', () => {
    expect(refused(412, refusal('0x80060892', 'Ein Datensatz ist da.'), write)).toEqual(
      refused(412, refusal('0x80060892', 'A record with the same value already exists.'), write),
    )
  })

  it.each(writes)("never repeats Dataverse's text (%i %s)", (status, code) => {
    for (const asked of [write, read]) {
      const judged = refused(status, bodyOf(code), asked)
      const { message, stack, cause } = judged.error
      expect(JSON.stringify([judged, { ...judged.error }, message, stack, cause])).not.toMatch(/zaphod/i)
    }
  })

  it.each([
    '',
    'x',
    '7',
    'null',
    '[]',
    '{}',
    '{"error":7}',
    '{"error":{}}',
    '{"error":{"code":{},"message":[]}}',
    '{"Message":"x"}',
  ])('is a sentence for any body: %s', (body) => {
    for (const status of [300, 400, 404, 412, 500]) {
      expect(refused(status, body, write).error.message).toMatch(/^Dynamics 365 \(sales\): .+\.$/)
    }
  })
})

describe('the record that is there already', () => {
  const there = `<EntityRecord><Id>${id.toUpperCase()}</Id><LogicalName>lead</LogicalName></EntityRecord>`

  it.each([
    [{ message: `zaphod ${there}` }, id],
    [{ message: 'x', '@Microsoft.PowerApps.CDS.ErrorDetails.DuplicateEntities': `${there}${there}` }, id],
    [{ message: '<Id>{5e9f9b2c-97af-4ab8-b1b2-6e4a0d1b0a11}</Id>' }, id],
    [{ message: `${there}<Id>00000000-97af-4ab8-b1b2-6e4a0d1b0a11</Id>` }, null],
    [{ message: `with id ${id}` }, null],
    [{ message: '<Id>zaphod</Id>' }, null],
    [{ message: 7 }, null],
  ])('in %j is %s', (error, holder) => {
    expect(refused(412, { error: { code: '0x80040333', ...error } }, write).holder).toBe(holder)
  })
})

it.each(['0x80072522', '0x80040225'])('%s with 403 says that the application user is disabled', (code) => {
  expect(refused(403, refusal(code), write).error.message).toContain('is disabled')
  expect(refused(403, refusal(code), read).error.message).toContain('is disabled')
})
