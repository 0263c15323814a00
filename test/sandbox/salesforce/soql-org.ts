import type {
  QueryAnswer,
  QueryableField,
  QueryableObject,
  QueryableOrg,
  QueryableRow,
} from '../../../src/sandbox/salesforce/soql/org.ts'
import { query } from '../../../src/sandbox/salesforce/soql/query.ts'

export const ids = {
  contoso: '001Dn00000aAbCdIAK',
  jane: '00QDn00000bBcDeMAK',
  john: '00QDn00000bbcdeMAA',
  judy: '00QDn00000zzzzzMAA',
  contact: '003Dn00000cCdEfIAK',
  user: '005Dn00000dDeFgIAK',
  queue: '00GDn00000eEfGhMAK',
  task: '00TDn00000fFgHiMAK',
}

function field(name: string, type: string, more: Partial<QueryableField> = {}): QueryableField {
  return { name, type, filterable: type !== 'textarea', relationshipName: null, referenceTo: [], ...more }
}

function reference(name: string, relationshipName: string, ...referenceTo: string[]): QueryableField {
  return field(name, 'reference', { relationshipName, referenceTo })
}

const common = [field('Id', 'id'), field('IsDeleted', 'boolean'), field('Name', 'string'), field('Email', 'email')]

const objects: Readonly<Record<string, readonly QueryableField[]>> = {
  Account: [...common, field('AnnualRevenue', 'currency')],
  Contact: [...common, reference('AccountId', 'Account', 'Account'), reference('OwnerId', 'Owner', 'User')],
  Group: common,
  Lead: [
    ...common,
    field('Company', 'string'),
    field('Description', 'textarea'),
    field('Rating', 'picklist'),
    field('Interests__c', 'multipicklist'),
    field('IsConverted', 'boolean'),
    field('Score__c', 'double'),
    field('FollowUp__c', 'date'),
    field('CreatedDate', 'datetime'),
    reference('ConvertedContactId', 'ConvertedContact', 'Contact'),
    reference('OwnerId', 'Owner', 'Group', 'User'),
  ],
  Campaign: [...common, reference('LeadId', 'Lead', 'Lead')],
  Task: [...common, reference('WhoId', 'Who', 'Contact', 'Lead')],
  User: [...common, field('IsActive', 'boolean'), field('Department', 'string')],
}

export type Rows = Readonly<Record<string, readonly QueryableRow[]>>

/** It is 10 o'clock in the morning of the 23rd of November 2026, in UTC. */
export function makeOrg(rows: Rows): QueryableOrg {
  function object(name: string): QueryableObject | null {
    const found = Object.keys(objects).find((one) => one.toLowerCase() === name.toLowerCase())
    if (found === undefined) return null
    return { name: found, fields: objects[found] ?? [], rows: () => rows[found] ?? [] }
  }
  return {
    object,
    now: () => Date.parse('2026-11-23T10:00:00Z'),
    attributes: (type, name, row) => ({ type, url: `/${name}/${row.Id}` }),
  }
}

export function ask(rows: Rows, soql: string, includeDeleted = false): QueryAnswer {
  return query(soql, makeOrg(rows), { includeDeleted })
}

/** The rows of an answer without their `attributes`; a refused query fails the test with its message. */
export function found(answer: QueryAnswer): Record<string, unknown>[] {
  if (answer.kind === 'error') throw new Error(`${answer.errorCode}: ${answer.message}`)
  return answer.rows.map(({ attributes: _, ...fields }) => fields)
}

/** Names of the leads that a WHERE finds, in the order of their making. */
export function leadsWhere(leads: readonly QueryableRow[], where: string, includeDeleted = false): unknown[] {
  return found(ask({ Lead: leads }, `SELECT Name FROM Lead WHERE ${where}`, includeDeleted)).map((row) => row.Name)
}

/** Error code and reason of a refused query. */
export function refusal(answer: QueryAnswer): { code: string; reason: string } {
  if (answer.kind !== 'error') throw new Error('The query was not refused')
  return { code: answer.errorCode, reason: answer.message.split('\n').at(-1) ?? '' }
}

/** A string as a SOQL literal, by the table of escapes and nothing of the code under test. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`
}
