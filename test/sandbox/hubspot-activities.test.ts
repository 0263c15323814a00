import { expect, it } from 'vitest'
import { contacts, openPortal } from './hubspot-portal.ts'

const notes = '/crm/objects/2026-09/notes'
const tasks = '/crm/objects/2026-09/tasks'

function linkTo(id: string, associationTypeId: number) {
  return [{ to: { id }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId }] }]
}

const task = { hs_timestamp: '2026-11-24T09:00:00Z', hs_task_subject: 'Call Jane', hs_task_status: 'NOT_STARTED' }

it('puts a note and a task on a contact, seen from both ends', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com' })

  const note = await portal.call('POST', notes, {
    properties: { hs_timestamp: '1795428000000', hs_note_body: '<b>hello</b>' },
    associations: linkTo(id, 202),
  })
  const made = await portal.call('POST', tasks, { properties: task, associations: linkTo(id, 204) })
  const contact = await portal.call('GET', `${contacts}/${id}?associations=notes,tasks`)
  const v4 = await portal.call('GET', `/crm/v4/objects/contacts/${id}/associations/tasks`)
  const batch = await portal.call('POST', '/crm/associations/2026-09/contacts/notes/batch/read', { inputs: [{ id }] })

  expect([note.status, made.status]).toEqual([201, 201])
  expect(contact.json.associations.notes.results).toEqual([{ id: note.json.id, type: 'contact_to_note' }])
  expect(v4.json.results).toMatchObject([{ toObjectId: made.json.id, associationTypes: [{ typeId: 203 }] }])
  expect(batch.json.results).toMatchObject([{ from: { id }, to: [{ toObjectId: note.json.id }] }])
})

it.each([
  [
    'a task with the type of a note',
    tasks,
    202,
    'invalid from object type 0-27 for associations to be created. expected: 0-46. For definition 0-202',
  ],
  [
    'a task with the type of the inverse',
    tasks,
    203,
    'invalid from object type 0-27 for associations to be created. expected: 0-1. For definition 0-203',
  ],
  [
    'a note with the type of a task',
    notes,
    204,
    'invalid from object type 0-46 for associations to be created. expected: 0-27. For definition 0-204',
  ],
  ['a task with an unknown type', tasks, 216, 'One or more associations are invalid'],
])('refuses %s and creates nothing', async (_, path, typeId, message) => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com' })

  const reply = await portal.call('POST', path, {
    properties: { hs_timestamp: '1795428000000' },
    associations: linkTo(id, typeId),
  })
  const records = await portal.call('GET', '/_sandbox/records')

  expect(reply.status).toBe(400)
  expect(reply.json).toMatchObject({ category: 'VALIDATION_ERROR', message })
  expect(records.json.records).toHaveLength(1)
})

it('refuses an association to a contact that does not exist, and names it', async () => {
  const portal = await openPortal()

  const reply = await portal.call('POST', tasks, { properties: task, associations: linkTo('424242', 204) })

  expect(reply.status).toBe(400)
  expect(reply.json.context.INVALID_OBJECT_IDS).toEqual(['CONTACT=424242 is not valid'])
})

it.each([
  ['without a timestamp', { hs_task_subject: 'Call' }],
  ['with an unknown status', { ...task, hs_task_status: 'DONE' }],
  ['with a value for the read-only creation key', { ...task, hs_unique_creation_key: 'k' }],
])('refuses a task %s', async (_, properties) => {
  const portal = await openPortal()

  const reply = await portal.call('POST', tasks, { properties })

  expect([reply.status, reply.json.category]).toEqual([400, 'VALIDATION_ERROR'])
})

it('creates, reads and updates tasks in batches', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com' })

  const created = await portal.call('POST', `${tasks}/batch/create`, {
    inputs: [
      { properties: task, associations: linkTo(id, 204), objectWriteTraceId: 't-1' },
      { properties: task, associations: linkTo(id, 216), objectWriteTraceId: 't-2' },
    ],
  })
  const made = created.json.results[0].id
  const updated = await portal.call('POST', `${tasks}/batch/update`, {
    inputs: [{ id: made, properties: { hs_task_status: 'DEFERRED' } }],
  })
  const read = await portal.call('POST', `${tasks}/batch/read`, {
    properties: ['hs_task_status', 'hs_task_subject'],
    inputs: [{ id: made }, { id: id }],
  })

  expect(created.status).toBe(207)
  expect(created.json.errors[0].context).toEqual({ objectWriteTraceId: ['t-2'] })
  expect(updated.status).toBe(200)
  expect(read.json.results[0].properties).toMatchObject({ hs_task_status: 'DEFERRED', hs_task_subject: 'Call Jane' })
  expect(read.json.errors[0]).toMatchObject({ category: 'OBJECT_NOT_FOUND', context: { ids: [id] } })
})

it('creates two notes for two equal POSTs: nothing makes them idempotent', async () => {
  const portal = await openPortal()
  const note = { properties: { hs_timestamp: '1795428000000', hs_note_body: 'once' } }

  const first = await portal.call('POST', notes, note)
  const second = await portal.call('POST', notes, note)

  expect(second.json.id).not.toBe(first.json.id)
})

it('associates a contact with a company afterwards, as often as asked, and refuses companies by domain', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ email: 'jane@contoso.com' })
  const company = await portal.call('POST', '/crm/objects/2026-09/companies', {
    properties: { name: 'Contoso', domain: 'contoso.com' },
  })
  const toId = company.json.id
  const base = `${contacts}/${id}/associations`

  const replies = [
    await portal.call('PUT', `${base}/default/companies/${toId}`),
    await portal.call('PUT', `${base}/default/companies/${toId}`),
    await portal.call('PUT', `${base}/companies/${toId}`, [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 1 }]),
    await portal.call('POST', '/crm/associations/2026-09/contacts/companies/batch/associate/default', {
      inputs: [{ from: { id }, to: { id: toId } }],
    }),
  ]
  const ends = await portal.call('GET', `/crm/v4/objects/contacts/${id}/associations/companies`)
  const upsert = await portal.call('POST', '/crm/objects/2026-09/companies/batch/upsert', {
    inputs: [{ id: 'contoso.com', idProperty: 'domain', properties: {} }],
  })

  expect(replies.map((one) => one.status)).toEqual([200, 200, 201, 200])
  expect(ends.json.results[0].associationTypes.map((one: { typeId: number }) => one.typeId)).toEqual([279, 1])
  expect(upsert.json.message).toContain('non-unique 0-2 property domain')
})

it('moves the tasks of a merged contact to the survivor', async () => {
  const portal = await openPortal()
  const kept = await portal.contact({ email: 'a@contoso.com' })
  const lost = await portal.contact({ email: 'b@contoso.com' })
  const made = await portal.call('POST', tasks, { properties: task, associations: linkTo(lost, 204) })

  await portal.call('POST', `${contacts}/merge`, { primaryObjectId: kept, objectIdToMerge: lost })
  const ends = await portal.call('GET', `/crm/v4/objects/tasks/${made.json.id}/associations/contacts`)

  expect(ends.json.results.map((one: { toObjectId: string }) => one.toObjectId)).toEqual([kept])
})

it('lists owners by e-mail and shows those who left only when asked', async () => {
  const portal = await openPortal()

  const active = await portal.call('GET', '/crm/owners/2026-09?email=Sam@sandbox.example')
  const gone = await portal.call('GET', '/crm/v3/owners?archived=true')
  const one = await portal.call('GET', '/crm/owners/2026-09/101')

  expect(active.json.results).toMatchObject([{ id: '101', type: 'PERSON', archived: false }])
  expect(gone.json.results).toMatchObject([{ id: '102', archived: true }])
  expect(one.json.email).toBe('sam@sandbox.example')
})

it.each(['/communication-preferences/2026-09', '/communication-preferences/v4'])(
  'unsubscribes an address from all e-mail under %s, and the contact shows it',
  async (base) => {
    const portal = await openPortal()
    const id = await portal.contact({ email: 'jane+x@contoso.com' })
    const path = `${base}/statuses/${encodeURIComponent('Jane+X@contoso.com')}/unsubscribe-all?channel=EMAIL`

    const before = await portal.call('GET', path)
    const first = await portal.call('POST', path)
    const second = await portal.call('POST', path)
    const after = await portal.call('GET', path)
    const contact = await portal.call('GET', `${contacts}/${id}?properties=hs_email_optout`)

    expect(before.json.results).toEqual([])
    expect(first.json.results[0]).toMatchObject({
      status: 'UNSUBSCRIBED',
      setStatusSuccessReason: 'UNSUBSCRIBE_FROM_ALL_OCCURRED',
    })
    expect(second.json.results[0].setStatusSuccessReason).toBe('NO_STATUS_CHANGE')
    expect(after.json.results).toMatchObject([{ wideStatusType: 'PORTAL_WIDE', status: 'UNSUBSCRIBED' }])
    expect(contact.json.properties.hs_email_optout).toBe('true')
  },
)

it('wants the channel named before it unsubscribes anybody', async () => {
  const portal = await openPortal()

  const reply = await portal.call('POST', '/communication-preferences/2026-09/statuses/jane%40contoso.com/unsubscribe-all')

  expect(reply.status).toBe(400)
})
