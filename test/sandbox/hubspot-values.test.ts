import { expect, it } from 'vitest'
import { contacts, openPortal } from './hubspot-portal.ts'

const properties = '/crm/properties/2026-09/contacts'

const seedProperties = {
  contacts: [
    { name: 'seats', type: 'number', fieldType: 'number' },
    { name: 'trial_day', type: 'date', fieldType: 'date' },
    { name: 'vip', type: 'bool', fieldType: 'booleancheckbox' },
    { name: 'do_not_contact', type: 'enumeration', fieldType: 'booleancheckbox', options: [{ label: 'Yes', value: 'true' }] },
    { name: 'plans', type: 'enumeration', fieldType: 'checkbox', options: ['a', 'b'].map((value) => ({ label: value, value })) },
  ],
}

it.each([
  ['missing', 'x', 'PROPERTY_DOESNT_EXIST', 'Property "missing" does not exist'],
  ['hs_email_optout', 'true', 'READ_ONLY_VALUE', 'read only'],
  ['createdate', '2026-11-23', 'READ_ONLY_VALUE', 'read only'],
  ['email', 'foo', 'INVALID_EMAIL', 'Email address foo is invalid'],
  ['email', 'a@b@contoso.com', 'INVALID_EMAIL', 'is invalid'],
  ['email', 'jane@contoso', 'INVALID_EMAIL', 'is invalid'],
  ['hs_lead_status', 'BOGUS', 'INVALID_OPTION', 'BOGUS was not one of the allowed options: [label: "NEW"'],
  ['hubspot_owner_id', '102', 'INVALID_OPTION', '102 was not one of the allowed options'],
  ['plans', 'a;c', 'INVALID_OPTION', 'c was not one of the allowed options'],
  ['do_not_contact', 'yes', 'INVALID_OPTION', 'yes was not'],
  ['seats', 'many', 'INVALID_INTEGER', 'many was not a valid integer.'],
  ['trial_day', '23/11/2026', 'INVALID_DATE', '23/11/2026'],
  ['trial_day', '1795392000001', 'INVALID_DATE', 'midnight'],
  ['leadsync_last_lead_at', 'yesterday', 'INVALID_LONG', 'yesterday was not a valid long.'],
  ['vip', '1', 'INVALID_BOOLEAN', '1 was not a valid boolean.'],
  ['message', 'x'.repeat(65_537), 'VALUE_TOO_LONG', '65536'],
])('refuses %s = %.20s with %s, in errors[] and as JSON in the message', async (name, value, code, words) => {
  const portal = await openPortal({ seedProperties })

  const reply = await portal.call('POST', contacts, { properties: { lastname: 'Doe', [name]: value } })

  expect(reply.status).toBe(400)
  expect(reply.json.category).toBe('VALIDATION_ERROR')
  expect(reply.json.errors).toMatchObject([{ code, context: { propertyName: [name] } }])
  expect(reply.json.errors[0].message).toContain(words)
  const [, embedded = ''] = /^Property values were not valid: (\[.*\])$/s.exec(reply.json.message) ?? []
  expect(JSON.parse(embedded)).toMatchObject([{ isValid: false, error: code, name }])
})

it.each([
  ['email', ' Jane+Test@Contoso.COM ', 'jane+test@contoso.com'],
  ['email', 'jane@bücher.example', 'jane@bücher.example'],
  ['leadsync_last_lead_at', '2026-11-23T10:00:00.000Z', '2026-11-23T10:00:00Z'],
  ['leadsync_last_lead_at', '1795428000123', '2026-11-23T10:00:00.123Z'],
  ['trial_day', '1795392000000', '2026-11-23'],
  ['plans', ';a;b', ';a;b'],
  ['hubspot_owner_id', '101', '101'],
  ['seats', '-3.5', '-3.5'],
  ['message', 'two\nlines', 'two\nlines'],
  ['city', '', ''],
])('stores %s = %j as %j', async (name, value, stored) => {
  const portal = await openPortal({ seedProperties })

  const created = await portal.call('POST', contacts, { properties: { lastname: 'Doe', [name]: value } })
  const read = await portal.call('GET', `${contacts}/${created.json.id}?properties=${name}`)

  expect(created.json.properties[name]).toBe(stored)
  expect(read.json.properties[name]).toBe(stored)
})

it('moves the lifecycle stage forward only, without a word, unless it is cleared first', async () => {
  const portal = await openPortal()
  const id = await portal.contact({ lastname: 'Doe', lifecyclestage: 'customer' })
  const set = (stage: string) => portal.call('PATCH', `${contacts}/${id}`, { properties: { lifecyclestage: stage } })

  const back = await set('lead')
  const forward = await set('evangelist')
  await set('')
  const again = await set('lead')

  expect([back.status, back.json.properties.lifecyclestage]).toEqual([200, 'customer'])
  expect(forward.json.properties.lifecyclestage).toBe('evangelist')
  expect(again.json.properties.lifecyclestage).toBe('lead')
})

const rules = {
  requiredOnCreate: { contacts: ['firstname'] },
  conditional: [{ property: 'state', when: { property: 'country', value: 'US' } }],
}

it.each([
  ['/crm/objects/2026-09/contacts', 400],
  ['/crm/objects/2026-03/contacts', 201],
  ['/crm/v3/objects/contacts', 201],
])('applies an administrator’s rules on %s with %i', async (path, status) => {
  const portal = await openPortal({ rules })

  const required = await portal.call('POST', path, { properties: { email: 'jane@contoso.com' } })
  const conditional = await portal.call('POST', path, { properties: { firstname: 'Jane', country: 'US' } })

  expect([required.status, conditional.status]).toEqual([status, status])
  if (status === 201) return
  expect(required.json.errors).toMatchObject([
    { code: 'MISSING_REQUIRED_PROPERTY', message: 'A value for firstname must be provided' },
  ])
  expect(conditional.json.errors).toMatchObject([
    {
      code: 'MISSING_CONDITIONAL_REQUIRED_PROPERTY',
      message: 'A value for state is required because of a conditional property rule based on [country]',
    },
  ])
})

it('asks for required properties on create only, and takes what the record has into account', async () => {
  const portal = await openPortal({ rules })
  const id = await portal.contact({ firstname: 'Jane', country: 'US', state: 'MA' })

  const update = await portal.call('PATCH', `${contacts}/${id}`, { properties: { city: 'Boston' } })
  const emptied = await portal.call('PATCH', `${contacts}/${id}`, { properties: { state: '' } })

  expect([update.status, emptied.status]).toEqual([200, 400])
})

it('describes properties: what is read-only, unique, an option, and nothing about required or length', async () => {
  const portal = await openPortal()

  const reply = await portal.call('GET', properties)
  const v3 = await portal.call('GET', '/crm/v3/properties/contacts/leadsync_contact_id')

  const named = new Map(reply.json.results.map((one: { name: string }) => [one.name, one]))
  expect(named.get('hs_email_optout')).toMatchObject({ type: 'bool', modificationMetadata: { readOnlyValue: true } })
  expect(named.get('lifecyclestage')).toMatchObject({
    type: 'enumeration',
    options: expect.arrayContaining([expect.objectContaining({ value: 'lead' })]),
  })
  expect(named.get('hubspot_owner_id')).toMatchObject({ externalOptions: true, referencedObjectType: 'OWNER', options: [] })
  expect(named.get('leadsync_last_lead_at')).toMatchObject({ type: 'datetime', fieldType: 'date', hubspotDefined: false })
  expect(named.get('leadsync_notes')).toMatchObject({ type: 'string', fieldType: 'textarea' })
  expect(named.get('email')).not.toHaveProperty('required')
  expect(v3.json).toMatchObject({
    name: 'leadsync_contact_id',
    hasUniqueValue: true,
    modificationMetadata: { readOnlyValue: false },
  })
})

it('can start as a portal that nobody has provisioned, or that lacks a property', async () => {
  const bare = await openPortal({ provisioned: false })
  const lacking = await openPortal({ missingProperties: ['jobtitle', 'leadsync_notes'] })

  const unknown = await bare.call('GET', `${properties}/leadsync_contact_id`)
  const write = await lacking.call('POST', contacts, { properties: { lastname: 'Doe', jobtitle: 'CTO', leadsync_notes: 'x' } })

  expect([unknown.status, unknown.json.category]).toEqual([404, 'OBJECT_NOT_FOUND'])
  expect(write.json.errors.map((one: { code: string }) => one.code)).toEqual(['PROPERTY_DOESNT_EXIST', 'PROPERTY_DOESNT_EXIST'])
})

it('creates a unique property, which then serves as an upsert key, and says when it exists already', async () => {
  const portal = await openPortal({ provisioned: false })
  const definition = {
    name: 'marketplace_lead_key',
    label: 'Key',
    type: 'string',
    fieldType: 'text',
    groupName: 'contactinformation',
    hasUniqueValue: true,
  }
  const upsert = { inputs: [{ id: 'k-1', idProperty: 'marketplace_lead_key', properties: { lastname: 'Doe' } }] }

  const created = await portal.call('POST', properties, definition)
  const again = await portal.call('POST', properties, definition)
  const first = await portal.call('POST', `${contacts}/batch/upsert`, upsert)
  const second = await portal.call('POST', `${contacts}/batch/upsert`, upsert)

  expect(created.status).toBe(201)
  expect(again.status).toBe(409)
  expect(again.json).toMatchObject({ category: 'OBJECT_ALREADY_EXISTS', subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS' })
  expect([first.json.results[0].new, second.json.results[0].new]).toEqual([true, false])
})

it('allows ten unique properties per object and archives custom ones only', async () => {
  const portal = await openPortal({ provisioned: false })
  const definition = { label: 'K', type: 'string', fieldType: 'text', groupName: 'contactinformation', hasUniqueValue: true }

  const statuses: number[] = []
  for (let index = 0; index < 11; index += 1) {
    statuses.push((await portal.call('POST', properties, { ...definition, name: `key_${index}` })).status)
  }
  const archived = await portal.call('DELETE', `${properties}/key_0`)
  const standard = await portal.call('DELETE', `${properties}/email`)

  expect(statuses).toEqual([...Array(10).fill(201), 400])
  expect([archived.status, standard.status]).toEqual([204, 400])
})
