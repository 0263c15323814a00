import { describe, expect, it } from 'vitest'
import { refusalOf, rowRefusalOf } from '../../../connectors/salesforce/errors.ts'
import { Rules, StatusRules, UnknownRecord, UnknownRequest } from '../../../connectors/salesforce/rules.ts'

const Noon = Date.parse('2026-11-23T12:00:00Z')

function request(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return refusalOf({ kind: 'answer', status, headers: new Headers(headers), text }, { crm: 'sales', now: Noon })
}

const error = (errorCode: string, fields?: readonly unknown[]) => [{ message: 'zaphod@x.y ist schuld', errorCode, fields }]
const rowError = (statusCode: string, fields: readonly unknown[] = []) => [
  { message: 'zaphod@x.y ist schuld', statusCode, fields },
]
const html = '<html><body>zaphod@x.y</body></html>'

const requests: readonly [number, unknown, string][] = [
  [
    300,
    ['/services/data/v68.0/sobjects/Lead/00Q000000000001', '/services/data/v68.0/sobjects/Lead/00Q000000000002'],
    'multiple_matches',
  ],
  [301, '', 'misconfigured'],
  [302, html, 'misconfigured'],
  [400, error('QUERY_TIMEOUT'), 'unavailable'],
  [400, error('REQUEST_RUNNING_TOO_LONG'), 'unavailable'],
  [400, error('TXN_SECURITY_METERING_ERROR'), 'unavailable'],
  [400, error('INVALID_QUERY_LOCATOR'), 'unavailable'],
  [400, error('TXN_SECURITY_NO_ACCESS'), 'misconfigured'],
  [400, error('INVALID_TYPE'), 'misconfigured'],
  [400, error('INSUFFICIENT_ACCESS_OR_READONLY'), 'misconfigured'],
  [400, error('UNABLE_TO_LOCK_ROW'), 'conflict'],
  [400, error('MALFORMED_QUERY'), 'protocol'],
  [400, error('JSON_PARSER_ERROR'), 'invalid'],
  [400, error('INVALID_FIELD'), 'invalid'],
  [400, error('NEVER_SEEN'), 'protocol'],
  [400, html, 'protocol'],
  [401, error('INVALID_SESSION_ID'), 'unauthorized'],
  [401, error('INVALID_AUTH_HEADER'), 'unauthorized'],
  [401, error('UNABLE_TO_LOCK_ROW'), 'unauthorized'],
  [401, '', 'unauthorized'],
  [403, error('API_DISABLED_FOR_ORG'), 'misconfigured'],
  [403, error('API_CURRENTLY_DISABLED'), 'unavailable'],
  [403, error('INSUFFICIENT_ACCESS'), 'misconfigured'],
  [403, error('FUNCTIONALITY_NOT_ENABLED'), 'misconfigured'],
  [403, 'Bad_OAuth_Token', 'misconfigured'],
  [404, error('NOT_FOUND'), 'misconfigured'],
  [404, error('ENTITY_IS_DELETED'), 'conflict'],
  [404, html, 'misconfigured'],
  [405, error('METHOD_NOT_ALLOWED'), 'protocol'],
  [405, '', 'protocol'],
  [408, '', 'unavailable'],
  [410, error('UNSUPPORTED_API_VERSION'), 'misconfigured'],
  [410, '', 'misconfigured'],
  [413, '', 'protocol'],
  [414, html, 'protocol'],
  [415, '', 'protocol'],
  [418, { errorCode: 'TEAPOT' }, 'protocol'],
  [420, '', 'unavailable'],
  [429, '', 'rate_limited'],
  [431, '', 'protocol'],
  [500, error('UNKNOWN_EXCEPTION'), 'unavailable'],
  [500, html, 'unavailable'],
  [502, html, 'unavailable'],
  [503, error('SERVER_UNAVAILABLE'), 'unavailable'],
  [503, html, 'unavailable'],
  [504, '', 'unavailable'],
]

const records: readonly [string, readonly string[], string][] = [
  ['UNABLE_TO_LOCK_ROW', [], 'conflict'],
  ['ENTITY_IS_LOCKED', [], 'conflict'],
  ['UNKNOWN_EXCEPTION', [], 'conflict'],
  ['ALL_OR_NONE_OPERATION_ROLLED_BACK', [], 'conflict'],
  ['PROCESSING_HALTED', [], 'conflict'],
  ['REQUEST_LIMIT_EXCEEDED', [], 'quota_exhausted'],
  ['STORAGE_LIMIT_EXCEEDED', [], 'misconfigured'],
  ['DUPLICATE_EXTERNAL_ID', [], 'multiple_matches'],
  ['DUPLICATES_DETECTED', [], 'multiple_matches'],
  ['DUPLICATE_VALUE', ['leadsync_contact_id__c'], 'conflict'],
  ['CANNOT_UPDATE_CONVERTED_LEAD', [], 'conflict'],
  ['ENTITY_IS_DELETED', [], 'conflict'],
  ['NOT_FOUND', [], 'conflict'],
  ['INVALID_CROSS_REFERENCE_KEY', [], 'conflict'],
  ['INVALID_CROSS_REFERENCE_KEY', ['OwnerId'], 'invalid'],
  ['INSUFFICIENT_ACCESS_OR_READONLY', [], 'invalid'],
  ['INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', ['AccountId'], 'invalid'],
  ['INACTIVE_OWNER_OR_USER', [], 'invalid'],
  ['REQUIRED_FIELD_MISSING', ['LastName'], 'invalid'],
  ['STRING_TOO_LONG', ['FirstName'], 'invalid'],
  ['STRING_TOO_LONG', [], 'invalid'],
  ['INVALID_EMAIL_ADDRESS', ['Email'], 'invalid'],
  ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', ['Rating'], 'invalid'],
  ['FIELD_CUSTOM_VALIDATION_EXCEPTION', [], 'invalid'],
  ['FIELD_CUSTOM_VALIDATION_EXCEPTION', ['Phone'], 'invalid'],
  ['FIELD_INTEGRITY_EXCEPTION', ['StateCode'], 'invalid'],
  ['INVALID_FIELD', ['Nobody__c'], 'invalid'],
  ['INVALID_FIELD_FOR_INSERT_UPDATE', ['Name'], 'invalid'],
  ['INVALID_TYPE_ON_FIELD_IN_RECORD', ['AnnualRevenue'], 'invalid'],
  ['NUMBER_OUTSIDE_VALID_RANGE', ['AnnualRevenue'], 'invalid'],
  ['MALFORMED_ID', [], 'protocol'],
  ['MALFORMED_ID', ['OwnerId'], 'invalid'],
  ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', [], 'invalid'],
  ['CANNOT_EXECUTE_FLOW_TRIGGER', [], 'invalid'],
  ['INVALID_TYPE', [], 'misconfigured'],
  ['INVALID_TYPE_FOR_OPERATION', [], 'invalid'],
  ['ONE_OF_THE_HUNDREDS', [], 'invalid'],
  ['ONE_OF_THE_HUNDREDS', ['Phone'], 'invalid'],
]

describe("Salesforce's refusals", () => {
  it('each row of the table has an answer that it is for', () => {
    const judged = new Set([
      ...requests.map(([status, body]) => request(status, body).rule),
      ...records.map(([statusCode, fields]) => rowRefusalOf(rowError(statusCode, fields), 'sales').rule),
    ])
    const rows = [...Rules, ...StatusRules, UnknownRequest, UnknownRecord].map(({ id }) => id)
    expect(rows.filter((id) => !judged.has(id))).toEqual([])
  })

  it.each(requests)('of a request with %i %j: %s', (status, body, code) => {
    expect(request(status, body).error).toMatchObject({
      code,
      status,
      message: expect.stringMatching(/^Salesforce \(sales\): .+\.$/),
    })
  })

  it.each(records)('of a record with %s about %j: %s', (statusCode, fields, code) => {
    const refusal = rowRefusalOf(rowError(statusCode, fields), 'sales')
    expect(refusal).toMatchObject({ statusCode, duplicates: [], error: { code, status: undefined } })
    expect(refusal.error.message).toMatch(/^Salesforce \(sales\): .+\.$/)
    expect(refusal.fields).toEqual(statusCode === 'INACTIVE_OWNER_OR_USER' ? ['OwnerId'] : fields)
    expect(refusal.error.fields).toEqual(refusal.fields)
  })

  it.each(Rules.flatMap((rule) => rule.codes.map((code) => [code, rule] as const)))(
    '%s reaches its row of the table',
    (code, rule) => {
      const messages = [rowRefusalOf(rowError(code), 'sales'), request(400, error(code))].map((refusal) => refusal.error.message)
      const say = rule.meant === undefined ? rule.say : `"${rule.meant}" ${rule.field}`
      expect(messages.some((message) => message.includes(say))).toBe(true)
      const named = rowRefusalOf(rowError(code, ['Some__c']), 'sales').error
      if (rule.field !== undefined)
        expect(named).toMatchObject({ code: 'invalid', message: expect.stringContaining(`"Some__c" ${rule.field}`) })
    },
  )

  it.each(StatusRules.map((rule) => [[rule.status].flat()[0] ?? 0, rule] as const))(
    'a bare %i reaches its row of the table',
    (status, rule) => {
      expect(request(status, '').error.message).toContain(rule.say.split('{')[0])
    },
  )

  it.each([
    ['timeout', { kind: 'timeout' }, /in time/],
    ['network', { kind: 'network', code: 'ECONNREFUSED' }, /ECONNREFUSED/],
    ['cancelled', { kind: 'cancelled' }, /cancelled/],
  ] as const)('no answer (%s) is unavailable', (_, exchange, words) => {
    const { error } = refusalOf(exchange, { crm: 'sales', now: Noon })
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(words) })
  })

  it.each([
    [429, { 'retry-after': '7' }, 7_000],
    [503, { 'retry-after': 'Mon, 23 Nov 2026 12:00:20 GMT' }, 20_000],
    [503, {}, undefined],
  ])('of %i with %j is asked again after %s ms', (status, headers, ms) => {
    expect(request(status, '', headers).error.retryAfterMs).toBe(ms)
  })

  it('under an approval lock is tried again every hour', () => {
    expect(rowRefusalOf(rowError('ENTITY_IS_LOCKED'), 'sales').error.retryAfterMs).toBe(3_600_000)
  })
})

describe('what a person reads', () => {
  it('names each field and what to do', () => {
    const { error } = rowRefusalOf(
      [...rowError('INVALID_EMAIL_ADDRESS', ['Email']), ...rowError('STRING_TOO_LONG', ['FirstName', 'Title'])],
      'sales',
    )
    expect(error.message).toBe(
      'Salesforce (sales): "Email" is not a valid e-mail address; "FirstName" is too long; "Title" is too long. Correct the lead, the mapping or the org, then replay.',
    )
    expect(error.fields).toEqual(['Email', 'FirstName', 'Title'])
  })

  it('of several errors is the one that concerns the most leads', () => {
    const refusal = rowRefusalOf([...rowError('STRING_TOO_LONG', ['Title']), ...rowError('STORAGE_LIMIT_EXCEEDED')], 'sales')
    expect(refusal).toMatchObject({ statusCode: 'STORAGE_LIMIT_EXCEEDED', error: { code: 'misconfigured', fields: [] } })
  })

  it('names an unknown code, but nothing that only looks like one', () => {
    expect(rowRefusalOf(rowError('ONE_OF_THE_HUNDREDS'), 'sales').error.message).toContain('(ONE_OF_THE_HUNDREDS)')
    const strange = rowRefusalOf(rowError('zaphod@x.y'), 'sales')
    expect([strange.statusCode, strange.error.message.includes('zaphod')]).toEqual([null, false])
  })

  it('is the same whatever language Salesforce answers in', () => {
    const [german] = rowError('DUPLICATE_VALUE')
    const english = { ...german, message: 'duplicate value found: X__c duplicates value on record with id: 00Q000000000001' }
    expect(rowRefusalOf([english], 'sales')).toEqual(rowRefusalOf([german], 'sales'))
  })

  it.each([
    ...requests,
    ...requests.map(([status, , code]): [number, unknown, string] => [
      status,
      error('STRING_TOO_LONG', ['zaphod@x.y', 7, null]),
      code,
    ]),
  ])("never repeats Salesforce's text (%i %j)", (status, body) => {
    const refusal = request(status, body)
    const { message, stack, cause } = refusal.error
    expect(JSON.stringify([refusal, { ...refusal.error }, message, stack, cause])).not.toMatch(/zaphod/i)
  })

  it.each([undefined, null, '', 'x', 7, [], {}, [null], [[]], [{ fields: 7, statusCode: {}, duplicateResult: 'x' }]])(
    'is a sentence for any errors: %j',
    (errors) => {
      expect(rowRefusalOf(errors, 'sales').error.message).toMatch(/^Salesforce \(sales\): .+\.$/)
      expect(rowRefusalOf(errors, 'sales', 400).error.message).toMatch(/^Salesforce \(sales\): .+\.$/)
      expect(request(400, errors ?? '').error.message).toMatch(/^Salesforce \(sales\): .+\.$/)
    },
  )
})

describe("a duplicate rule's block", () => {
  const match = (type: string, id: string) => ({
    record: { attributes: { type, url: `/services/data/v68.0/sobjects/${type}/${id}` }, Id: id },
  })
  const result = {
    allowSave: false,
    duplicateRule: 'Standard_Lead_Duplicate_Rule',
    matchResults: [
      {
        entityType: 'Contact',
        matchRecords: [match('Contact', '0035g000001AAAAAA2')],
        rule: 'Standard_Contact_Match_Rule_v1_1',
        size: 1,
      },
      {
        entityType: 'Lead',
        matchRecords: [match('Lead', '00Q5g000001BBBBBB4'), match('Lead', '00Q5g000001BBBBBB4'), null],
        size: 2,
      },
    ],
  }
  const found = [
    { object: 'Contact', id: '0035g000001AAAAAA2' },
    { object: 'Lead', id: '00Q5g000001BBBBBB4' },
  ]

  it.each(['duplicateResult', 'duplicateResut'])('names the records it found, spelt %s', (spelling) => {
    const row = [{ ...rowError('DUPLICATES_DETECTED')[0], [spelling]: result }]
    expect(rowRefusalOf(row, 'sales')).toMatchObject({ statusCode: 'DUPLICATES_DETECTED', duplicates: found })
    expect(request(400, [{ ...error('DUPLICATES_DETECTED')[0], [spelling]: result }]).duplicates).toEqual(found)
  })

  it.each([
    [null],
    [{}],
    [{ matchResults: null }],
    [{ matchResults: [{}, null, { matchRecords: [{}] }] }],
    [{ matchResults: [{ matchRecords: [match('Lead', "x' OR Id")] }] }],
  ])('names none where there are none to be read: %j', (duplicateResult) => {
    const row = [{ ...rowError('DUPLICATES_DETECTED')[0], duplicateResult }]
    expect(rowRefusalOf(row, 'sales')).toMatchObject({ duplicates: [], error: { code: 'multiple_matches' } })
  })
})
