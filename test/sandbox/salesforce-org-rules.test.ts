import { expect, it } from 'vitest'
import { codes, jane, openOrg, username } from './salesforce-org.ts'

it('a unique key is taken whatever its case, also by a converted Lead, and free again once its record is deleted', () => {
  const { org, create, made } = openOrg()
  const id = made('Lead', { ...jane, leadsync_contact_id__c: 'k1' })
  const again = { ...jane, leadsync_contact_id__c: 'K1' }

  org.convert(id, null)
  const taken = create('Lead', again)
  expect(taken).toMatchObject({ success: false, errors: [{ code: 'DUPLICATE_VALUE', fields: [] }] })
  expect(JSON.stringify(taken)).toContain(id)

  org.remove('Lead', id)
  expect(create('Lead', again)).toMatchObject({ success: true })
})

it('upserts by external id: creates with the key, updates without it, and knows neither deleted records nor foreign fields', () => {
  const { org, write } = openOrg()
  const upsert = (values: Record<string, unknown>, field = 'leadsync_contact_id__c') => org.upsert('Lead', field, values, write)

  const first = upsert({ ...jane, leadsync_contact_id__c: 'k1' })
  expect(first).toMatchObject({ success: true, created: true })
  expect(upsert({ LEADSYNC_CONTACT_ID__C: 'K1', Title: 'CTO' })).toEqual({ ...first, created: false })
  expect(org.allRecords()).toMatchObject([{ object: 'lead', fields: { leadsync_contact_id__c: 'k1', Title: 'CTO' } }])

  expect(codes(upsert({ ...jane, leadsync_contact_id__c: null }))).toEqual(['MISSING_ARGUMENT'])
  expect(codes(upsert({ ...jane, Company: 'x' }, 'Company'))).toEqual(['NOT_FOUND'])
  expect(codes(upsert({ Id: '00QgL0000099999', Title: 'x' }, 'Id'))).toEqual(['INVALID_CROSS_REFERENCE_KEY'])

  org.remove('Lead', org.lookUp('Lead', 'leadsync_contact_id__c', 'k1')?.[0] ?? '')
  expect(upsert({ ...jane, leadsync_contact_id__c: 'k1' })).toMatchObject({ success: true, created: true })
})

it('an upsert by a key that several records hold names them all', () => {
  const { org, made, write } = openOrg()
  const ids = [made('Lead', jane), made('Lead', { ...jane, Email: 'JANE@contoso.com' })]

  expect(org.upsert('Lead', 'Email', jane, write)).toEqual({ success: false, matches: ids })
})

it('owners: a queue owns Leads but no Contacts, and nobody who has left owns anything', () => {
  const { create, idOf } = openOrg()
  const queue = idOf('Group', 'DeveloperName', 'Marketplace_Leads')
  const gone = idOf('User', 'Username', 'former.sales@sandbox.example')
  const seller = idOf('User', 'Username', 'olivia.sales@sandbox.example')

  expect(create('Lead', { ...jane, OwnerId: queue })).toMatchObject({ success: true })
  expect(create('Contact', { LastName: 'Doe', OwnerId: seller })).toMatchObject({ success: true })
  expect(codes(create('Contact', { LastName: 'Doe', OwnerId: queue }))).toEqual(['FIELD_INTEGRITY_EXCEPTION'])
  expect(codes(create('Lead', { ...jane, OwnerId: gone }))).toEqual(['INACTIVE_OWNER_OR_USER'])
})

it('the assignment rule takes every Lead, also on update, unless the header says no', () => {
  const { org, made, update, idOf, write } = openOrg({ assignmentRule: true })
  const queue = idOf('Group', 'DeveloperName', 'Web_Leads')
  const owner = (id: string) => org.read('Lead', id)?.OwnerId

  const id = made('Lead', jane, { autoAssign: false })
  expect(owner(id)).toBe(write.userId)
  update('Lead', id, { Title: 'CTO' }, { autoAssign: false })
  expect(owner(id)).toBe(write.userId)
  update('Lead', id, { Title: 'CEO', OwnerId: write.userId })
  expect(owner(id)).toBe(queue)
  expect(owner(made('Lead', jane))).toBe(queue)
})

it('Tasks: none of a Lead with a WhatId, none to a converted Lead, closed by status', () => {
  const { org, create, made, update } = openOrg()
  const account = made('Account', { Name: 'Contoso' })
  const lead = made('Lead', jane)

  expect(codes(create('Task', { WhoId: lead, WhatId: account }))).toEqual(['FIELD_INTEGRITY_EXCEPTION'])
  const task = made('Task', { WhoId: lead, Subject: 'Call', ActivityDate: '2026-11-24' })
  expect(org.read('Task', task)).toMatchObject({
    Status: 'Not Started',
    Priority: 'Normal',
    IsClosed: false,
    TaskSubtype: 'Task',
  })
  update('Task', task, { Status: 'Completed' })
  expect(org.read('Task', task)).toMatchObject({ IsClosed: true, CompletedDateTime: '2026-11-23T12:00:00.000+0000' })

  org.convert(lead, null)
  expect(codes(create('Task', { WhoId: lead }))).toEqual(['CANNOT_UPDATE_CONVERTED_LEAD'])
  expect(update('Task', task, { Subject: 'Called' })).toMatchObject({ success: true })
})

it.each([
  ['block', false, true],
  ['block', true, true],
  ['alert', false, true],
  ['alert', true, false],
  ['off', false, false],
] as const)('a duplicate rule set to %s with allowSave=%s refuses: %s', (mode, allowDuplicates, refuses) => {
  const { create, made } = openOrg({ duplicateRules: mode })
  const account = made('Account', { Name: 'CONTOSO' })
  const contact = made('Contact', { LastName: 'doe', AccountId: account })
  const other = made('Lead', { LastName: 'Smith', Company: 'Fabrikam', Email: 'JANE@contoso.com' })

  const result = create('Lead', jane, { allowDuplicates })

  expect(codes(result)).toEqual(refuses ? ['DUPLICATES_DETECTED'] : [])
  if (result.success) return
  expect(result.errors[0]?.duplicateResult).toMatchObject({
    allowSave: mode === 'alert',
    duplicateRule: 'Standard_Lead_Duplicate_Rule',
    matchResults: [
      { entityType: 'Lead', size: 1, matchRecords: [{ record: { attributes: { type: 'Lead' }, Id: other } }] },
      { entityType: 'Contact', size: 1, matchRecords: [{ record: { Id: contact } }] },
    ],
  })
})

it('a duplicate rule asks an update only when it touches what the rule matches, and never finds the record itself', () => {
  const { made, update } = openOrg({ duplicateRules: { Lead: 'block' } })
  const id = made('Lead', jane)
  expect(update('Lead', id, { Email: jane.Email })).toMatchObject({ success: true })
  made('Contact', { LastName: 'Smith', Email: 'smith@contoso.com' })
  made('Contact', { LastName: 'Doe', Email: jane.Email })

  expect(update('Lead', id, { Title: 'CTO' })).toMatchObject({ success: true })
  expect(codes(update('Lead', id, { Email: 'smith@contoso.com' }))).toEqual(['DUPLICATES_DETECTED'])
})

it('a parent may be named by its own key', () => {
  const { org, create, made } = openOrg()
  org.addCustomField('Account.Ext__c', { type: 'Text', label: 'Ext', length: 20, externalId: true, unique: true })
  const set = [...(org.object('PermissionSet')?.rows() ?? [])][0]?.Id
  made('FieldPermissions', {
    ParentId: set,
    SobjectType: 'Account',
    Field: 'Account.Ext__c',
    PermissionsRead: true,
    PermissionsEdit: true,
  })
  const account = made('Account', { Name: 'Contoso', Ext__c: 'a-1' })

  const contact = made('Contact', { LastName: 'Doe', Account: { Ext__c: 'A-1' } })

  expect(org.read('Contact', contact)).toMatchObject({ AccountId: account })
  expect(codes(create('Contact', { LastName: 'Doe', Account: { Ext__c: 'a-2' } }))).toEqual(['INVALID_FIELD'])
})

it('row faults fail the writes that fit, so many times', () => {
  const { org, create } = openOrg()
  const lock = { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access to this record', fields: [] }

  expect(org.armRowFaults([{ object: 'Lead', times: 2, where: { LastName: 'Doe' }, ...lock }])).toBe(2)

  expect(create('Lead', { ...jane, LastName: 'Smith' })).toMatchObject({ success: true })
  const outcomes = [create('Lead', jane), create('Lead', jane), create('Lead', jane)]
  expect(outcomes.map(codes)).toEqual([['UNABLE_TO_LOCK_ROW'], ['UNABLE_TO_LOCK_ROW'], []])
  org.armRowFaults([{ object: 'Lead', times: 2, where: {}, ...lock }])
  expect(org.armRowFaults([])).toBe(0)
  expect(create('Lead', jane)).toMatchObject({ success: true })
})

it('seeds one integration user per app', () => {
  const { org } = openOrg({ usernames: [username, 'second@contoso.example'] })

  expect(org.userIdOf(username)).toMatch(/^005[0-9a-zA-Z]{15}$/)
  expect(org.userIdOf('second@contoso.example')).not.toBe(org.userIdOf(username))
  expect(org.userIdOf('former.sales@sandbox.example')).toBeNull()
  expect(org.userIdOf('nobody')).toBeNull()
})
