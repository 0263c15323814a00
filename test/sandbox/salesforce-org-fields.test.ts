import { expect, it } from 'vitest'
import * as z from 'zod'
import type { Org } from '../../src/sandbox/salesforce/org/org.ts'
import { codes, jane, type OpenOrg, openOrg, succeeded } from './salesforce-org.ts'

const Described = z.object({ fields: z.array(z.looseObject({ name: z.string() })) })

function field(org: Org, object: string, name: string) {
  return Described.parse(org.describe(object)).fields.find((one) => one.name === name)
}

it('describes what a client needs to map and to upsert', () => {
  const { org } = openOrg({ taskExternalId: true })

  expect(org.describe('lead')).toMatchObject({ name: 'Lead', keyPrefix: '00Q', createable: true, queryable: true })
  expect(field(org, 'Lead', 'LastName')).toMatchObject({ type: 'string', length: 80, nillable: false, defaultedOnCreate: false })
  expect(field(org, 'Lead', 'Status')).toMatchObject({
    type: 'picklist',
    nillable: false,
    defaultedOnCreate: true,
    restrictedPicklist: false,
  })
  expect(field(org, 'Lead', 'Email')).toMatchObject({ type: 'email', idLookup: true, unique: false })
  expect(field(org, 'Lead', 'Name')).toMatchObject({ createable: false, updateable: false })
  expect(field(org, 'Lead', 'OwnerId')).toMatchObject({ referenceTo: ['Group', 'User'], relationshipName: 'Owner' })
  expect(field(org, 'Task', 'Description')).toMatchObject({ type: 'textarea', filterable: false })
  const key = { externalId: true, unique: true, caseSensitive: false, idLookup: true, custom: true, length: 80 }
  expect(field(org, 'Contact', 'leadsync_contact_id__c')).toMatchObject(key)
  expect(field(org, 'Task', 'leadsync_task_id__c')).toMatchObject(key)
  expect(field(org, 'Lead', 'leadsync_history__c')).toMatchObject({ type: 'textarea', length: 131_072 })
  expect(org.describe('Unicorn')).toBeNull()
})

it.each([
  [{ provisioned: false }, 'Lead', 'leadsync_contact_id__c'],
  [{ taskExternalId: false }, 'Task', 'leadsync_task_id__c'],
  [{ hiddenFields: ['Lead.DoNotCall'] }, 'Lead', 'DoNotCall'],
  [{ hiddenFields: ['Lead.leadsync_dnc_at__c'] }, 'Lead', 'leadsync_dnc_at__c'],
  [{}, 'Lead', 'CountryCode'],
])('an org with %j shows no %s.%s, neither to describe nor to queries nor to reads', (options, object, name) => {
  const { org, made } = openOrg(options)
  const id = made(object, object === 'Task' ? {} : jane)

  expect(field(org, object, name)).toBeUndefined()
  expect(org.object(object)?.fields.map((one) => one.name)).not.toContain(name)
  expect(Object.keys(org.read(object, id) ?? {})).not.toContain(name)
})

it('a write to a hidden field is refused by security, not as an unknown field', () => {
  const { create } = openOrg({ hiddenFields: ['Lead.DoNotCall'] })

  expect(create('Lead', { ...jane, DoNotCall: true })).toMatchObject({
    errors: [{ code: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields: ['DoNotCall'] }],
  })
})

it('provisioning: a new field is nobody’s until a permission set of the user grants it', () => {
  const opened = openOrg({ provisioned: false })
  const { org, create, made, write } = opened
  const metadata = {
    type: 'Text',
    label: 'Leadsync contact id',
    length: 80,
    externalId: true,
    unique: true,
    caseSensitive: false,
  }

  expect(org.addCustomField('Lead.leadsync_contact_id__c', metadata)).toMatchObject({ success: true, created: true })
  expect(field(org, 'Lead', 'leadsync_contact_id__c')).toBeUndefined()
  expect(codes(create('Lead', { ...jane, leadsync_contact_id__c: 'k' }))).toEqual(['INVALID_FIELD_FOR_INSERT_UPDATE'])

  const set = made('PermissionSet', { Name: 'Leadsync', Label: 'Leadsync' })
  const grant = { ParentId: set, SobjectType: 'Lead', Field: 'Lead.leadsync_contact_id__c', PermissionsRead: true }
  const permission = made('FieldPermissions', grant)
  expect(field(org, 'Lead', 'leadsync_contact_id__c')).toBeUndefined()

  made('PermissionSetAssignment', { AssigneeId: write.userId, PermissionSetId: set })
  expect(field(org, 'Lead', 'leadsync_contact_id__c')).toMatchObject({ externalId: true, createable: false })
  opened.update('FieldPermissions', permission, { PermissionsEdit: true })
  expect(field(org, 'Lead', 'leadsync_contact_id__c')).toMatchObject({ createable: true, updateable: true })
  expect(create('Lead', { ...jane, leadsync_contact_id__c: 'k' })).toMatchObject({ success: true })
})

it('setup rows: no second set of a name, no second grant, no grant for a field that security can’t hide', () => {
  const { create, made, idOf, write } = openOrg()
  const set = idOf('PermissionSet', 'Name', 'Sales_Integration')
  const grant = { ParentId: set, SobjectType: 'Lead', PermissionsRead: true }

  expect(codes(create('PermissionSet', { Name: 'sales_integration', Label: 'x' }))).toEqual(['DUPLICATE_DEVELOPER_NAME'])
  expect(codes(create('PermissionSetAssignment', { AssigneeId: write.userId, PermissionSetId: set }))).toEqual([
    'DUPLICATE_VALUE',
  ])
  expect(codes(create('FieldPermissions', { ...grant, Field: 'Lead.Region__c' }))).toEqual(['DUPLICATE_VALUE'])
  for (const name of ['Lead.Nothing__c', 'Lead.LastName', 'Contact.DoNotCall']) {
    expect(codes(create('FieldPermissions', { ...grant, Field: name }))).toEqual(['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'])
  }
  const blind = { ...grant, Field: 'Lead.DoNotCall', PermissionsRead: false, PermissionsEdit: true }
  expect(codes(create('FieldPermissions', blind))).toEqual(['FIELD_INTEGRITY_EXCEPTION'])
  expect(made('FieldPermissions', { ...grant, Field: 'Lead.DoNotCall' })).toMatch(/^01k/)
})

it.each([
  ['Lead.x__c', { type: 'Text', label: 'X', length: 80 }, []],
  ['Contact.x__c', { type: 'LongTextArea', label: 'X', length: 32_768, visibleLines: 3 }, []],
  ['Account.x__c', { type: 'DateTime', label: 'X' }, []],
  ['Activity.x__c', { type: 'Text', label: 'X', length: 80, externalId: true, unique: true }, []],
  ['Lead.leadsync_campaign__c', { type: 'Text', label: 'X', length: 80 }, ['DUPLICATE_DEVELOPER_NAME']],
  ['Lead.x', { type: 'Text', label: 'X', length: 80 }, ['FIELD_INTEGRITY_EXCEPTION']],
  ['Lead.x__y__c', { type: 'Text', label: 'X', length: 80 }, ['FIELD_INTEGRITY_EXCEPTION']],
  ['Lead.x__c', { type: 'Text', label: 'X' }, ['FIELD_INTEGRITY_EXCEPTION']],
  ['Lead.x__c', { type: 'Text', label: 'X', length: 256 }, ['FIELD_INTEGRITY_EXCEPTION']],
  ['Lead.x__c', { type: 'Text', length: 80 }, ['REQUIRED_FIELD_MISSING']],
  ['Lead.x__c', { type: 'LongTextArea', label: 'X', length: 32_768 }, ['REQUIRED_FIELD_MISSING']],
  [
    'Lead.x__c',
    { type: 'LongTextArea', label: 'X', length: 300, visibleLines: 3, externalId: true },
    ['FIELD_INTEGRITY_EXCEPTION'],
  ],
  ['Lead.x__c', { type: 'Novel', label: 'X' }, ['INVALID_FIELD']],
  ['Task.x__c', { type: 'Text', label: 'X', length: 80 }, ['INVALID_CROSS_REFERENCE_KEY']],
])('the custom field %s %j answers %j', (fullName, metadata, expected) => {
  expect(codes(openOrg().org.addCustomField(fullName, metadata))).toEqual(expected)
})

it('an org whose activities take no external ids refuses them and takes plain fields', () => {
  const { org } = openOrg({ taskExternalId: false })
  const metadata = { type: 'Text', label: 'Task id', length: 80 }

  expect(codes(org.addCustomField('Activity.leadsync_task_id__c', { ...metadata, externalId: true }))).toEqual([
    'FIELD_INTEGRITY_EXCEPTION',
  ])
  expect(codes(org.addCustomField('Activity.leadsync_task_id__c', metadata))).toEqual([])
})

it('without View All the users see and find only their own people, yet keys of others stay taken', () => {
  const { org, create, made, update, idOf, write }: OpenOrg = openOrg({ viewAll: false })
  const seller = idOf('User', 'Username', 'olivia.sales@sandbox.example')
  const own = made('Lead', jane)
  const other = made('Lead', { ...jane, leadsync_contact_id__c: 'k1', OwnerId: seller })

  expect([...(org.object('Lead')?.rows() ?? [])].map((row) => row.Id)).toEqual([own])
  expect(org.read('Lead', other)).toBeNull()
  expect(org.presence('Lead', other)).toBe('absent')
  expect(org.lookUp('Lead', 'Email', jane.Email)).toEqual([own])
  expect(codes(update('Lead', other, { Title: 'x' }))).toEqual(['INVALID_CROSS_REFERENCE_KEY'])
  const upserted = org.upsert('Lead', 'leadsync_contact_id__c', { ...jane, leadsync_contact_id__c: 'k1' }, write)
  expect(upserted).toMatchObject({ errors: [{ code: 'DUPLICATE_VALUE', message: expect.stringContaining('<unknown>') }] })
  expect(succeeded(create('Lead', jane))).toMatch(/^00Q/)
})
