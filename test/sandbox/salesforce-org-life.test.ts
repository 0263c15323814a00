import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { makeId, toFullId } from '../../src/sandbox/salesforce/org/ids.ts'
import { codes, jane, openOrg, username } from './salesforce-org.ts'

it('conversion makes the Contact with what the Lead had, moves its Tasks, and leaves the Lead read-only', () => {
  const { org, made, update } = openOrg()
  const lead = made('Lead', { ...jane, City: 'Boston', DoNotCall: true, Region__c: 'EMEA', leadsync_contact_id__c: 'k1' })
  const task = made('Task', { WhoId: lead })

  const converted = org.convert(lead.slice(0, 15), null)

  if ('error' in converted) throw new Error(converted.error)
  const { contactId, accountId } = converted
  const carried = {
    FirstName: 'Jane',
    LastName: 'Doe',
    Name: 'Jane Doe',
    Email: 'jane@contoso.com',
    MailingCity: 'Boston',
    DoNotCall: true,
  }
  expect(org.read('Contact', contactId)).toMatchObject({
    ...carried,
    Region__c: 'EMEA',
    leadsync_contact_id__c: 'k1',
    AccountId: accountId,
  })
  expect(org.read('Account', accountId)).toMatchObject({ Name: 'Contoso', IsDeleted: false })
  expect(org.read('Lead', lead)).toMatchObject({
    IsConverted: true,
    ConvertedContactId: contactId,
    ConvertedAccountId: accountId,
    ConvertedDate: '2026-11-23',
    leadsync_contact_id__c: 'k1',
  })
  expect(org.read('Task', task)).toMatchObject({ WhoId: contactId, WhatId: accountId })
  expect(codes(update('Lead', lead, { Title: 'CTO' }))).toEqual(['CANNOT_UPDATE_CONVERTED_LEAD'])
  expect(org.convert(lead, null)).toHaveProperty('error')
  expect(org.allRecords().map(({ object, id }) => [object, id])).toEqual([
    ['lead', lead],
    ['contact', contactId],
    ['account', accountId],
    ['task', task],
  ])
})

it('conversion into an existing Contact fills what it lacks and keeps the rest', () => {
  const { org, made } = openOrg()
  const lead = made('Lead', { ...jane, Title: 'CTO', HasOptedOutOfEmail: true, leadsync_contact_id__c: 'k1' })
  const contact = made('Contact', { LastName: 'Doe-Smith', Title: 'CEO', leadsync_contact_id__c: 'k2' })

  expect(org.convert(lead, contact)).toMatchObject({ contactId: contact })

  const kept = { LastName: 'Doe-Smith', Title: 'CEO', leadsync_contact_id__c: 'k2' }
  expect(org.read('Contact', contact)).toMatchObject({ ...kept, Email: 'jane@contoso.com', HasOptedOutOfEmail: true })
  expect(org.convert('00QgL0000099999', null)).toHaveProperty('error')
  expect(org.convert(made('Lead', jane), '003gL0000099999')).toHaveProperty('error')
})

it('a merge deletes the loser, points it to the master and moves its Tasks', () => {
  const { org, made, update } = openOrg()
  const [master, loser] = [
    made('Contact', { LastName: 'Doe' }),
    made('Contact', { LastName: 'Doe', leadsync_contact_id__c: 'k1' }),
  ]
  const task = made('Task', { WhoId: loser })

  expect(org.merge('Contact', master, loser)).toEqual({ masterId: master })

  expect(org.presence('Contact', loser)).toBe('deleted')
  expect(codes(update('Contact', loser, { Title: 'x' }))).toEqual(['ENTITY_IS_DELETED'])
  const rows = [...(org.object('Contact')?.rows() ?? [])]
  expect(rows.find((row) => row.Id === loser)).toMatchObject({ IsDeleted: true, MasterRecordId: master })
  expect(org.read('Task', task)).toMatchObject({ WhoId: master })
  expect(org.lookUp('Contact', 'leadsync_contact_id__c', 'k1')).toEqual([])
  expect(org.merge('Contact', master, master)).toHaveProperty('error')
  expect(org.merge('Task', task, task)).toHaveProperty('error')
})

it('a deleted record stays for queries with its Tasks until it is purged', () => {
  const { org, made, update } = openOrg()
  const lead = made('Lead', jane)
  const task = made('Task', { WhoId: lead })

  expect(org.remove('Lead', lead)).toEqual({ success: true, id: lead, created: false })
  expect(codes(org.remove('Lead', lead))).toEqual(['ENTITY_IS_DELETED'])
  expect([org.presence('Lead', lead), org.presence('Task', task), org.read('Lead', lead)]).toEqual(['deleted', 'deleted', null])
  expect([...(org.object('Lead')?.rows() ?? [])]).toMatchObject([{ Id: lead, IsDeleted: true }])
  expect(org.allRecords()).toEqual([])

  expect(org.purge('Lead', lead)).toEqual({ purged: lead })
  expect(org.presence('Lead', lead)).toBe('absent')
  expect(codes(update('Lead', lead, { Title: 'x' }))).toEqual(['INVALID_CROSS_REFERENCE_KEY'])
  expect(org.purge('Lead', lead)).toHaveProperty('error')
})

it('writes that are not kept never happened, their keys are free', () => {
  const { org, create, made, update } = openOrg()
  const id = made('Lead', { ...jane, Title: 'CTO' })

  const value = org.atomically(() => {
    create('Lead', { ...jane, leadsync_contact_id__c: 'k1' })
    update('Lead', id, { Title: 'CEO', leadsync_contact_id__c: 'k2' })
    org.purge('Lead', id)
    return { keep: false, value: 7 }
  })

  expect(value).toBe(7)
  expect(org.allRecords()).toMatchObject([{ id, fields: { Title: 'CTO' } }])
  expect(org.lookUp('Lead', 'leadsync_contact_id__c', 'k1')).toEqual([])
  expect(org.lookUp('Lead', 'leadsync_contact_id__c', 'k2')).toEqual([])
  expect(create('Lead', { ...jane, leadsync_contact_id__c: 'k1' })).toMatchObject({ success: true })
})

it('a restored org goes on where the saved one stopped: rows, fields, grants, ids, and users that are new', () => {
  const before = openOrg({ provisioned: false })
  before.org.addCustomField('Lead.vip__c', { type: 'Checkbox', label: 'VIP', defaultValue: false })
  const set = before.idOf('PermissionSet', 'Name', 'Sales_Integration')
  const grant = { SobjectType: 'Lead', Field: 'Lead.vip__c', PermissionsRead: true, PermissionsEdit: true }
  before.made('FieldPermissions', { ParentId: set, ...grant })
  const id = before.made('Lead', { ...jane, vip__c: true })
  const saved = JSON.parse(JSON.stringify(before.org.state()))

  const after = openOrg({ provisioned: false, usernames: [username, 'second@contoso.example'] })
  after.org.restore(saved)

  expect(after.org.organizationId).toBe(before.org.organizationId)
  expect(after.org.userIdOf(username)).toBe(before.org.userIdOf(username))
  expect(after.org.userIdOf('second@contoso.example')).toMatch(/^005/)
  expect(after.org.read('Lead', id)).toEqual(before.org.read('Lead', id))
  expect(after.org.read('Lead', id)).toMatchObject({ vip__c: true })
  expect(after.org.lookUp('Lead', 'Email', 'JANE@contoso.com')).toEqual([id])
  expect(after.made('Lead', jane)).not.toBe(id)
  expect(() => after.org.restore({ v: 0 })).toThrow('not one of this sandbox')
})

it('a reset forgets people, companies and tasks; users, fields and the sequence of ids stay', () => {
  const { org, made } = openOrg()
  const id = made('Lead', jane)

  org.reset()

  expect(org.allRecords()).toEqual([])
  expect(org.userIdOf(username)).toMatch(/^005/)
  expect(made('Lead', jane)).not.toBe(id)
})

it('tells the record file of every write', () => {
  let changes = 0
  const { org, made } = openOrg({ changed: () => (changes += 1) })

  org.convert(made('Lead', jane), null)

  expect(changes).toBeGreaterThanOrEqual(2)
})

it('ids of 15 characters mean the same record as those of 18, and case counts', () => {
  // Known pair from Salesforce's own example of the conversion.
  expect(toFullId('00Q5e00001AbCdE')).toHaveLength(18)
  expect(toFullId('001A0000006Vm9u')).toBe('001A0000006Vm9uIAC')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 62 ** 5 - 1 }), (n) => {
      const id = makeId('00Q', n)
      return id.length === 18 && toFullId(id) === id && toFullId(id.slice(0, 15)) === id
    }),
  )
  expect(toFullId(makeId('00Q', 700_001).toLowerCase())).toBeNull()
  expect(toFullId('short')).toBeNull()
  expect(new Set(Array.from({ length: 500 }, (_, n) => makeId('00Q', n))).size).toBe(500)
})
