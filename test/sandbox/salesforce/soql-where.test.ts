import { describe, expect, it } from 'vitest'
import { ask, found, ids, leadsWhere, refusal } from './soql-org.ts'

const lead = { IsDeleted: false, IsConverted: false }
const jane = {
  ...lead,
  Id: ids.jane,
  Name: 'Jane',
  Email: 'Jane@Contoso.com',
  Company: '100% Contoso_Ltd',
  Rating: 'Hot',
  Score__c: 10,
  FollowUp__c: '2026-11-23',
  CreatedDate: '2026-11-23T00:00:00.000+0000',
  OwnerId: ids.user,
}
const john = {
  ...lead,
  Id: ids.john,
  Name: 'John',
  Email: 'john@contoso.com',
  Company: '1000 Contoso Ltd',
  IsConverted: true,
  ConvertedContactId: ids.contact,
  Score__c: -2.5,
  FollowUp__c: '2026-11-22',
  CreatedDate: '2026-11-22T23:59:59.999+0000',
  OwnerId: ids.queue,
}
const judy = { ...lead, Id: ids.judy, Name: 'Judy', Company: '', CreatedDate: '2026-11-16T00:00:00.000+0000' }
const leads = [jane, john, judy]

describe('comparing text', () => {
  it.each([
    ["Email = 'jane@CONTOSO.com'", ['Jane']],
    ["email = 'jane@contoso.com'", ['Jane']],
    ["Lead.Email = 'jane@contoso.com'", ['Jane']],
    ["Email != 'jane@contoso.com'", ['John', 'Judy']],
    ["Email <> 'jane@contoso.com'", ['John', 'Judy']],
    ["NOT Email = 'jane@contoso.com'", ['John', 'Judy']],
    ['Email = null', ['Judy']],
    ["Email = ''", ['Judy']],
    ['Company = null', ['Judy']],
    ['Email != null', ['Jane', 'John']],
    ["Email IN ('JOHN@contoso.com', 'nobody@contoso.com')", ['John']],
    ["Email IN ('john@contoso.com', null)", ['John', 'Judy']],
    ["Email NOT IN ('john@contoso.com')", ['Jane', 'Judy']],
    ["Email < 'john@contoso.com'", ['Jane']],
    ["Email >= 'JANE@contoso.com'", ['Jane', 'John']],
    ["Email < 'zzz'", ['Jane', 'John']],
    ["Rating = 'hot'", ['Jane']],
  ])('%s finds %j', (where, names) => {
    expect(leadsWhere(leads, where)).toEqual(names)
  })

  it.each([
    ["Company LIKE '%contoso%'", ['Jane', 'John']],
    ["Company LIKE 'contoso%'", []],
    ["Company LIKE '100\\% contoso%'", ['Jane']],
    ["Company LIKE '100% Contoso Ltd'", ['John']],
    ["Company LIKE '%Contoso_Ltd'", ['Jane', 'John']],
    ["Company LIKE '%Contoso\\_Ltd'", ['Jane']],
    ["Name LIKE 'J___'", ['Jane', 'John', 'Judy']],
    ["Name LIKE 'J__'", []],
    ["Email LIKE '%'", ['Jane', 'John']],
    ["NOT Email LIKE '%'", ['Judy']],
  ])('%s finds %j', (where, names) => {
    expect(leadsWhere(leads, where)).toEqual(names)
  })

  it('takes a pattern of many wildcards in its stride', () => {
    const long = [{ ...jane, Company: 'a'.repeat(255) }]

    expect(leadsWhere(long, `Company LIKE '${'%a'.repeat(100)}b'`)).toEqual([])
  })
})

describe('comparing numbers, flags and times', () => {
  it.each([
    ['Score__c = 10', ['Jane']],
    ['Score__c = 10.0', ['Jane']],
    ['Score__c < 0', ['John']],
    ['Score__c <= -2.5', ['John']],
    ['Score__c != 10', ['John', 'Judy']],
    ['Score__c IN (10, -2.5)', ['Jane', 'John']],
    ['Score__c = null', ['Judy']],
    ['Score__c < null', []],
    ['Score__c >= null', []],
    ['IsConverted = true', ['John']],
    ['IsConverted != TRUE', ['Jane', 'Judy']],
    ['IsConverted = false', ['Jane', 'Judy']],
    ['FollowUp__c = 2026-11-23', ['Jane']],
    ['FollowUp__c < 2026-11-23', ['John']],
    ['FollowUp__c = TODAY', ['Jane']],
    ['FollowUp__c = YESTERDAY', ['John']],
    ['FollowUp__c != TODAY', ['John', 'Judy']],
    ['FollowUp__c IN (TODAY, 2020-01-01)', ['Jane']],
    ['CreatedDate = 2026-11-23T00:00:00Z', ['Jane']],
    ['CreatedDate = 2026-11-23T02:00:00+02:00', ['Jane']],
    ['CreatedDate >= 2026-11-22T23:59:59.999Z', ['Jane', 'John']],
    ['CreatedDate > 2026-11-22T23:59:59.999Z', ['Jane']],
    ['CreatedDate = TODAY', ['Jane']],
    ['CreatedDate < TODAY', ['John', 'Judy']],
    ['CreatedDate <= YESTERDAY', ['John', 'Judy']],
    ['CreatedDate > YESTERDAY', ['Jane']],
    ['CreatedDate = LAST_N_DAYS:6', ['Jane', 'John']],
    ['CreatedDate = LAST_N_DAYS:7', ['Jane', 'John', 'Judy']],
    ['CreatedDate < LAST_N_DAYS:6', ['Judy']],
  ])('%s finds %j', (where, names) => {
    expect(leadsWhere(leads, where)).toEqual(names)
  })
})

describe('comparing record ids', () => {
  it.each([
    ['its 18 characters', `Id = '${ids.jane}'`, ['Jane']],
    ['its 15 characters', `Id = '${ids.jane.slice(0, 15)}'`, ['Jane']],
    ['18 characters in another case', `Id = '${ids.jane.toLowerCase()}'`, ['Jane']],
    ['18 capital characters', `Id = '${ids.jane.toUpperCase()}'`, ['Jane']],
    ['15 characters in another case, which are another record', `Id = '${ids.john.slice(0, 15)}'`, ['John']],
    ['a list of both forms', `Id IN ('${ids.jane}', '${ids.john.slice(0, 15)}')`, ['Jane', 'John']],
    ['the 15 characters of a reference', `OwnerId = '${ids.user.slice(0, 15)}'`, ['Jane']],
    ['an empty reference', 'OwnerId = null', ['Judy']],
  ])('finds a record by %s', (_, where, names) => {
    expect(leadsWhere(leads, where)).toEqual(names)
  })

  // The first id is from Salesforce's REST guide, the others are widely published examples of the conversion.
  it.each([['003RO0000035WQgYAM'], ['a0D30000001n7PiEAI'], ['0019000000B98deAAB']])(
    'knows %s by its first 15 characters',
    (Id) => {
      expect(leadsWhere([{ Id, Name: 'it' }], `Id = '${Id.slice(0, 15)}'`)).toEqual(['it'])
    },
  )

  it('reads the case of its letters from the suffix alone', () => {
    expect(leadsWhere(leads, `Id = '${ids.jane.slice(0, 15)}MAA'`)).toEqual(['John'])
  })

  it('takes 18 characters whose suffix makes capitals of digits for no id', () => {
    const answer = ask({}, `SELECT Id FROM Lead WHERE Id = '${ids.jane.slice(0, 15)}555'`)

    expect(refusal(answer).code).toBe('INVALID_QUERY_FILTER_OPERATOR')
  })
})

describe('joining conditions', () => {
  it.each([
    ["Name = 'Jane' OR Name = 'John' OR Name = 'Nobody'", ['Jane', 'John']],
    ["Email != null AND IsConverted = false AND Name LIKE 'J%'", ['Jane']],
    ["(Name = 'Jane' OR Name = 'John') AND IsConverted = true", ['John']],
    ["Name = 'Judy' OR (Name = 'John' AND IsConverted = true)", ['John', 'Judy']],
    ["NOT (Name = 'Jane' OR Name = 'John')", ['Judy']],
    ["(NOT Name LIKE 'Ja%') AND (NOT Name LIKE 'Jo%')", ['Judy']],
    ["((Name = 'Jane'))", ['Jane']],
  ])('%s finds %j', (where, names) => {
    expect(leadsWhere(leads, where)).toEqual(names)
  })
})

describe('conditions on other records', () => {
  const rows = {
    Lead: leads,
    Contact: [{ Id: ids.contact, Name: 'John', Email: 'john@elsewhere.com', AccountId: ids.contoso, OwnerId: ids.user }],
    Account: [{ Id: ids.contoso, Name: 'Contoso' }],
    User: [{ Id: ids.user, Name: 'Sal', IsActive: true }],
    Group: [{ Id: ids.queue, Name: 'Inbound' }],
    Campaign: [
      { Id: 'a0D30000001n7PiEAI', Name: 'Spring', LeadId: ids.jane.slice(0, 15) },
      { Id: '0019000000B98deAAB', Name: 'Autumn', LeadId: null },
    ],
  }

  it.each([
    ["ConvertedContact.Email = 'john@elsewhere.com'", ['John']],
    ["ConvertedContact.Account.Name = 'contoso'", ['John']],
    ['ConvertedContact.Account.Name = null', ['Jane', 'Judy']],
    ['Owner.IsActive = true', ['Jane']],
    ["Owner.Type = 'Group'", ['John']],
    ["Owner.Name IN ('Sal', 'Inbound')", ['Jane', 'John']],
    ["Id IN (SELECT LeadId FROM Campaign WHERE Name = 'Spring')", ['Jane']],
    ["Id NOT IN (SELECT LeadId FROM Campaign WHERE Name = 'Spring')", ['John', 'Judy']],
    ['Id IN (SELECT LeadId FROM Campaign)', ['Jane']],
    ["Id IN (SELECT LeadId FROM Campaign WHERE Name = 'Autumn')", []],
    ["ConvertedContactId IN (SELECT Id FROM Contact WHERE Account.Name = 'Contoso')", ['John']],
    ["Name LIKE 'J%' AND (Id IN (SELECT LeadId FROM Campaign))", ['Jane']],
  ])('%s finds %j', (where, names) => {
    expect(found(ask(rows, `SELECT Name FROM Lead WHERE ${where}`)).map((row) => row.Name)).toEqual(names)
  })
})

describe('deleted records', () => {
  const rows = {
    Lead: [jane, { ...john, IsDeleted: true }],
    Contact: [{ Id: ids.contact, IsDeleted: true, Name: 'Gone' }],
    Campaign: [{ Id: 'a0D30000001n7PiEAI', IsDeleted: true, LeadId: ids.jane }],
  }

  it.each([
    ['SELECT Name FROM Lead', [{ Name: 'Jane' }], [{ Name: 'Jane' }, { Name: 'John' }]],
    ['SELECT Name FROM Lead WHERE IsDeleted = true', [], [{ Name: 'John' }]],
    ["SELECT Name FROM Lead WHERE ConvertedContact.Name = 'Gone'", [], [{ Name: 'John' }]],
    ['SELECT Name FROM Lead WHERE Id IN (SELECT LeadId FROM Campaign)', [], [{ Name: 'Jane' }]],
  ])('are seen only by a query that asks for them: %s', (soql, without, withDeleted) => {
    expect(found(ask(rows, soql))).toEqual(without)
    expect(found(ask(rows, soql, true))).toEqual(withDeleted)
  })
})
