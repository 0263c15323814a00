import { describe, expect, it } from 'vitest'
import { verifyOrg } from '../../../connectors/salesforce/verify/verify.ts'
import { compileMapping, type Finding, type MappingRules } from '../../../src/core/index.ts'
import {
  allSeeing,
  anySignal,
  contactFields,
  field,
  key,
  leadFields,
  type OrgOptions,
  openOrg,
  picklist,
  taskFields,
  userId,
  type WireField,
} from './described-org.ts'

const shared: MappingRules[string] = {
  Email: { from: 'person.email' },
  LastName: { from: 'person.lastName' },
  leadsync_contact_id__c: { from: 'contactId' },
  leadsync_last_lead_at__c: { from: 'occurredAt', type: 'datetime' },
}
const healthy: MappingRules = { lead: { ...shared, Company: { from: 'person.company' } }, contact: shared }

async function verify(options: OrgOptions = {}, rules: MappingRules = healthy): Promise<readonly Finding[]> {
  const { api, settings } = await openOrg(options)
  return verifyOrg(compileMapping(rules), { api, crm: 'sales', signal: anySignal(), settings })
}

function withLead(...more: readonly WireField[]): OrgOptions {
  const names = new Set(more.map(({ name }) => name))
  return { objects: { Lead: [...leadFields.filter(({ name }) => !names.has(name)), ...more] } }
}

function without(fields: readonly WireField[], ...names: readonly string[]): readonly WireField[] {
  return fields.filter(({ name }) => !names.includes(name))
}

const says = (message: string) => expect.stringContaining(message)

describe('verify', () => {
  it('finds nothing in an org that has what the mapping needs, and only reads', async () => {
    const org = await openOrg()
    const context = { api: org.api, crm: 'sales', signal: anySignal(), settings: org.settings }
    expect(await verifyOrg(compileMapping(healthy), context)).toEqual([])
    expect(org.posted).toEqual([])
  })

  it.each<[string, MappingRules[string], string, Partial<Finding>]>([
    ['a field that can not be seen', { Frist_Name: { from: 'person.firstName' } }, 'did you mean "FirstName"', {}],
    ['a field without its ending', { Plan: { from: 'notes' } }, 'did you mean "Plan__c"', {}],
    ['a field of our own that can not be seen', { leadsync_x__c: { from: 'notes' } }, 'leadsync provision', {}],
    ['a hidden field that may be there', { Nosuch__c: { from: 'notes' } }, 'field-level security hides it', {}],
    ['a hidden required field', { Nosuch__c: { from: 'notes', required: true } }, 'parked', {}],
    ['a field that may not be written', { CreatedDate: { from: 'occurredAt' } }, 'may not write', {}],
    ['an address as a whole', { Address: { from: 'person.country' } }, 'map those', {}],
    ['a field for new records only', { Once__c: { from: 'notes' } }, 'policy: create-only', { severity: 'warning' }],
    ['a field for old records only', { Later__c: { from: 'notes' } }, 'next lead', { severity: 'warning' }],
    ['another spelling', { firstname: { from: 'person.firstName' } }, '"FirstName"', { severity: 'warning' }],
    ['text for a number', { Seats__c: { from: 'notes', type: 'string' } }, 'type: number', {}],
    ['who knows what for a number', { Seats__c: { from: 'notes' } }, 'type: number', { severity: 'warning' }],
    ['a day for a time', { Seen__c: { from: 'occurredAt', type: 'date' } }, 'type: datetime', {}],
    ['a text that is too long', { FirstName: { value: 'x'.repeat(41) } }, 'holds 40 characters', {}],
    [
      'a maxLength beyond the field',
      { FirstName: { from: 'person.firstName', maxLength: 100 } },
      'maxLength: 40',
      { severity: 'warning' },
    ],
    ['an unknown choice', { Plan__c: { value: 'golden' } }, 'Did you mean "gold"', {}],
    ['an unknown choice among values', { Plan__c: { from: 'notes', values: { a: 'gold', b: 'iron' } } }, '"iron"', {}],
    ['anything for a choice', { Plan__c: { from: 'notes' } }, 'values', { severity: 'warning' }],
    ['a name for a lookup', { Partner__c: { value: 'Contoso' } }, "record's id", {}],
    ['a country that the picklist does not have', { Country: { value: 'Wonderland' } }, 'picklists are on', {}],
    ['a state as people write it', { State: { from: 'campaign.state' } }, 'values', { severity: 'warning' }],
  ])('finds %s', async (_, more, message, rest) => {
    const countries = [{ value: 'US', label: 'United States', active: true }]
    const org = withLead(
      field('FirstName', { length: 40 }),
      field('Address', { type: 'address', createable: false, updateable: false }),
      field('Once__c', { updateable: false }),
      field('Later__c', { createable: false }),
      field('Seats__c', { type: 'double', length: 0 }),
      field('Seen__c', { type: 'datetime', length: 0 }),
      field('Partner__c', { type: 'reference', length: 18 }),
      picklist('Plan__c', ['gold', 'silver']),
      field('Country', { length: 80 }),
      picklist('CountryCode', [], { picklistValues: countries }),
      field('State', { length: 80 }),
      picklist('StateCode', ['WA']),
    )
    const rules = { ...healthy, lead: { ...healthy.lead, ...more } }
    const [name] = Object.keys(more)
    expect(await verify(org, rules)).toEqual([
      { severity: 'error', object: 'lead', field: name, message: says(message), ...rest },
    ])
  })

  it('is content with choices, codes, labels and ids that Salesforce has', async () => {
    const org = withLead(
      picklist('Plan__c', ['gold', 'silver'], { type: 'multipicklist' }),
      field('Country'),
      picklist('CountryCode', ['US'], { picklistValues: [{ value: 'US', label: 'United States', active: true }] }),
      field('Partner__c', { type: 'reference' }),
      field('Once__c', { updateable: false }),
    )
    const more: MappingRules[string] = {
      Plan__c: { value: 'gold;silver' },
      Country: { from: 'person.country', default: 'united states' },
      Partner__c: { value: '001000000000001' },
      Once__c: { from: 'notes', policy: 'create-only' },
    }
    expect(await verify(org, { ...healthy, lead: { ...healthy.lead, ...more } })).toEqual([])
  })

  it('says that the Status of a Lead is written on new ones alone', async () => {
    const of = async (rule: object) => await verify({}, { ...healthy, lead: { ...healthy.lead, Status: rule } })
    const known = { value: 'Open - Not Contacted' }
    expect(await of({ ...known, policy: 'overwrite' })).toMatchObject([
      { severity: 'warning', object: 'lead', field: 'Status', message: says('create-only') },
    ])
    expect(await of({ ...known, policy: 'create-only' })).toEqual([])
  })

  it('looks at the mapping of existing Contacts as well', async () => {
    const rules = { ...healthy, contact: { ...shared, Company: { from: 'person.company' } } }
    expect(await verify({}, rules)).toMatchObject([{ severity: 'error', object: 'contact', field: 'Company' }])
    expect(await verify({}, { lead: healthy.lead ?? {} })).toMatchObject([
      { severity: 'warning', object: 'contact', message: says('mapping.contact') },
    ])
  })
})

describe('verify of the contact id field', () => {
  const error = { severity: 'error', field: 'leadsync_contact_id__c' }
  it.each<[string, readonly WireField[], object]>([
    ['missing', [], { ...error, message: says('leadsync provision') }],
    ['read-only', [key(undefined, { updateable: false })], { ...error, message: says('may not write') }],
    ['no external id', [key(undefined, { externalId: false })], { ...error, message: says('not an external id') }],
    ['not unique', [key(undefined, { unique: false })], { ...error, message: says('not unique') }],
    ['minding letter case', [key(undefined, { caseSensitive: true })], { severity: 'warning', message: says('letter case') }],
  ])('says that it is %s, on Leads and on Contacts', async (_, fields, finding) => {
    const leads = { Lead: [...without(leadFields, 'leadsync_contact_id__c'), ...fields] }
    expect(await verify({ objects: leads })).toMatchObject([{ object: 'lead', ...finding }])
    const contacts = { Contact: [...without(contactFields, 'leadsync_contact_id__c'), ...fields] }
    expect(await verify({ objects: contacts })).toMatchObject([{ object: 'contact', ...finding }])
  })

  it('says what it costs to do without', async () => {
    const { leadsync_contact_id__c: _, ...fields } = shared
    const rules = { lead: { ...fields, Company: { from: 'person.company' } }, contact: fields }
    expect(await verify({ settings: { contactIdField: 'none' } }, rules)).toMatchObject([
      { severity: 'warning', object: null, message: says('by e-mail only') },
    ])
  })
})

describe('verify of the org', () => {
  it.each<[string, OrgOptions, object]>([
    ['Leads that can not be seen', { objects: { Lead: null } }, { severity: 'error', object: 'lead', message: says('licence') }],
    ['Contacts that can not be seen', { objects: { Contact: null } }, { severity: 'error', object: 'contact' }],
    [
      'Leads that can not be made',
      { rights: { Lead: { createable: false } } },
      { object: 'lead', message: says('create Leads') },
    ],
    [
      'Contacts that can not be changed',
      { rights: { Contact: { updateable: false } } },
      { object: 'contact', message: says('Edit on Contact') },
    ],
    [
      'e-mails that can not be seen',
      { objects: { Contact: without(contactFields, 'Email') } },
      { severity: 'error', object: 'contact', message: says('look Contacts up by Email') },
    ],
    [
      'a field for ids of tasks that is too short',
      { objects: { Task: [...without(taskFields, 'leadsync_task_id__c'), key('leadsync_task_id__c', { length: 20 })] } },
      { severity: 'warning', object: 'task', message: says('33 characters') },
    ],
    ['tasks that can not be seen', { objects: { Task: null } }, { object: 'task', message: says('Edit Tasks') }],
    [
      'no field for ids of tasks',
      { objects: { Task: without(taskFields, 'leadsync_task_id__c') } },
      { severity: 'warning', object: 'task', message: says('carries its id in its text') },
    ],
    [
      'a field that the org insists on',
      withLead(field('Segment__c', { nillable: false })),
      { severity: 'error', object: 'lead', field: 'Segment__c', message: says('does not send it') },
    ],
    [
      'opt-outs that can not be seen',
      { objects: { Contact: without(contactFields, 'HasOptedOutOfEmail', 'DoNotCall') } },
      { severity: 'warning', object: 'contact', message: says('"HasOptedOutOfEmail" and "DoNotCall"') },
    ],
    [
      'opt-outs that can not be set',
      withLead(field('DoNotCall', { type: 'boolean', updateable: false })),
      { severity: 'warning', object: 'lead', message: says('may not edit "DoNotCall"') },
    ],
    [
      'a status for withdrawn tasks that is not there',
      { settings: { withdrawnTaskStatus: 'Defered' } },
      { severity: 'error', object: 'task', message: says('Did you mean "Deferred"') },
    ],
    [
      'closed statuses of another org',
      { settings: { closedStatuses: ['Dead'] } },
      { severity: 'warning', object: 'lead', message: says('no Lead counts as closed') },
    ],
    [
      'a closed status that is misspelt',
      { settings: { closedStatuses: ['Closed - Not Converted', 'Opn'] } },
      { severity: 'warning', message: says('Did you mean "Open"') },
    ],
    ['few requests left today', { usage: '12001/15000' }, { severity: 'warning', message: says('2999 are left') }],
    ['very few of many left', { usage: '2500/3400' }, { severity: 'warning', message: says('900 are left') }],
  ])('finds %s', async (_, options, finding) => {
    expect(await verify(options)).toMatchObject([finding])
  })

  it('warns of a mapped field that the org insists on where nothing stands in', async () => {
    const org = withLead(field('Segment__c', { nillable: false }))
    const given = (rule: object): MappingRules => ({
      ...healthy,
      lead: { ...healthy.lead, Segment__c: { from: 'notes', ...rule } },
    })
    expect(await verify(org, given({}))).toMatchObject([{ severity: 'warning', field: 'Segment__c', message: says('default') }])
    expect(await verify(org, given({ default: 'B' }))).toEqual([])
  })

  it('asks for nothing that Salesforce fills in itself', async () => {
    const filled = { nillable: false, defaultedOnCreate: true }
    const org = withLead(field('Region__c', filled), field('Score__c', { nillable: false, createable: false }))
    expect(await verify(org)).toEqual([])
  })

  it('asks for required fields only of what new customers become', async () => {
    const Contact = [...contactFields, field('Segment__c', { nillable: false })]
    expect(await verify({ objects: { Contact } })).toEqual([])
    const settings = { target: 'contact', account: 'match-by-name' }
    expect(await verify({ objects: { Contact }, settings })).toMatchObject([{ object: 'contact', field: 'Segment__c' }])
  })
})

describe('verify of what the user sees', () => {
  const assignment = { Id: '0Pa1', PermissionSetId: "0PS'1", PermissionSet: { PermissionsViewAllData: false } }
  const seeing = (...objects: readonly string[]) => ({
    records: (soql: string) => {
      if (soql.includes('FROM PermissionSetAssignment')) return soql.includes(`AssigneeId = '${userId}'`) ? [assignment] : []
      return soql.includes("('0PS\\'1')") ? objects.map((SobjectType) => ({ SobjectType })) : []
    },
  })

  it('is content with View All on both', async () => {
    expect(await verify(seeing('Lead', 'Contact'))).toEqual([])
  })

  it('names what lacks View All', async () => {
    expect(await verify(seeing('Lead'))).toMatchObject([
      { severity: 'warning', object: 'contact', message: says('View All Records on Contact') },
    ])
  })

  it.each<[string, OrgOptions['records']]>([
    ['may not be read', (soql) => (soql.includes('PermissionSet') ? { status: 400, errorCode: 'INVALID_TYPE' } : [])],
    ['are not there', () => []],
    ['are without rights', (soql) => (soql.includes('Assignment') ? [{ PermissionSetId: '0PS1' }] : [])],
  ])('says that it could not be checked where permission sets %s', async (_, records) => {
    expect(await verify(records ? { records } : {})).toMatchObject([
      { severity: 'warning', object: null, message: says('could not be checked') },
    ])
  })

  it.each([
    [503, 'SERVER_UNAVAILABLE', 'unavailable'],
    [401, 'INVALID_SESSION_ID', 'unauthorized'],
  ])('rejects when Salesforce can not say now (%i)', async (status, errorCode, code) => {
    await expect(verify({ records: () => ({ status, errorCode }) })).rejects.toMatchObject({ code })
  })
})

describe('verify of owners and accounts', () => {
  const users = [
    { Id: '005000000000001AAA', Username: 'jane@acme.example', Email: 'jane@contoso.com', IsActive: true },
    { Id: '005000000000002AAA', Username: 'left@acme.example', Email: 'left@contoso.com', IsActive: false },
    { Id: '005000000000003AAA', Username: 'bot1@acme.example', Email: 'admin@contoso.com', IsActive: true },
    { Id: '005000000000004AAA', Username: 'bot2@acme.example', Email: 'admin@contoso.com', IsActive: true },
  ]
  const records = (soql: string) => {
    if (soql.includes('FROM User')) return users
    if (soql.includes('FROM Group')) return [{ Id: '00G000000000001AAA', Name: 'EMEA Leads', DeveloperName: 'EMEA_Leads' }]
    if (soql.includes('FROM Account')) return [{ Id: '001000000000001AAA' }]
    return allSeeing(soql)
  }
  const owned = (kind: 'lead' | 'contact', owner: string): MappingRules => ({
    ...healthy,
    [kind]: { ...healthy[kind], OwnerId: { value: owner } },
  })

  it.each(['jane@acme.example', 'Jane@Contoso.com', '005000000000001', '00G000000000001AAA', 'EMEA Leads', 'emea_leads'])(
    'takes the owner %s',
    async (owner) => {
      expect(await verify({ records }, owned('lead', owner))).toEqual([])
    },
  )

  it.each<['lead' | 'contact', string, string]>([
    ['lead', 'left@acme.example', 'deactivated'],
    ['lead', '005000000000002AAA', 'deactivated'],
    ['lead', 'who@acme.example', 'no user and no queue'],
    ['lead', '005000000000009AAA', 'no user and no queue'],
    ['lead', 'admin@contoso.com', '2 active users'],
    ['contact', 'EMEA Leads', "can't own Contacts"],
    ['contact', '00G000000000001AAA', "can't own Contacts"],
  ])('of %ss does not take the owner %s', async (kind, owner, message) => {
    expect(await verify({ records }, owned(kind, owner))).toMatchObject([
      { severity: 'error', object: kind, field: 'OwnerId', message: says(message) },
    ])
  })

  it('says that owners were not checked where the user may not read them', async () => {
    const refusing = (soql: string) =>
      soql.includes('FROM Group') ? { status: 400, errorCode: 'INVALID_TYPE' } : allSeeing(soql)
    expect(await verify({ records: refusing }, owned('lead', 'jane@acme.example'))).toMatchObject([
      { severity: 'warning', message: says('not checked') },
    ])
  })

  it('does not look at accounts while new customers become Leads', async () => {
    expect(await verify({ records, settings: { account: '001000000000002AAA' } })).toEqual([])
  })

  it.each([
    ['match-by-domain', 'Website'],
    ['match-by-name', 'Name'],
  ])('finds that %s can not work where the user may not see Account.%s', async (account, field) => {
    const hidden = (soql: string) =>
      soql.includes(`${field} FROM Account`) ? { status: 400, errorCode: 'INVALID_FIELD' } : allSeeing(soql)
    const settings = { target: 'contact', account }
    expect(await verify({ records: hidden, settings })).toMatchObject([
      { severity: 'error', object: null, message: says(`Account.${field}`) },
    ])
    expect(await verify({ records, settings })).toEqual([])
  })

  it('finds accounts of the settings that are not there', async () => {
    const settings = { target: 'contact', account: '001000000000001', accountFallback: '001000000000002AAA' }
    expect(await verify({ records, settings })).toMatchObject([
      { severity: 'error', object: null, message: says('001000000000002AAA (accountFallback)') },
    ])
  })
})
