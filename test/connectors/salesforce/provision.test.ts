import { describe, expect, it } from 'vitest'
import { createSalesforceAdmin } from '../../../connectors/salesforce/admin.ts'
import { readCatalog } from '../../../connectors/salesforce/org/org.ts'
import type { Catalog, CrmAdmin, MappingRules, ProvisionStep } from '../../../src/core/index.ts'
import type { Asked, Told } from '../../kit/tiny-server.ts'
import { anySignal, type DescribedOrg, field, key, type OrgOptions, openOrg, userId } from './described-org.ts'

const own: MappingRules[string] = {
  Email: { from: 'person.email' },
  FrstName: { from: 'person.firstName' },
  leadsync_contact_id__c: { from: 'contactId' },
  leadsync_last_lead_at__c: { from: 'occurredAt' },
  leadsync_day__c: { from: 'occurredAt', type: 'date' },
  leadsync_seats__c: { from: 'campaign.seats', type: 'number' },
  leadsync_test__c: { from: 'test', type: 'boolean' },
  leadsync_notes__c: { from: 'notes', maxLength: 32_000 },
  leadsync_last_offer__c: { from: 'offer.title' },
}
const rules: MappingRules = { lead: own, contact: { leadsync_last_offer__c: { from: 'offer.title' } } }
const Empty = { Lead: [field('LastName')], Contact: [field('LastName')], Task: [field('Subject')] }

function adminOf({ api, settings }: DescribedOrg): CrmAdmin {
  return createSalesforceAdmin(api, 'sales', settings)
}

async function stepsFor(org: DescribedOrg): Promise<readonly ProvisionStep[]> {
  const { catalog } = await readCatalog(org.api, 'sales', anySignal())
  return adminOf(org).planProvision(rules, catalog)
}

/** An org that keeps what is made in it, as far as queries about rights go. */
async function keepingOrg(options: OrgOptions = {}) {
  const made: { object: string; fields: Record<string, unknown> }[] = []
  const records = (soql: string) => {
    const object = /FROM (\w+)/.exec(soql)?.[1]
    return made.flatMap((one, index) => (one.object === object ? [{ Id: `id${index}`, ...one.fields }] : []))
  }
  const keep = ({ path, body }: Asked): Told | undefined => {
    const object = path.split('/sobjects/')[1]
    if (object === undefined || object.includes('/') || path.includes('composite')) return undefined
    if (object === 'CustomField' && made.some(({ fields }) => fields.FullName === body.FullName))
      return { status: 400, body: [{ errorCode: 'DUPLICATE_DEVELOPER_NAME', message: 'There is already a field named so.' }] }
    made.push({ object, fields: body })
    return { status: 201, body: { id: `id${made.length - 1}`, success: true, errors: [] } }
  }
  const org = await openOrg({ objects: Empty, records, ...options, answer: (asked) => options.answer?.(asked) ?? keep(asked) })
  return { org, made, of: (object: string) => made.filter((one) => one.object === object).map(({ fields }) => fields) }
}

describe('provision', () => {
  it("plans Leadsync's own fields that are missing, each in a sentence, and nothing that may be a misspelt one", async () => {
    const steps = await stepsFor(await openOrg({ objects: Empty }))
    expect(steps.map(({ object, field, sentence }) => [object, field, /\((.+?)\)/.exec(sentence)?.[1]])).toEqual([
      ['lead', 'leadsync_contact_id__c', 'label "Leadsync: contact id", text, external id, unique values'],
      ['lead', 'leadsync_last_lead_at__c', 'label "Leadsync: last lead at", date and time'],
      ['lead', 'leadsync_day__c', 'label "Leadsync: day", date'],
      ['lead', 'leadsync_seats__c', 'label "Leadsync: seats", number'],
      ['lead', 'leadsync_test__c', 'label "Leadsync: test", checkbox'],
      ['lead', 'leadsync_notes__c', 'label "Leadsync: notes", long text'],
      ['lead', 'leadsync_last_offer__c', 'label "Leadsync: last offer", text'],
      ['contact', 'leadsync_contact_id__c', 'label "Leadsync: contact id", text, external id, unique values'],
      ['contact', 'leadsync_last_offer__c', 'label "Leadsync: last offer", text'],
      [
        'task',
        'leadsync_task_id__c',
        'label "Leadsync: task id", text, external id, unique values where the org allows that for activities',
      ],
    ])
  })

  it('plans nothing in an org that has it all, in any letter case', async () => {
    const names = Object.keys(own).filter((name) => name.startsWith('leadsync_'))
    const fields = names.map((name) => field(name.toUpperCase()))
    const Task = [key('LEADSYNC_TASK_ID__c')]
    expect(await stepsFor(await openOrg({ objects: { Lead: fields, Contact: fields, Task } }))).toEqual([])
  })

  it('plans a field again that the user sees and may not write', async () => {
    const Contact = [key(), field('leadsync_last_offer__c', { createable: false, updateable: false })]
    const steps = await stepsFor(await openOrg({ objects: { Lead: Object.keys(own).map((name) => field(name)), Contact } }))
    expect(steps).toMatchObject([{ object: 'contact', field: 'leadsync_last_offer__c' }])
  })

  it('plans all of it where nothing may be described, and no field that the settings say the org does without', async () => {
    const unread: Catalog = { org: null, objects: { lead: null, contact: null } }
    expect(adminOf(await openOrg()).planProvision(rules, unread)).toHaveLength(10)
    const none = await openOrg({ settings: { contactIdField: 'none', taskIdField: '' } })
    const keys = adminOf(none).planProvision({ lead: {}, contact: {} }, unread)
    expect(keys).toEqual([])
    const other = await openOrg({ settings: { contactIdField: 'Our_Key__c', taskIdField: 'none' } })
    expect(adminOf(other).planProvision({ lead: {} }, unread)).toMatchObject([
      {
        object: 'lead',
        field: 'Our_Key__c',
        definition: { FullName: 'Lead.Our_Key__c', Metadata: { label: 'Our Key', unique: true } },
      },
      { object: 'contact', field: 'Our_Key__c' },
    ])
  })

  it('makes the fields, and lets the user of the connection see and edit them', async () => {
    const { org, of } = await keepingOrg()
    const steps = await stepsFor(org)
    expect(new Set(await adminOf(org).provision(steps, anySignal()))).toEqual(new Set(['created']))
    expect(of('CustomField')).toHaveLength(10)
    expect(of('CustomField')[0]).toEqual({
      FullName: 'Lead.leadsync_contact_id__c',
      Metadata: {
        label: 'Leadsync: contact id',
        type: 'Text',
        length: 80,
        externalId: true,
        unique: true,
        caseSensitive: false,
      },
    })
    expect(of('PermissionSet')).toMatchObject([{ Name: 'Leadsync' }])
    expect(of('PermissionSetAssignment')).toEqual([{ PermissionSetId: 'id0', AssigneeId: userId }])
    expect(of('FieldPermissions').map(({ Field }) => Field)).toEqual([
      ...Object.keys(own)
        .filter((name) => name.startsWith('leadsync_'))
        .map((name) => `Lead.${name}`),
      'Contact.leadsync_contact_id__c',
      'Contact.leadsync_last_offer__c',
      'Task.leadsync_task_id__c',
    ])
    expect(of('FieldPermissions')[0]).toEqual({
      ParentId: 'id0',
      SobjectType: 'Lead',
      Field: 'Lead.leadsync_contact_id__c',
      PermissionsRead: true,
      PermissionsEdit: true,
    })
  })

  it.each([
    ['leadsync_day__c', { type: 'Date' }],
    ['leadsync_last_lead_at__c', { type: 'DateTime' }],
    ['leadsync_seats__c', { type: 'Number', precision: 18, scale: 4 }],
    ['leadsync_test__c', { type: 'Checkbox', defaultValue: 'false' }],
    ['leadsync_notes__c', { type: 'LongTextArea', length: 32_000, visibleLines: 5 }],
    ['leadsync_last_offer__c', { type: 'Text', length: 255 }],
  ])('makes %s of the type that its values have', async (name, shape) => {
    const step = (await stepsFor(await openOrg({ objects: Empty }))).find((one) => one.field === name)
    expect(step?.definition).toEqual({ FullName: `Lead.${name}`, Metadata: { label: expect.any(String), ...shape } })
  })

  it('may be repeated: what is there is fine, and nothing is made twice', async () => {
    const { org, made } = await keepingOrg()
    const steps = await stepsFor(org)
    await adminOf(org).provision(steps, anySignal())
    const count = made.length
    expect(new Set(await adminOf(org).provision(steps, anySignal()))).toEqual(new Set(['exists']))
    expect(made).toHaveLength(count)
    expect(org.asked.filter(({ method }) => method === 'PATCH')).toEqual([])
  })

  it('lets the user edit what the permission set only showed', async () => {
    const { org, made } = await keepingOrg()
    const [step] = await stepsFor(org)
    made.push({ object: 'PermissionSet', fields: { Name: 'Leadsync' } })
    made.push({ object: 'FieldPermissions', fields: { Field: 'Lead.LEADSYNC_contact_id__c', PermissionsEdit: false } })
    await adminOf(org).provision(step ? [step] : [], anySignal())
    expect(org.posted.find(({ what }) => what === 'FieldPermissions/id1')?.body).toEqual({
      PermissionsRead: true,
      PermissionsEdit: true,
    })
    expect(made.filter(({ object }) => object === 'FieldPermissions')).toHaveLength(1)
  })

  it.each([
    [400, [{ errorCode: 'FIELD_INTEGRITY_EXCEPTION', message: 'no' }]],
    [400, [{ errorCode: 'INVALID_SOMETHING_NEW', message: 'no' }]],
    [200, { success: false, errors: [{ statusCode: 'FIELD_INTEGRITY_EXCEPTION', message: 'no', fields: [] }] }],
  ])('makes a plain field for ids of tasks where the org has no keys on activities (%i)', async (status, body) => {
    const refuse = (asked: Asked): Told | undefined =>
      asked.path.endsWith('/CustomField') && asked.body.FullName.startsWith('Activity.') && asked.body.Metadata.unique
        ? { status, body }
        : undefined
    const { org, of } = await keepingOrg({ answer: refuse })
    expect((await adminOf(org).provision(await stepsFor(org), anySignal())).at(-1)).toBe('created')
    expect(of('CustomField').at(-1)).toEqual({
      FullName: 'Activity.leadsync_task_id__c',
      Metadata: { type: 'Text', length: 80, label: 'Leadsync: task id' },
    })
  })

  it.each<[string, RegExp, number, unknown]>([
    ['to make fields', /CustomField$/, 403, [{ errorCode: 'INSUFFICIENT_ACCESS', message: '' }]],
    ['to use the Tooling API', /CustomField$/, 404, [{ errorCode: 'NOT_FOUND', message: '' }]],
    ['to make permission sets', /PermissionSet$/, 400, [{ errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY', message: '' }]],
    ['to assign them', /PermissionSetAssignment$/, 403, [{ errorCode: 'INSUFFICIENT_ACCESS', message: '' }]],
  ])('stops where the user has no right %s, and says which it needs', async (_, path, status, body) => {
    const { org } = await keepingOrg({ answer: (asked) => (path.test(asked.path) ? { status, body } : undefined) })
    const steps = await stepsFor(org)
    const refused = await adminOf(org).provision(steps, anySignal())
    const message = expect.stringMatching(/^Salesforce \(sales\): .*Customize Application.*Assign Permission Sets/)
    expect(refused).toMatchObject(steps.map(() => ({ code: 'misconfigured', message })))
    expect(org.asked.filter((asked) => path.test(asked.path))).toHaveLength(1)
  })

  it('goes on with the rest where one field is refused', async () => {
    const refuse = ({ path, body }: Asked): Told | undefined =>
      path.endsWith('/CustomField') && body.FullName === 'Lead.leadsync_notes__c'
        ? { status: 400, body: [{ errorCode: 'STRING_TOO_LONG', message: '', fields: ['Metadata'] }] }
        : undefined
    const { org } = await keepingOrg({ answer: refuse })
    const made = await adminOf(org).provision(await stepsFor(org), anySignal())
    expect(made.map((one) => (typeof one === 'string' ? one : one.code))).toEqual(
      Object.assign(Array(10).fill('created'), { 5: 'invalid' }),
    )
  })

  it('does not blame missing rights for a credential that is not accepted', async () => {
    const { org } = await keepingOrg()
    const steps = await stepsFor(org)
    const dead = await openOrg({
      answer: ({ path }) =>
        path.endsWith('/token') ? { status: 400, body: { error: 'invalid_client', error_description: '' } } : undefined,
    })
    const refused = await adminOf(dead).provision(steps, anySignal())
    expect(refused).toHaveLength(steps.length)
    for (const one of refused) expect(String(one)).not.toContain('Customize Application')
  })

  it('asks for nothing when nothing is missing', async () => {
    const org = await openOrg()
    expect(await adminOf(org).provision([], anySignal())).toEqual([])
    expect(org.asked).toEqual([])
  })
})
