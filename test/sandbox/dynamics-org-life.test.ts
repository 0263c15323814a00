import { describe, expect, it } from 'vitest'
import { salespeople } from '../../src/sandbox/dynamics/org/seeds.ts'
import { add, appUser, ids, makeOrg, outcome, patch, row, writing } from './dynamics-org.ts'

const deletion = { ifMatch: null, userId: appUser }

describe('the life of a lead in a Dataverse org', () => {
  it('sales qualifies a lead into a new contact and account', () => {
    const org = makeOrg()
    add(org, 'leads', { leadid: ids.jane, lastname: 'Doe', companyname: 'Contoso', emailaddress1: 'jane@contoso.example' })
    const made = org.qualify(ids.jane, null)
    if ('error' in made) throw new Error(made.error)
    expect(row(org, 'leads', ids.jane)).toMatchObject({
      statecode: 1,
      statuscode: 3,
      _parentcontactid_value: made.contactId,
      _parentaccountid_value: made.accountId,
    })
    expect(row(org, 'contacts', made.contactId)).toMatchObject({
      fullname: 'Doe',
      emailaddress1: 'jane@contoso.example',
      _originatingleadid_value: ids.jane,
      _parentcustomerid_value: made.accountId,
    })
    expect(org.qualify(ids.jane, null)).toEqual({ error: 'The lead is already closed.' })
  })

  it('sales qualifies a lead into a contact that is there', () => {
    const org = makeOrg()
    const contact = add(org, 'contacts', { lastname: 'Doe' })
    add(org, 'leads', { leadid: ids.jane, lastname: 'Doe' })
    expect(org.qualify(ids.jane, ids.nobody)).toHaveProperty('error')
    expect(org.qualify(ids.jane, contact)).toEqual({ contactId: contact, accountId: null })
    expect(org.allRecords()).toHaveLength(2)
  })

  it.each([
    ['accept', 'updated'],
    ['reject', '400 0x80040230'],
  ] as const)('a closed lead that sales may reopen, in mode %s: a write is %s', (closedLeads, expected) => {
    const org = makeOrg({ closedLeads })
    add(org, 'leads', { leadid: ids.jane, lastname: 'Doe' })
    expect(org.disqualify(ids.jane, 3)).toHaveProperty('error')
    org.disqualify(ids.jane)
    expect(row(org, 'leads', ids.jane)).toMatchObject({ statecode: 2, statuscode: 4 })
    expect(outcome(patch(org, 'leads', ids.jane, { firstname: 'Jane' }))).toBe(expected)
    org.reopen(ids.jane)
    expect(outcome(patch(org, 'leads', ids.jane, { firstname: 'Joan' }))).toBe('updated')
    expect(row(org, 'leads', ids.jane)).toMatchObject({ statecode: 0, statuscode: 1, firstname: 'Joan' })
  })

  it('a state set alone gets its first reason; a pair that is none is refused', () => {
    const org = makeOrg()
    add(org, 'leads', { leadid: ids.jane })
    expect(outcome(patch(org, 'leads', ids.jane, { statecode: 2, statuscode: 3 }))).toBe('400 0x80048408')
    patch(org, 'leads', ids.jane, { statecode: 2 })
    expect(row(org, 'leads', ids.jane)).toMatchObject({ statecode: 2, statuscode: 4 })
  })

  it('the loser of a merge points to the master, is closed, and its tasks and notes move over', () => {
    const org = makeOrg()
    add(org, 'leads', { leadid: ids.jane })
    add(org, 'leads', { leadid: ids.john })
    add(org, 'tasks', { activityid: ids.task, 'regardingobjectid_lead_task@odata.bind': `/leads(${ids.john})` })
    add(org, 'annotations', { annotationid: ids.note, 'objectid_lead@odata.bind': `/leads(${ids.john})` })
    expect(org.merge('leads', ids.jane, ids.john)).toEqual({ masterId: ids.jane })
    expect(row(org, 'leads', ids.john)).toMatchObject({ merged: true, _masterid_value: ids.jane, statecode: 2 })
    expect(row(org, 'tasks', ids.task)._regardingobjectid_value).toBe(ids.jane)
    expect(row(org, 'annotations', ids.note)._objectid_value).toBe(ids.jane)
    expect(org.merge('leads', ids.jane, ids.jane)).toHaveProperty('error')
    expect(org.reopen(ids.john)).toHaveProperty('error')
  })

  it('a lead takes its tasks and notes with it; what else pointed to it points nowhere', () => {
    const org = makeOrg()
    add(org, 'leads', { leadid: ids.jane })
    const kept = add(org, 'tasks', { subject: 'Something else' })
    add(org, 'tasks', { activityid: ids.task, 'regardingobjectid_lead_task@odata.bind': `/leads(${ids.jane})` })
    add(org, 'annotations', { 'objectid_task@odata.bind': `/tasks(${ids.task})` })
    const contact = add(org, 'contacts', { 'originatingleadid@odata.bind': `/leads(${ids.jane})` })
    expect(outcome(org.remove('leads', { id: ids.jane }, deletion))).toBe('done')
    expect(outcome(org.remove('leads', { id: ids.jane }, deletion))).toBe('404 0x80040217')
    expect(org.allRecords().map(({ id }) => id)).toEqual([contact, kept])
    expect(row(org, 'contacts', contact)._originatingleadid_value).toBeNull()
  })

  it('a task is born open, and read-only once it is done, until somebody opens it again', () => {
    const org = makeOrg()
    expect(outcome(org.create('tasks', { subject: 'Call', statuscode: 5 }, writing()))).toBe('400 0x80048408')
    add(org, 'tasks', { activityid: ids.task, subject: 'Call' })
    expect(outcome(patch(org, 'tasks', ids.task, { statecode: 1, statuscode: 5 }))).toBe('updated')
    expect(row(org, 'tasks', ids.task)).toMatchObject({ percentcomplete: 100, actualend: '2026-11-23T10:00:00Z' })
    expect(outcome(patch(org, 'tasks', ids.task, { statecode: 2, statuscode: 6 }))).toBe('400 0x80040230')
    expect(outcome(patch(org, 'tasks', ids.task, { subject: 'Write' }))).toBe('400 0x80040230')
    expect(outcome(patch(org, 'tasks', ids.task, { statecode: 0, statuscode: 2 }))).toBe('updated')
    expect(outcome(patch(org, 'tasks', ids.task, { statecode: 2, statuscode: 6 }))).toBe('updated')
  })
})

describe('what an application user may do', () => {
  it('an app without an application user is nobody in the org', () => {
    const org = makeOrg()
    expect(org.whoAmI('11111111-2222-4333-8444-555555555555')).toEqual({ userId: appUser })
    expect(org.whoAmI(ids.nobody)).toMatchObject({ status: 403, code: '0x80072560' })
    expect(makeOrg({ applicationUser: false }).whoAmI('11111111-2222-4333-8444-555555555555')).toMatchObject({ status: 403 })
  })

  it.each([
    ['prvCreateLead', (org = makeOrg()) => org.create('leads', {}, writing())],
    ['prvCreateActivity', (org = makeOrg()) => org.create('tasks', {}, writing())],
    [
      'prvAppendToLead',
      (org = makeOrg()) => org.create('tasks', { 'regardingobjectid_lead_task@odata.bind': `/leads(${ids.jane})` }, writing()),
    ],
    [
      'prvAssignLead',
      (org = makeOrg()) => org.create('leads', { 'ownerid@odata.bind': `/systemusers(${salespeople[0].id})` }, writing()),
    ],
    ['prvDeleteLead', (org = makeOrg()) => org.remove('leads', { id: ids.jane }, deletion)],
    ['prvReadLead', (org = makeOrg()) => org.readRefusal('leads')],
  ])('without %s it is refused, and the privilege named', (privilege, act) => {
    const org = makeOrg({ missingPrivileges: [privilege] })
    expect(act(org)).toSatisfy((result: Parameters<typeof outcome>[0]) => outcome(result) === '403 0x80040220')
    expect(JSON.stringify(act(org))).toContain(privilege)
    expect(JSON.stringify(org.privileges(appUser))).not.toContain(`"${privilege}"`)
    expect(JSON.stringify(makeOrg().privileges(appUser))).toContain(`"${privilege}"`)
  })

  it('without prvWriteLead it creates and does not update', () => {
    const org = makeOrg({ missingPrivileges: ['prvWriteLead'] })
    expect(outcome(patch(org, 'leads', ids.jane, {}))).toBe('created')
    expect(outcome(patch(org, 'leads', ids.jane, {}))).toBe('403 0x80040220')
  })

  it('nobody writes users through it, and field security closes a column', () => {
    const org = makeOrg({ securedColumns: ['lead.donotphone'] })
    expect(outcome(patch(org, 'systemusers', salespeople[0].id, { isdisabled: true }))).toBe('403 0x80040220')
    expect(outcome(org.create('leads', { donotphone: true }, writing()))).toBe('403 0x8004F502')
    add(org, 'leads', { leadid: ids.jane })
    expect(outcome(patch(org, 'leads', ids.jane, { donotphone: true }))).toBe('403 0x8004F507')
  })

  it("the customer's plug-in refuses a value", () => {
    const org = makeOrg({ plugIn: { table: 'lead', column: 'companyname', forbidden: 'Fabrikam' } })
    expect(outcome(org.create('leads', { companyname: 'Fabrikam' }, writing()))).toBe('400 0x80040265')
    expect(outcome(org.create('leads', { companyname: 'Contoso' }, writing()))).toBe('created')
  })

  it('a user who leaves can be given nothing any more', () => {
    const org = makeOrg()
    org.setUserDisabled(salespeople[0].id, true)
    const values = { 'ownerid@odata.bind': `/systemusers(${salespeople[0].id})` }
    expect(outcome(org.create('leads', values, writing()))).toBe('400 0x80040225')
    expect(org.setUserDisabled(ids.nobody, true)).toHaveProperty('error')
  })
})
