import { expect, it } from 'vitest'
import { openInstance } from './instance.ts'

const key = 'leadsync_contact_id__c'
const path = `composite/sobjects/Lead/${key}`

function lead(n: number, some: object = {}): Record<string, unknown> {
  return { attributes: { type: 'Lead' }, [key]: `c-${n}`, LastName: `Doe ${n}`, Company: 'Contoso', ...some }
}

it('upserts 200 leads with jsforce in one call, in order, and again without making anybody', async () => {
  const org = await openInstance()
  const leads = org.connect().sobject('Lead')
  const rows = Array.from({ length: 200 }, (_, n) => ({ [key]: `c-${n}`, LastName: `Doe ${n}`, Company: 'Contoso' }))

  const first = await leads.upsert(rows, key, { allOrNone: false })
  const again = await leads.upsert(rows, key, { allOrNone: false })

  expect(first.every((one) => one.success && 'created' in one && one.created === true)).toBe(true)
  expect(again.map((one) => ({ ...one }))).toEqual(first.map(({ id }) => ({ id, success: true, errors: [], created: false })))
  expect((await org.records()).map(({ fields }) => fields.LastName)).toEqual(rows.map(({ LastName }) => LastName))
  const calls = (await org.call('GET', 'limits')).headers.get('sforce-limit-info')
  expect(calls).toBe('api-usage=3/100000')
})

it('judges each row by itself, under `statusCode`, and answers 200', async () => {
  const org = await openInstance()
  const records = [lead(1), lead(2, { LastName: null }), lead(3, { Dragon__c: 1 }), lead(4)]

  const reply = await org.call('PATCH', path, { allOrNone: false, records })

  expect(reply.status).toBe(200)
  expect(reply.json).toMatchObject([
    { success: true, created: true },
    { success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING', message: expect.any(String), fields: ['LastName'] }] },
    { success: false, errors: [{ statusCode: 'INVALID_FIELD' }] },
    { success: true, created: true },
  ])
  expect(reply.json[1].errors[0]).not.toHaveProperty('errorCode')
  expect(reply.json[1]).not.toHaveProperty('id')
})

it('undoes everything with allOrNone when one row fails', async () => {
  const org = await openInstance()
  const kept = await org.make('Lead', { LastName: 'Old', Company: 'Contoso', [key]: 'c-1' })

  const records = [lead(1), lead(2, { Email: 'foo' }), lead(3)]
  const reply = await org.call('PATCH', path, { allOrNone: true, records })

  expect(reply.json.map((row: { errors: { statusCode: string }[] }) => row.errors[0]?.statusCode)).toEqual([
    'ALL_OR_NONE_OPERATION_ROLLED_BACK',
    'INVALID_EMAIL_ADDRESS',
    'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  ])
  expect(await org.records()).toMatchObject([{ id: kept, fields: { LastName: 'Old' } }])
})

it('fails every row whose key stands twice, in whatever case, or nowhere', async () => {
  const org = await openInstance()
  const records = [lead(1), lead(2), { ...lead(1), [key]: 'C-1' }, { attributes: { type: 'Lead' }, LastName: 'X', Company: 'Y' }]

  const reply = await org.call('PATCH', path, { records })

  expect(reply.json).toMatchObject([
    { success: false, errors: [{ statusCode: 'DUPLICATE_VALUE', message: 'Duplicate external id specified: c-1' }] },
    { success: true },
    { success: false, errors: [{ statusCode: 'DUPLICATE_VALUE' }] },
    { success: false, errors: [{ statusCode: 'MISSING_ARGUMENT', message: `${key} not specified` }] },
  ])
})

it('says which record holds a unique value', async () => {
  const org = await openInstance()
  const id = await org.make('Lead', lead(1, { attributes: undefined }))

  const reply = await org.call('POST', 'composite/sobjects', { records: [lead(1)] })

  expect(reply.json[0].errors).toMatchObject([
    { statusCode: 'DUPLICATE_VALUE', message: expect.stringContaining(id.slice(0, 15)) },
  ])
})

it('makes, changes, reads and deletes with jsforce, of several objects at once', async () => {
  const org = await openInstance()
  const connection = org.connect()

  const made = await org.call('POST', 'composite/sobjects', {
    records: [lead(1), { attributes: { type: 'Contact' }, LastName: 'Roe' }],
  })
  const [leadId = '', contactId = ''] = made.json.map((row: { id: string }) => row.id)
  const changed = await connection.sobject('Lead').update([{ Id: leadId, FirstName: 'Jane' }])
  const read = await connection.sobject('Lead').retrieve([leadId, '00Q000000000000EAA'], { fields: ['FirstName'] })
  const byGet = await org.call('GET', `composite/sobjects/Contact?ids=${contactId}&fields=LastName`)
  const deleted = await org.call('DELETE', `composite/sobjects?ids=${leadId},00Q000000000000EAA,${contactId}&allOrNone=false`)

  expect(made.json).toEqual([leadId, contactId].map((id) => ({ id, success: true, errors: [] })))
  expect(changed).toEqual([{ id: leadId, success: true, errors: [] }])
  expect(read).toMatchObject([{ FirstName: 'Jane', Id: leadId }, null])
  expect(byGet.json).toMatchObject([{ LastName: 'Roe' }])
  expect(deleted.json).toMatchObject([{ success: true }, { success: false }, { success: true }])
  expect(await org.records()).toEqual([])
})

it('says per row what is wrong with an id', async () => {
  const org = await openInstance()
  const [a, gone] = [
    await org.make('Lead', lead(1, { attributes: undefined })),
    await org.make('Lead', lead(2, { attributes: undefined })),
  ]
  await org.call('DELETE', `sobjects/Lead/${gone}`)
  const row = (id?: string) => ({ attributes: { type: 'Lead' }, ...(id === undefined ? {} : { id }), FirstName: 'J' })

  const reply = await org.call('PATCH', 'composite/sobjects', {
    records: [row(a), row('00Q000000000000EAA'), row(gone), row()],
  })
  const twice = await org.call('PATCH', 'composite/sobjects', { records: [row(a), row(a.slice(0, 15))] })

  const codes = reply.json.map((one: { errors: { statusCode: string }[] }) => one.errors[0]?.statusCode)
  expect(codes).toEqual([undefined, 'INVALID_CROSS_REFERENCE_KEY', 'ENTITY_IS_DELETED', 'MISSING_ARGUMENT'])
  expect(twice.json).toMatchObject([
    { errors: [{ statusCode: 'DUPLICATE_VALUE' }] },
    { errors: [{ statusCode: 'DUPLICATE_VALUE' }] },
  ])
})

it.each([
  ['201 rows', { records: Array.from({ length: 201 }, (_, n) => lead(n)) }, 400, 'EXCEEDED_ID_LIMIT'],
  ['a record without a type', { records: [{ [key]: 'c-1' }] }, 400, 'JSON_PARSER_ERROR'],
  ['no records', { rows: [] }, 400, 'JSON_PARSER_ERROR'],
])('refuses the whole request for %s', async (_, body, status, errorCode) => {
  const org = await openInstance()

  const reply = await org.call('PATCH', path, body)

  expect([reply.status, reply.json[0].errorCode]).toEqual([status, errorCode])
})

it.each(['Dragon__c', 'FirstName'])('refuses the whole request for the key %s', async (field) => {
  const org = await openInstance()

  const reply = await org.call('PATCH', `composite/sobjects/Lead/${field}`, { records: [lead(1)] })

  expect([reply.status, reply.json[0].errorCode]).toEqual([404, 'NOT_FOUND'])
})

it('gives the duplicate result its right name in a row', async () => {
  const org = await openInstance({ org: { duplicateRules: 'block' } })
  const id = await org.make('Lead', lead(1, { attributes: undefined, Email: 'jane@contoso.com' }))

  const reply = await org.call('PATCH', path, { records: [lead(2, { Email: 'JANE@contoso.com' })] })

  const [error] = reply.json[0].errors
  expect(error).toMatchObject({ statusCode: 'DUPLICATES_DETECTED', duplicateResult: { matchResults: [expect.anything()] } })
  expect(JSON.stringify(error.duplicateResult)).toContain(id)
  expect(error).not.toHaveProperty('duplicateResut')
})

it('honours Sforce-Auto-Assign', async () => {
  const org = await openInstance({ org: { assignmentRule: true } })

  await org.call('PATCH', path, { records: [lead(1)] }, { 'Sforce-Auto-Assign': 'FALSE' })
  await org.call('PATCH', path, { records: [lead(2)] })

  expect((await org.records()).map(({ fields }) => String(fields.OwnerId).slice(0, 3))).toEqual(['005', '00G'])
})
