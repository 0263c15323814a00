import { expect, it } from 'vitest'
import { ask, found, ids } from './soql-org.ts'

const rows = {
  Lead: [
    { Id: ids.jane, Name: 'jane', Score__c: 3, OwnerId: ids.user, Company: 'B' },
    { Id: ids.john, Name: 'John', Score__c: null, OwnerId: ids.queue, Company: 'a' },
    { Id: ids.judy, Name: 'judy', Score__c: 12, ConvertedContactId: ids.contact, Company: 'B' },
  ],
  Contact: [{ Id: ids.contact, Name: 'Judy', Email: 'judy@contoso.com', AccountId: ids.contoso, OwnerId: ids.user }],
  Account: [{ Id: ids.contoso, Name: 'Contoso' }],
  User: [{ Id: ids.user, Name: 'Sal', IsActive: true }],
  Group: [{ Id: ids.queue, Name: 'Inbound' }],
}

it('answers fields in the order and spelling of object and SELECT, empty ones as null', () => {
  const answer = ask(rows, `select score__c, NAME, email, id from lead where id = '${ids.jane}'`)

  expect(answer).toMatchObject({ kind: 'rows', object: 'Lead', count: null })
  expect(JSON.stringify(found(answer))).toBe(JSON.stringify([{ Score__c: 3, Name: 'jane', Email: null, Id: ids.jane }]))
})

it('puts the attributes of its object before the fields of every record', () => {
  const answer = ask(rows, 'SELECT Name FROM Lead l WHERE l.Score__c = 3')

  const row = { attributes: { type: 'Lead', url: `/Lead/${ids.jane}` }, Name: 'jane' }
  expect(JSON.stringify(answer.kind === 'rows' && answer.rows)).toBe(JSON.stringify([row]))
})

it('nests parents, one object for all paths through it, null where there is none', () => {
  const soql =
    'SELECT ConvertedContact.Email, ConvertedContact.Account.Name, ConvertedContact.Id, Name FROM Lead WHERE Score__c != null'

  expect(found(ask(rows, soql))).toEqual([
    { ConvertedContact: null, Name: 'jane' },
    {
      ConvertedContact: {
        attributes: { type: 'Contact', url: `/Contact/${ids.contact}` },
        Email: 'judy@contoso.com',
        Account: { attributes: { type: 'Account', url: `/Account/${ids.contoso}` }, Name: 'Contoso' },
        Id: ids.contact,
      },
      Name: 'judy',
    },
  ])
})

it('shows a parent of one of several kinds as a Name with the URL of its own kind', () => {
  expect(found(ask(rows, 'SELECT Owner.Name, Owner.IsActive, Owner.Type FROM Lead'))).toEqual([
    { Owner: { attributes: { type: 'Name', url: `/User/${ids.user}` }, Name: 'Sal', IsActive: true, Type: 'User' } },
    { Owner: { attributes: { type: 'Name', url: `/Group/${ids.queue}` }, Name: 'Inbound', IsActive: null, Type: 'Group' } },
    { Owner: null },
  ])
})

it('finds a parent by an id of 15 characters', () => {
  const contact = { Id: ids.contact, AccountId: ids.contoso.slice(0, 15) }

  const answer = ask({ ...rows, Contact: [contact] }, 'SELECT Account.Name FROM Contact')

  expect(found(answer)).toMatchObject([{ Account: { Name: 'Contoso' } }])
})

it.each([
  ['Lead', 3],
  ["Lead WHERE Name LIKE 'ju%'", 1],
  ['Lead LIMIT 2', 2],
  ["Lead WHERE Name = 'nobody'", 0],
])('counts SELECT COUNT() FROM %s', (rest, count) => {
  expect(ask(rows, `SELECT COUNT() FROM ${rest}`)).toEqual({ kind: 'rows', object: 'Lead', rows: [], count })
})

it.each([
  ['ORDER BY Name', ['jane', 'John', 'judy']],
  ['ORDER BY Name DESC', ['judy', 'John', 'jane']],
  ['ORDER BY Company, Name DESC', ['John', 'judy', 'jane']],
  ['ORDER BY Company DESC', ['jane', 'judy', 'John']],
  ['ORDER BY Score__c', ['John', 'jane', 'judy']],
  ['ORDER BY Score__c ASC NULLS LAST', ['jane', 'judy', 'John']],
  ['ORDER BY Score__c DESC', ['John', 'judy', 'jane']],
  ['ORDER BY Score__c DESC NULLS LAST', ['judy', 'jane', 'John']],
  ['ORDER BY Score__c DESC NULLS FIRST', ['John', 'judy', 'jane']],
  ['ORDER BY Owner.Name DESC NULLS LAST', ['jane', 'John', 'judy']],
  ['LIMIT 2', ['jane', 'John']],
  ['ORDER BY Name LIMIT 1 OFFSET 1', ['John']],
  ['OFFSET 2', ['judy']],
  ['LIMIT 0', []],
])('orders and cuts by %s', (rest, names) => {
  expect(found(ask(rows, `SELECT Name FROM Lead ${rest}`)).map((row) => row.Name)).toEqual(names)
})

it('reads a query that is written over several lines', () => {
  expect(found(ask(rows, "SELECT Name\n  FROM Lead\n  WHERE Name = 'jane'\n"))).toEqual([{ Name: 'jane' }])
})
