import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { salespeople, salesTeamId } from '../../src/sandbox/dynamics/org/seeds.ts'
import { add, appUser, ids, makeOrg, outcome, patch, row, writing } from './dynamics-org.ts'

describe('the values of a row in a Dataverse org', () => {
  it('a new lead has its defaults, its owner and its stamps', () => {
    const org = makeOrg()
    const id = add(org, 'leads', { firstname: 'Jane', lastname: 'Doe', subject: 'Analytics' })
    expect(row(org, 'leads', id)).toMatchObject({
      fullname: 'Jane Doe',
      statecode: 0,
      statuscode: 1,
      donotemail: false,
      followemail: true,
      companyname: null,
      merged: false,
      createdon: '2026-11-23T10:00:00Z',
      _ownerid_value: appUser,
      '_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'systemuser',
      _owningteam_value: null,
    })
  })

  it.each([
    ['a text that is too long', { subject: 'x'.repeat(301) }, '400 0x80044331'],
    ["a mobile number of more than a lead's 20 characters", { mobilephone: '+1 617 555 5555 55555' }, '400 0x80044331'],
    ['a choice that is no option', { leadsourcecode: 99 }, '400 0x8004431A'],
    ['a number out of its range', { numberofemployees: 1_000_001 }, '400 0x8004432F'],
    ['an amount out of its range', { revenue: -1 }, '400 0x80044330'],
    ['a property that is not declared', { emailaddress9: 'a@b.example' }, '400 0x80048d19'],
    ['a property in another case', { EMailAddress1: 'a@b.example' }, '400 0x80048d19'],
    ['a text for a number', { leadsourcecode: '8' }, '400 0x80048d19'],
    ['a number for a text', { subject: 5 }, '400 0x80048d19'],
    ['a text for a boolean', { donotemail: 'true' }, '400 0x80048d19'],
    ['a day for an instant', { leadsync_lastleadat: '2026-11-23' }, '400 0x80048d19'],
    ['an instant without a zone', { leadsync_lastleadat: '2026-11-23T10:00:00' }, '400 0x80048d19'],
    ['an instant that is none', { leadsync_lastleadat: '2026-02-31T10:00:00Z' }, '400 0x80048d19'],
    ['an instant before SQL Server', { leadsync_lastleadat: '1752-12-31T23:59:59Z' }, '400 0x80048d19'],
    ['a lookup by its column', { _ownerid_value: appUser }, '400 0x80048d19'],
    ['a navigation name in another case', { 'ParentAccountId@odata.bind': null }, '400 0x80048d19'],
    ['a record of a set that is not there', { 'parentaccountid@odata.bind': `/companies(${ids.nobody})` }, '400 0x80060888'],
    ['a record of another table', { 'parentaccountid@odata.bind': `/contacts(${ids.nobody})` }, '400 0x80048d19'],
    ['a record that is not there', { 'parentaccountid@odata.bind': `/accounts(${ids.nobody})` }, '404 0x80040217'],
    ['a reference that only the platform sets', { 'createdby@odata.bind': `/systemusers(${appUser})` }, '400 0x80040203'],
    ['a status reason of another state', { statuscode: 4 }, '400 0x80048408'],
    ['an owner who has left', { 'ownerid@odata.bind': `/systemusers(${salespeople[1].id})` }, '400 0x80040225'],
    ['no owner', { 'ownerid@odata.bind': null }, '400 0x80040200'],
  ])('%s is refused', (_what, values, expected) => {
    const org = makeOrg()
    expect(outcome(org.create('leads', values, writing()))).toBe(expected)
    expect(org.allRecords()).toEqual([])
  })

  it('the length of a text is counted in UTF-16 units', () => {
    const org = makeOrg()
    expect(outcome(org.create('leads', { leadsync_contactid: '😀'.repeat(50) }, writing()))).toBe('created')
    expect(outcome(org.create('leads', { leadsync_contactid: `${'😀'.repeat(50)}x` }, writing()))).toBe('400 0x80044331')
  })

  it('what the platform computes is ignored without a word, and a new lead is open whatever it was created as', () => {
    const org = makeOrg()
    const id = add(org, 'leads', { lastname: 'Doe', fullname: 'Somebody Else', createdon: '2020-01-01T00:00:00Z', statecode: 2 })
    expect(row(org, 'leads', id)).toMatchObject({ fullname: 'Doe', createdon: '2026-11-23T10:00:00Z', statecode: 0 })
  })

  it('an instant is stored in UTC and whole seconds, an empty text as none, other annotations not at all', () => {
    const org = makeOrg()
    const id = add(org, 'leads', {
      '@odata.type': 'Microsoft.Dynamics.CRM.lead',
      'subject@OData.Community.Display.V1.FormattedValue': 'Topic',
      leadsync_lastleadat: '2026-11-23T11:00:00.999+01:00',
      subject: '',
    })
    expect(row(org, 'leads', id)).toMatchObject({ leadsync_lastleadat: '2026-11-23T10:00:00Z', subject: null })
  })

  it('a lookup is bound by path or whole address and cleared by null', () => {
    const org = makeOrg()
    const account = add(org, 'accounts', { name: 'Contoso' })
    for (const prefix of ['/', '', '/api/data/v9.2/', 'http://127.0.0.1:8080/api/data/v9.2/']) {
      const id = add(org, 'leads', { 'customerid_account@odata.bind': `${prefix}accounts(${account.toUpperCase()})` })
      expect(row(org, 'leads', id)._customerid_value).toBe(account)
      patch(org, 'leads', id, { 'customerid_contact@odata.bind': null })
      expect(row(org, 'leads', id)._customerid_value).toBeNull()
    }
  })

  it('a lead may belong to a team', () => {
    const org = makeOrg()
    const id = add(org, 'leads', { 'ownerid@odata.bind': `/teams(${salesTeamId})` })
    expect(row(org, 'leads', id)).toMatchObject({ _owningteam_value: salesTeamId, _owninguser_value: null })
    expect(org.table('leads')?.formatted('_ownerid_value', row(org, 'leads', id))).toBe('Sales')
  })

  it("a task's owner and regarding are bound by the names of its own table", () => {
    const org = makeOrg()
    const lead = add(org, 'leads', { lastname: 'Doe' })
    const values = { subject: 'Call', 'regardingobjectid_lead_task@odata.bind': `/leads(${lead})` }
    expect(outcome(org.create('tasks', { ...values, 'ownerid@odata.bind': `/systemusers(${appUser})` }, writing()))).toBe(
      '400 0x80048d19',
    )
    const id = add(org, 'tasks', { ...values, 'ownerid_task@odata.bind': `/systemusers(${salespeople[0].id})` })
    expect(row(org, 'tasks', id)).toMatchObject({ _regardingobjectid_value: lead, _ownerid_value: salespeople[0].id })
  })

  it('whatever fits its column is read back as it was written', () => {
    const org = makeOrg()
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((value) => value.length <= 2000)
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 1_000_000 }), fc.boolean(), (description, numberofemployees, donotphone) => {
        const values = { description, numberofemployees, donotphone }
        expect(row(org, 'leads', add(org, 'leads', values))).toMatchObject(values)
      }),
      { numRuns: 50 },
    )
  })

  it('a German org says the same codes in German', () => {
    const result = makeOrg({ language: 'de' }).create('leads', { subject: 'x'.repeat(301) }, writing())
    expect(result).toMatchObject({ error: { code: '0x80044331', message: expect.stringContaining('Länge') } })
  })
})
