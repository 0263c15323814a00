import { describe, expect, it } from 'vitest'
import { refusalOf, rowRefusalOf } from '../../../connectors/hubspot/errors.ts'
import { WireError } from '../../../connectors/hubspot/wire.ts'

const noon = { crm: 'sales', now: Date.parse('2026-11-23T17:00:00Z'), timeZone: 'US/Eastern' }

function judge(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return refusalOf({ kind: 'answer', status, headers: new Headers(headers), text }, noon).error
}

function validation(code: string, name = 'email') {
  const message = `Property values were not valid: [{"isValid":false,"message":"secret-value is bad","error":"${code}","name":"${name}","propertyValue":"secret-value","portalId":1}]`
  return { status: 'error', category: 'VALIDATION_ERROR', message, correlationId: 'aa-11' }
}

describe('classification', () => {
  it.each([
    [302, {}, {}, 'misconfigured', undefined],
    [400, validation('INVALID_EMAIL'), {}, 'invalid', undefined],
    [400, validation('CONFLICTING_UNIQUE_VALUE', 'leadsync_contact_id'), {}, 'conflict', undefined],
    [
      400,
      { category: 'VALIDATION_ERROR', message: 'Unable to perform update/upsert by non-unique 0-1 property x' },
      {},
      'invalid',
      undefined,
    ],
    [400, { category: 'VALIDATION_ERROR', message: "Missing 'Edit Associations' permission." }, {}, 'misconfigured', undefined],
    [
      400,
      { category: 'VALIDATION_ERROR', message: 'Duplicate IDs found in batch input: [a]. IDs must be unique' },
      {},
      'protocol',
      undefined,
    ],
    [400, { message: 'Invalid input JSON on line 1, column 2' }, {}, 'protocol', undefined],
    [401, { category: 'INVALID_AUTHENTICATION' }, {}, 'unauthorized', undefined],
    [401, { category: 'EXPIRED_AUTHENTICATION' }, {}, 'unauthorized', undefined],
    [403, { category: 'MISSING_SCOPES' }, {}, 'misconfigured', undefined],
    [403, '', {}, 'misconfigured', undefined],
    [404, { category: 'OBJECT_NOT_FOUND' }, {}, 'conflict', undefined],
    [404, '<html>not found</html>', {}, 'misconfigured', undefined],
    [405, {}, {}, 'protocol', undefined],
    [409, { category: 'CONFLICT' }, {}, 'conflict', undefined],
    [413, '', {}, 'invalid', undefined],
    [414, '', {}, 'invalid', undefined],
    [415, '', {}, 'protocol', undefined],
    [418, { category: 'TEAPOT' }, {}, 'protocol', undefined],
    [423, {}, {}, 'unavailable', 2_000],
    [429, { policyName: 'SECONDLY' }, {}, 'rate_limited', 1_000],
    [429, { policyName: 'TEN_SECONDLY_ROLLING' }, {}, 'rate_limited', 10_000],
    [
      429,
      { policyName: 'TEN_SECONDLY_ROLLING' },
      { 'x-hubspot-ratelimit-interval-milliseconds': '12000' },
      'rate_limited',
      12_000,
    ],
    [429, { policyName: 'TEN_SECONDLY_ROLLING' }, { 'retry-after': '3' }, 'rate_limited', 3_000],
    [429, '', {}, 'rate_limited', 10_000],
    [429, { policyName: 'DAILY' }, {}, 'quota_exhausted', 12 * 3_600_000],
    [477, '', { 'retry-after': '3600' }, 'unavailable', 3_600_000],
    [500, { message: 'internal error' }, {}, 'unavailable', undefined],
    [502, '<html>bad gateway</html>', {}, 'unavailable', undefined],
    [503, '', { 'retry-after': 'Mon, 23 Nov 2026 17:00:20 GMT' }, 'unavailable', 20_000],
    [524, '', {}, 'unavailable', undefined],
  ])('%i %j with headers %j is %s, to be asked again after %s ms', (status, body, headers, code, delay) => {
    expect(judge(status, body, headers)).toMatchObject({ code, retryAfterMs: delay, status })
  })

  it.each([
    [{ kind: 'timeout' as const }, 'unavailable', /did not answer in time/],
    [{ kind: 'network' as const, code: 'ECONNREFUSED' }, 'unavailable', /ECONNREFUSED/],
    [{ kind: 'cancelled' as const }, 'unavailable', /cancelled/],
  ])('no answer (%j) is %s', (exchange, code, words) => {
    const { error } = refusalOf(exchange, noon)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(words)
  })

  it('leaves the wait after a used-up day to the queue when the time zone of the portal is not known', () => {
    const exchange = { kind: 'answer' as const, status: 429, headers: new Headers(), text: '{"policyName":"DAILY"}' }
    expect(refusalOf(exchange, { ...noon, timeZone: null }).error.retryAfterMs).toBeUndefined()
    expect(refusalOf(exchange, { ...noon, timeZone: 'Middle/Earth' }).error.retryAfterMs).toBeUndefined()
  })

  it.each([
    ['VALIDATION_ERROR', 'invalid'],
    ['CONFLICT', 'conflict'],
    ['OBJECT_NOT_FOUND', 'conflict'],
    ['INTERNAL_ERROR', 'unavailable'],
    ['NEVER_SEEN', 'protocol'],
  ])('a batch row of category %s is %s', (category, code) => {
    expect(rowRefusalOf(WireError.parse({ category }), noon).error.code).toBe(code)
  })
})

describe('what a person reads', () => {
  it('names the CRM, the field and what to do, whether HubSpot lists the fields or hides them in its message', () => {
    const listed = {
      category: 'VALIDATION_ERROR',
      errors: [{ code: 'INVALID_EMAIL', message: 'x', context: { propertyName: ['email'] } }],
    }
    const sentence =
      'HubSpot (sales): "email" is not a valid e-mail address. Correct the lead, the mapping or the portal, then replay.'
    expect(judge(400, listed)).toMatchObject({ message: sentence, fields: ['email'] })
    expect(judge(400, validation('INVALID_EMAIL'))).toMatchObject({
      message: sentence,
      fields: ['email'],
      correlationId: 'aa-11',
    })
  })

  it('hands on which contact stands in the way of a conflict', () => {
    const text = JSON.stringify({ category: 'CONFLICT', message: 'Contact already exists. Existing ID: 12345' })
    expect(refusalOf({ kind: 'answer', status: 409, headers: new Headers(), text }, noon).existingId).toBe('12345')
  })

  it('names the scopes that are missing', () => {
    const body = { category: 'MISSING_SCOPES', errors: [{ context: { requiredScopes: ['crm.objects.contacts.write'] } }] }
    expect(judge(403, body).message).toContain('(crm.objects.contacts.write)')
  })

  it.each([
    [400, validation('INVALID_OPTION', 'Secret Value')],
    [
      400,
      {
        category: 'VALIDATION_ERROR',
        message: 'secret-value',
        errors: [{ code: 'X', message: 'secret-value', context: { propertyName: ['secret-value@x.y'] } }],
      },
    ],
    [
      403,
      { category: 'MISSING_SCOPES', message: 'secret-value', errors: [{ context: { requiredScopes: ['secret-value@x.y'] } }] },
    ],
    [409, { category: 'CONFLICT', message: 'secret-value exists', correlationId: 'secret-value@x.y' }],
    [429, { policyName: 'secret-value', message: 'secret-value' }],
    [500, 'secret-value'],
    [599, { category: 'secret-value' }],
  ])("never repeats HubSpot's text (%i)", (status, body) => {
    const error = judge(status, body)
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack, cause: error.cause })).not.toMatch(
      /secret.value/i,
    )
    expect(error.message).toMatch(/^HubSpot \(sales\): /)
  })

  it.each([
    '',
    '[]',
    'null',
    '"x"',
    '{"errors":7,"context":[1],"message":{}}',
    '{"message":"[{}]"}',
    '{"errors":[null,{"context":{"propertyName":7}}]}',
  ])('is a sentence for any body: %s', (body) => {
    for (const status of [400, 403, 404, 429, 500]) expect(judge(status, body).message).toMatch(/^HubSpot \(sales\): .+\.$/)
  })
})
