import { expect, it } from 'vitest'
import { openInstance, type TestInstance } from './instance.ts'

const text = { type: 'Text', label: 'Leadsync contact id', length: 80, externalId: true, unique: true, caseSensitive: false }
const jane = { LastName: 'Doe', Company: 'Contoso' }

function addField(org: TestInstance, FullName: string, Metadata: object = text) {
  return org.call('POST', 'tooling/sobjects/CustomField', { FullName, Metadata })
}

async function grant(org: TestInstance, SobjectType: string, Field: string): Promise<void> {
  const [user] = await org.query("SELECT Id FROM User WHERE Username = 'leadsync@example.com'")
  const ParentId = await org.make('PermissionSet', { Name: `Leadsync_${SobjectType}`, Label: 'Leadsync' })
  await org.make('FieldPermissions', { ParentId, SobjectType, Field, PermissionsRead: true, PermissionsEdit: true })
  await org.make('PermissionSetAssignment', { PermissionSetId: ParentId, AssigneeId: user?.Id })
}

it('is empty of Leadsync’s fields when it is not provisioned', async () => {
  const org = await openInstance({ org: { provisioned: false } })

  const lead = await org.connect().describe('Lead')

  expect(lead.fields.filter(({ custom, name }) => custom && name.startsWith('leadsync'))).toEqual([])
})

it('hides a new field from describe, queries and writes until a permission set of the user grants it', async () => {
  const org = await openInstance({ org: { provisioned: false } })
  const field = 'leadsync_contact_id__c'
  const sees = async () => (await org.call('GET', 'sobjects/Lead/describe')).text.includes(field)

  const made = await addField(org, `Lead.${field}`)
  const hidden = await sees()
  const asked = await org.call('GET', `query?q=SELECT+${field}+FROM+Lead`)
  const written = await org.call('POST', 'sobjects/Lead', { ...jane, [field]: 'c-1' })
  await grant(org, 'Lead', `Lead.${field}`)
  const upserted = await org.call('PATCH', `sobjects/Lead/${field}/c-1`, jane)

  expect([made.status, made.json]).toEqual([201, { id: expect.any(String), success: true, errors: [], warnings: [], infos: [] }])
  expect(hidden).toBe(false)
  expect(asked.json[0].errorCode).toBe('INVALID_FIELD')
  expect(written.json[0].errorCode).toMatch(/^INVALID_FIELD/)
  expect(await sees()).toBe(true)
  expect(upserted.status).toBe(201)
  expect(await org.query(`SELECT ${field} FROM Lead`)).toMatchObject([{ [field]: 'c-1' }])
})

it('shows a field of Activity on Task', async () => {
  const org = await openInstance({ org: { provisioned: false } })

  const made = await addField(org, 'Activity.leadsync_task_id__c')
  await grant(org, 'Task', 'Task.leadsync_task_id__c')
  const upserted = await org.call('PATCH', 'sobjects/Task/leadsync_task_id__c/t-1', { Subject: 'Call' })

  expect(made.status).toBe(201)
  expect(upserted.status).toBe(201)
})

it('refuses a field that is there', async () => {
  const org = await openInstance()

  const reply = await addField(org, 'Lead.leadsync_contact_id__c')

  expect([reply.status, reply.json[0].errorCode]).toEqual([400, 'DUPLICATE_DEVELOPER_NAME'])
})

it.each([
  ['of an unknown object', 'Dragon.x__c', text],
  ['without a suffix', 'Lead.x', text],
  ['of no type', 'Lead.x__c', { label: 'X' }],
])('refuses a field %s', async (_, fullName, metadata) => {
  const org = await openInstance()

  const reply = await addField(org, fullName, metadata)

  expect([reply.status, reply.json[0].errorCode]).toEqual([400, expect.stringMatching(/^[A-Z_]+$/)])
})

it('has no other tooling', async () => {
  const org = await openInstance()

  expect((await org.call('POST', 'tooling/sobjects/ApexClass', {})).status).toBe(404)
})
