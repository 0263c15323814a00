import type { SoqlValue } from '../soql/org.ts'
import type { ObjectDefinition } from './catalog/object-definition.ts'
import { toFullId } from './ids.ts'
import type { Instance } from './instance.ts'
import { toDate, toDatetime } from './instants.ts'
import type { Refused } from './org.ts'
import { tasksOf } from './removal.ts'
import type { Row } from './tables.ts'

type Values = Readonly<Record<string, SoqlValue>>

// https://help.salesforce.com/s/articleView?id=sf.lead_conversion_mapping.htm; custom fields as if mapped to their namesakes.
const standardMap: Readonly<Record<string, string>> = {
  LastName: 'LastName',
  FirstName: 'FirstName',
  Salutation: 'Salutation',
  Name: 'Name',
  Title: 'Title',
  Phone: 'Phone',
  MobilePhone: 'MobilePhone',
  Fax: 'Fax',
  Email: 'Email',
  Description: 'Description',
  LeadSource: 'LeadSource',
  Street: 'MailingStreet',
  City: 'MailingCity',
  State: 'MailingState',
  StateCode: 'MailingStateCode',
  PostalCode: 'MailingPostalCode',
  Country: 'MailingCountry',
  CountryCode: 'MailingCountryCode',
  HasOptedOutOfEmail: 'HasOptedOutOfEmail',
  HasOptedOutOfFax: 'HasOptedOutOfFax',
  DoNotCall: 'DoNotCall',
}

/** What a salesperson does with the Convert button. The Lead becomes read-only and its Tasks move to the Contact. */
export function convertLead(
  instance: Instance,
  leadId: string,
  contactId: string | null,
): { readonly contactId: string; readonly accountId: string } | Refused {
  const { schema, tables } = instance
  const [contactObject, accountObject] = [schema.object('Contact'), schema.object('Account')]
  const lead = tables.find('Lead', toFullId(leadId) ?? leadId)
  if (lead === undefined || lead.IsDeleted === true) return { error: `There is no Lead ${leadId} to convert.` }
  if (lead.IsConverted === true) return { error: `Lead ${leadId} is converted already.` }
  const existing = contactId === null ? null : tables.find('Contact', toFullId(contactId) ?? contactId)
  if (existing === undefined || existing?.IsDeleted === true)
    return { error: `There is no Contact ${contactId} to convert into.` }
  if (contactObject === undefined || accountObject === undefined) return { error: 'The org has no Contact or Account object.' }

  const account = tables.find('Account', String(existing?.AccountId ?? '')) ?? makeAccount(instance, accountObject, lead)
  const contact = fillContact(instance, contactObject, lead, existing, account.Id)
  const now = instance.now()
  const stamp = { LastModifiedDate: toDatetime(now), SystemModstamp: toDatetime(now) }
  const links = { ConvertedContactId: contact.Id, ConvertedAccountId: account.Id, ConvertedDate: toDate(now) }
  tables.put('Lead', { ...lead, ...links, ...stamp, IsConverted: true, Status: 'Closed - Converted' })
  for (const task of tasksOf(instance, lead.Id)) {
    tables.put('Task', { ...task, ...stamp, WhoId: contact.Id, WhatId: account.Id, AccountId: account.Id })
  }
  return { contactId: contact.Id, accountId: account.Id }
}

function makeAccount(instance: Instance, object: ObjectDefinition, lead: Row): Row {
  const { Company, Website, Phone, Industry, AnnualRevenue, NumberOfEmployees } = lead
  const copied = { Name: Company ?? null, Website, Phone, Industry, AnnualRevenue, NumberOfEmployees }
  return insert(instance, object, lead, copied)
}

/** A new Contact takes what the Lead has; an existing one keeps its own values and gets only what it lacks, and any opt-out. */
function fillContact(instance: Instance, object: ObjectDefinition, lead: Row, existing: Row | null, accountId: string): Row {
  const { schema, tables } = instance
  const copied: Record<string, SoqlValue> = {}
  for (const [name, value] of Object.entries(lead)) {
    const target = name.endsWith('__c') ? name : standardMap[name]
    const field = target === undefined ? undefined : schema.field(object, target)
    if (field === undefined || value === null) continue
    const taken = field.unique && tables.holders('Contact', field.name, value).length > 0
    const kept = existing !== null && (existing[field.name] ?? null) !== null && existing[field.name] !== false
    if (!taken && !kept) copied[field.name] = value
  }
  if (existing === null) return insert(instance, object, lead, { ...copied, AccountId: accountId })
  const at = toDatetime(instance.now())
  const row = { ...existing, ...copied, AccountId: accountId, LastModifiedDate: at, SystemModstamp: at }
  tables.put('Contact', row)
  return row
}

function insert(
  instance: Instance,
  object: ObjectDefinition,
  lead: Row,
  copied: Readonly<Record<string, SoqlValue | undefined>>,
): Row {
  const at = toDatetime(instance.now())
  // Contacts and Accounts have no queues for owners: a queue's Lead goes to whoever converts it.
  const owner = String(lead.OwnerId).startsWith('005') ? lead.OwnerId : lead.CreatedById
  const given: Values = Object.fromEntries(
    Object.entries(copied).flatMap(([name, value]) => (value == null ? [] : [[name, value]])),
  )
  const flags = Object.fromEntries(object.fields.filter((field) => field.type === 'boolean').map((field) => [field.name, false]))
  const stamps = {
    CreatedDate: at,
    LastModifiedDate: at,
    SystemModstamp: at,
    CreatedById: owner ?? null,
    LastModifiedById: owner ?? null,
  }
  const row = { ...flags, ...given, ...stamps, Id: instance.tables.nextId(object), OwnerId: owner ?? null }
  instance.tables.put(object.name, row)
  return row
}
