import { expect, it } from 'vitest'
import { openInstance } from './instance.ts'

const key = 'leadsync_contact_id__c'
const jane = { FirstName: 'Jane', LastName: 'Doe', Company: 'Contoso', Email: 'jane@contoso.com', [key]: 'c-1', DoNotCall: true }

it('converts a lead into a contact that carries the key and the opt-outs, and makes the lead read-only', async () => {
  const org = await openInstance()
  const leadId = await org.make('Lead', jane)

  const converted = await org.control('convert', { leadId })

  const { contactId, accountId } = converted.json
  expect([contactId, accountId]).toEqual([expect.stringMatching(/^003/), expect.stringMatching(/^001/)])
  expect(
    await org.query(`SELECT IsConverted, ConvertedContactId, ConvertedAccountId, Status FROM Lead WHERE Id = '${leadId}'`),
  ).toMatchObject([
    { IsConverted: true, ConvertedContactId: contactId, ConvertedAccountId: accountId, Status: 'Closed - Converted' },
  ])
  const contact = await org.call('GET', `sobjects/Contact/${contactId}`)
  expect(contact.json).toMatchObject({
    LastName: 'Doe',
    Email: 'jane@contoso.com',
    [key]: 'c-1',
    DoNotCall: true,
    AccountId: accountId,
  })
  const single = await org.call('PATCH', `sobjects/Lead/${leadId}`, { FirstName: 'J' })
  const byKey = await org.call('PATCH', `sobjects/Lead/${key}/c-1`, { FirstName: 'J' })
  const task = await org.call('POST', 'sobjects/Task', { Subject: 'Call', WhoId: leadId })
  expect([single, byKey, task].map((one) => [one.status, one.json[0].errorCode])).toEqual([
    [400, 'CANNOT_UPDATE_CONVERTED_LEAD'],
    [400, 'CANNOT_UPDATE_CONVERTED_LEAD'],
    [400, 'CANNOT_UPDATE_CONVERTED_LEAD'],
  ])
  const row = { attributes: { type: 'Lead' }, [key]: 'c-1', FirstName: 'J' }
  const rows = await org.call('PATCH', `composite/sobjects/Lead/${key}`, { records: [row] })
  expect(rows.json).toMatchObject([{ success: false, errors: [{ statusCode: 'CANNOT_UPDATE_CONVERTED_LEAD' }] }])
})

it('converts into a contact that is there', async () => {
  const org = await openInstance()
  const leadId = await org.make('Lead', jane)
  const contactId = await org.make('Contact', { LastName: 'Doe' })

  const converted = await org.control('convert', { leadId, contactId })

  expect(converted.json.contactId).toBe(contactId)
  expect((await org.records()).filter(({ object }) => object === 'contact')).toHaveLength(1)
})

it('merges: the loser is deleted and points to the master', async () => {
  const org = await openInstance()
  const [masterId, loserId] = [await org.make('Lead', jane), await org.make('Lead', { LastName: 'Doe', Company: 'Contoso' })]

  const merged = await org.control('merge', { object: 'Lead', masterId, loserId })

  expect(merged.status).toBe(200)
  expect((await org.records()).map(({ id }) => id)).toEqual([masterId])
  const soql = encodeURIComponent(`SELECT IsDeleted, MasterRecordId FROM Lead WHERE Id = '${loserId}'`)
  expect((await org.call('GET', `query?q=${soql}`)).json.totalSize).toBe(0)
  expect((await org.call('GET', `queryAll?q=${soql}`)).json.records).toMatchObject([
    { IsDeleted: true, MasterRecordId: masterId },
  ])
})

it('purges: not even queryAll sees the record', async () => {
  const org = await openInstance()
  const id = await org.make('Lead', jane)

  await org.control('purge', { object: 'Lead', id })

  expect((await org.call('GET', 'queryAll?q=SELECT+Id+FROM+Lead')).json.totalSize).toBe(0)
  expect((await org.call('PATCH', `sobjects/Lead/${id}`, { FirstName: 'J' })).json[0].errorCode).toBe('NOT_FOUND')
})

it.each([
  ['convert', { leadId: '00Q000000000000EAA' }],
  ['convert', { lead: 'x' }],
  ['merge', { object: 'Lead', masterId: '00Q000000000000EAA', loserId: '00Q000000000001EAA' }],
  ['purge', { object: 'Dragon', id: '00Q000000000000EAA' }],
  ['row-faults', { object: 'Lead' }],
  ['row-faults', [{ object: 'Lead', status: 400 }]],
])('says in a sentence why it can’t %s with %j', async (name, body) => {
  const org = await openInstance()

  const reply = await org.control(name, body)

  expect([reply.status, reply.json]).toEqual([400, { error: expect.any(String) }])
})

it('locks rows as often as told, in collections and alone, and leaves others alone', async () => {
  const org = await openInstance()
  const fault = { object: 'Lead', times: 2, statusCode: 'UNABLE_TO_LOCK_ROW', message: 'locked', where: { LastName: 'Doe' } }
  const row = (LastName: string) => ({ attributes: { type: 'Lead' }, LastName, Company: 'Contoso' })

  const armed = await org.control('row-faults', [fault])
  const rows = await org.call('POST', 'composite/sobjects', { records: [row('Doe'), row('Roe')] })
  const single = await org.call('POST', 'sobjects/Lead', { LastName: 'Doe', Company: 'Contoso' })
  const later = await org.call('POST', 'sobjects/Lead', { LastName: 'Doe', Company: 'Contoso' })

  expect(armed.json).toEqual({ armed: 2 })
  expect(rows.json).toMatchObject([
    { errors: [{ statusCode: 'UNABLE_TO_LOCK_ROW', message: 'locked', fields: [] }] },
    { success: true },
  ])
  expect([single.status, single.json]).toMatchObject([400, [{ errorCode: 'UNABLE_TO_LOCK_ROW' }]])
  expect(later.status).toBe(201)
})

it('shows what it holds in lower-case words, converted leads too, deleted ones not', async () => {
  const org = await openInstance()
  const leadId = await org.make('Lead', jane)
  const gone = await org.make('Lead', { LastName: 'Gone', Company: 'Contoso' })
  await org.call('DELETE', `sobjects/Lead/${gone}`)
  await org.control('convert', { leadId })
  await org.make('Task', { Subject: 'Call' })

  const records = await org.records()

  expect(records.map(({ object }) => object).sort()).toEqual(['account', 'contact', 'lead', 'task'])
  expect(records.find(({ object }) => object === 'lead')).toMatchObject({ id: leadId, fields: { IsConverted: true, ...jane } })
})
