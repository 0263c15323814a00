import { expect, it } from 'vitest'
import { base, openInstance } from './instance.ts'

const key = 'leadsync_contact_id__c'
const jane = { LastName: 'Doe', Company: 'Contoso', Email: 'jane@contoso.com' }

it('makes, reads, changes and deletes a record with jsforce', async () => {
  const leads = (await openInstance()).connect().sobject('Lead')

  const made = await leads.create(jane)
  const id = made.id ?? ''
  const changed = await leads.update({ Id: id, FirstName: 'Jane' })
  const read = await leads.retrieve(id)
  const deleted = await leads.destroy(id)

  expect(made).toEqual({ id: expect.stringMatching(/^00Q\w{15}$/), success: true, errors: [] })
  expect(changed).toEqual({ id, success: true, errors: [] })
  expect(read).toMatchObject({
    attributes: { type: 'Lead', url: `${base}/sobjects/Lead/${id}` },
    ...jane,
    FirstName: 'Jane',
    Status: 'Open - Not Contacted',
    IsConverted: false,
    DoNotCall: false,
  })
  expect(deleted).toMatchObject({ success: true })
  await expect(leads.retrieve(id)).rejects.toMatchObject({ errorCode: 'ENTITY_IS_DELETED' })
})

it('answers 201 with the address, 204 without a body to a change and a deletion, and the fields asked for', async () => {
  const org = await openInstance()

  const made = await org.call('POST', 'sobjects/Lead', jane)
  const path = `sobjects/Lead/${made.json.id}`
  const changed = await org.call('PATCH', path, { FirstName: 'Jane' })
  const read = await org.call('GET', `${path}?fields=firstname,Email`)
  const byShortId = await org.call('GET', `sobjects/Lead/${made.json.id.slice(0, 15)}`)
  const deleted = await org.call('DELETE', path)

  expect([made.status, made.headers.get('location')]).toEqual([201, `${base}/${path}`])
  expect(made.headers.get('content-type')).toBe('application/json;charset=UTF-8')
  expect([changed.status, changed.text]).toEqual([204, ''])
  expect(read.json).toEqual({
    attributes: expect.anything(),
    FirstName: 'Jane',
    Email: 'jane@contoso.com',
    Id: made.json.id,
  })
  expect(byShortId.json.Id).toBe(made.json.id)
  expect([deleted.status, deleted.text]).toEqual([204, ''])
})

it.each([
  ['a missing field', { LastName: 'Doe' }, 'REQUIRED_FIELD_MISSING', ['Company']],
  ['a text too long', { ...jane, FirstName: 'J'.repeat(41) }, 'STRING_TOO_LONG', ['FirstName']],
  ['no address', { ...jane, Email: 'foo' }, 'INVALID_EMAIL_ADDRESS', ['Email']],
  ['a field that isn’t there', { ...jane, Dragon__c: 1 }, 'INVALID_FIELD', expect.anything()],
  ['a read-only field', { ...jane, IsConverted: true }, 'INVALID_FIELD_FOR_INSERT_UPDATE', ['IsConverted']],
  ['an owner that isn’t there', { ...jane, OwnerId: '005000000000000AAA' }, 'INVALID_CROSS_REFERENCE_KEY', expect.anything()],
])('refuses %s under `errorCode`, and makes nothing', async (_, fields, errorCode, named) => {
  const org = await openInstance()

  const reply = await org.call('POST', 'sobjects/Lead', fields)

  expect([reply.status, reply.json]).toMatchObject([400, [{ errorCode, message: expect.any(String) }]])
  expect(reply.json[0].fields ?? []).toEqual(named)
  expect(await org.records()).toEqual([])
})

it.each([
  ['GET', '00Q000000000000EAA', undefined, 404, 'NOT_FOUND'],
  ['PATCH', '00Q000000000000EAA', { FirstName: 'J' }, 404, 'NOT_FOUND'],
  ['DELETE', '00Q000000000000EAA', undefined, 404, 'NOT_FOUND'],
  ['PUT', '00Q000000000000EAA', {}, 405, 'METHOD_NOT_ALLOWED'],
  ['PATCH', '00Q000000000000EAA', { Id: '00Q000000000000EAA' }, 400, 'INVALID_FIELD'],
  ['PATCH', '00Q000000000000EAA', '{"LastName":', 400, 'JSON_PARSER_ERROR'],
])('answers %s of a lead %s that nobody has, with %j: %d %s', async (method, id, body, status, errorCode) => {
  const org = await openInstance()

  const reply = await org.call(method, `sobjects/Lead/${id}`, body)

  expect([reply.status, reply.json[0].errorCode]).toEqual([status, errorCode])
})

it('answers 404 ENTITY_IS_DELETED to a change of a deleted record', async () => {
  const org = await openInstance()
  const id = await org.make('Lead', jane)
  await org.call('DELETE', `sobjects/Lead/${id}`)

  const reply = await org.call('PATCH', `sobjects/Lead/${id}`, { FirstName: 'J' })

  expect([reply.status, reply.json]).toMatchObject([404, [{ errorCode: 'ENTITY_IS_DELETED' }]])
})

it('refuses a body that is not JSON', async () => {
  const org = await openInstance()

  const reply = await org.call('POST', 'sobjects/Lead', 'LastName=Doe', { 'content-type': 'text/plain' })

  expect([reply.status, reply.json[0].errorCode]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
})

it('upserts by an external id: 201, then 200, in any case of the key', async () => {
  const org = await openInstance()
  const path = `sobjects/Lead/${key}`

  const first = await org.call('PATCH', `${path}/c-1`, jane)
  const second = await org.call('PATCH', `${path}/C-1`, { FirstName: 'Jane' })
  const read = await org.call('GET', `${path}/c-1`)

  expect([first.status, first.json]).toEqual([201, { id: first.json.id, success: true, errors: [], created: true }])
  expect([second.status, second.json]).toEqual([200, { id: first.json.id, success: true, errors: [], created: false }])
  expect(read.json).toMatchObject({ Id: first.json.id, FirstName: 'Jane', [key]: expect.any(String) })
})

it('upserts what jsforce sends', async () => {
  const org = await openInstance()

  const result = await org
    .connect()
    .sobject('Lead')
    .upsert({ ...jane, [key]: 'c-1' }, key)

  expect(result).toMatchObject({ success: true, created: true })
})

it.each([
  ['a field that isn’t there', 'Dragon__c/1', 404, 'NOT_FOUND'],
  ['a field that is no key', 'FirstName/Jane', 404, 'NOT_FOUND'],
  ['a key in the body, too', `${key}/c-1`, 400, 'INVALID_FIELD'],
  ['a slash that isn’t encoded', `${key}/a/b`, 404, 'NOT_FOUND'],
  ['nobody to update', `${key}/c-9?updateOnly=true`, 404, 'NOT_FOUND'],
])('refuses an upsert by %s', async (_, path, status, errorCode) => {
  const org = await openInstance()

  const fields = path === `${key}/c-1` ? { ...jane, [key]: 'c-1' } : jane
  const reply = await org.call('PATCH', `sobjects/Lead/${path}`, fields)

  expect([reply.status, reply.json[0].errorCode]).toEqual([status, errorCode])
  expect(await org.records()).toEqual([])
})

it('keeps an encoded key as it is', async () => {
  const org = await openInstance()

  await org.call('PATCH', `sobjects/Lead/${key}/${encodeURIComponent('a/b c?d#é')}`, jane)

  expect((await org.records())[0]?.fields[key]).toBe('a/b c?d#é')
})

it('answers 300 with addresses when a key is no unique one', async () => {
  const org = await openInstance()
  const ids = [await org.make('Lead', jane), await org.make('Lead', jane)]

  const reply = await org.call('PATCH', 'sobjects/Lead/Email/jane%40contoso.com', { FirstName: 'J' })

  expect([reply.status, reply.json]).toEqual([300, ids.map((id) => `${base}/sobjects/Lead/${id}`)])
  const byJsforce = org.connect().sobject('Lead').upsert({ Email: 'jane@contoso.com', FirstName: 'J' }, 'Email')
  await expect(byJsforce).rejects.toMatchObject({ errorCode: 'MULTIPLE_CHOICES' })
})

it('gives the duplicate result its misspelt name, and lets a duplicate pass when the header and the rule allow it', async () => {
  const org = await openInstance({ org: { duplicateRules: { Lead: 'alert' } } })
  const id = await org.make('Lead', jane)

  const refused = await org.call('POST', 'sobjects/Lead', jane)
  const allowed = await org.call('POST', 'sobjects/Lead', jane, { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' })

  expect([refused.status, refused.json]).toMatchObject([
    400,
    [
      {
        errorCode: 'DUPLICATES_DETECTED',
        duplicateResut: { allowSave: true, matchResults: [{ entityType: 'Lead', matchRecords: [{ record: { Id: id } }] }] },
      },
    ],
  ])
  expect(allowed.status).toBe(201)
})

it('blocks a duplicate whatever the header says when the rule blocks', async () => {
  const org = await openInstance({ org: { duplicateRules: 'block' } })
  await org.make('Contact', { LastName: 'Doe', Email: 'jane@contoso.com' })

  const reply = await org.call('POST', 'sobjects/Lead', jane, { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' })

  expect(reply.json[0]).toMatchObject({ duplicateResut: { matchResults: [{ entityType: 'Contact' }] } })
})

it('runs the assignment rule unless the header says FALSE', async () => {
  const org = await openInstance({ org: { assignmentRule: true } })

  const off = { 'Sforce-Auto-Assign': 'FALSE' }
  const kept = await org.call('POST', 'sobjects/Lead', jane, off)
  const given = await org.call('POST', 'sobjects/Lead', jane)
  await org.call('PATCH', `sobjects/Lead/${kept.json.id}`, { FirstName: 'J' }, off)
  const owner = async (id: string) => (await org.call('GET', `sobjects/Lead/${id}?fields=OwnerId`)).json.OwnerId
  const before = await owner(kept.json.id)
  await org.call('PATCH', `sobjects/Lead/${kept.json.id}`, { FirstName: 'Jane' })

  expect(before).toMatch(/^005/)
  expect(await owner(given.json.id)).toMatch(/^00G/)
  expect(await owner(kept.json.id)).toMatch(/^00G/)
})

it('describes what the user sees, and lists the objects', async () => {
  const org = await openInstance({ org: { hiddenFields: ['Lead.DoNotCall'] } })
  const connection = org.connect()

  const lead = await connection.describe('Lead')
  const all = await connection.describeGlobal()
  const names = lead.fields.map(({ name }) => name)

  expect(lead).toMatchObject({ name: 'Lead', keyPrefix: '00Q', createable: true })
  expect(names).toContain(key)
  expect(names).not.toContain('DoNotCall')
  expect(lead.fields.find(({ name }) => name === key)).toMatchObject({ externalId: true, unique: true, length: 80, custom: true })
  expect(all.sobjects.map(({ name }) => name)).toEqual(expect.arrayContaining(['Lead', 'Contact', 'Account', 'Task', 'User']))
  const refused = await org.call('POST', 'sobjects/Lead', { ...jane, DoNotCall: true })
  expect(refused.json[0].errorCode).toMatch(/^INVALID_FIELD/)
})

it('makes tasks for a lead, and refuses one that has an account as well', async () => {
  const org = await openInstance()
  const WhoId = await org.make('Lead', jane)
  const WhatId = await org.make('Account', { Name: 'Contoso' })
  const key = 'leadsync_task_id__c'

  const made = await org.call('PATCH', `sobjects/Task/${key}/t-1`, { Subject: 'Call Jane', WhoId })
  const again = await org.call('PATCH', `sobjects/Task/${key}/t-1`, { Status: 'Completed' })
  const refused = await org.call('POST', 'sobjects/Task', { Subject: 'Call Jane', WhoId, WhatId })

  expect([made.status, again.status]).toEqual([201, 200])
  expect(refused.json[0].errorCode).toBe('FIELD_INTEGRITY_EXCEPTION')
  expect(await org.query('SELECT Subject, Status, IsClosed FROM Task')).toMatchObject([
    { Subject: 'Call Jane', Status: 'Completed', IsClosed: true },
  ])
})
