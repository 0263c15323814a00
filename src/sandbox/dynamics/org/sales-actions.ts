import type { TableDefinition } from './catalog/table-definition.ts'
import { completeRow, freshRow, reference } from './derived.ts'
import { newGuid } from './guid.ts'
import type { Instance } from './instance.ts'
import type { OrgRow, Refused } from './org.ts'
import { refused } from './problem.ts'
import { children } from './removal.ts'

/** Copied from a lead to the contact that it becomes. */
const sharedColumns = [
  'firstname',
  'middlename',
  'lastname',
  'salutation',
  'jobtitle',
  'emailaddress1',
  'telephone1',
  'mobilephone',
  'websiteurl',
  'address1_line1',
  'address1_city',
  'address1_stateorprovince',
  'address1_postalcode',
  'address1_country',
  'donotemail',
  'donotphone',
  'donotbulkemail',
]

/** Sales merges two rows: the loser points to the master and is closed, its tasks and notes move over. */
export function mergeRows(
  instance: Instance,
  entitySet: string,
  masterId: string,
  loserId: string,
): { masterId: string } | Refused {
  const table = instance.schema.bySet(entitySet)
  if (table === undefined || instance.schema.column(table.logicalName, 'merged') === undefined) {
    return refused(`Records of "${entitySet}" can't be merged: leads, contacts and accounts can.`)
  }
  const master = instance.store.find(table.logicalName, masterId.toLowerCase())
  const loser = instance.store.find(table.logicalName, loserId.toLowerCase())
  if (master === undefined || loser === undefined || master === loser) {
    return refused(`There are no two different ${entitySet} with the ids ${masterId} and ${loserId}.`)
  }
  const to = String(master[table.primaryId])
  const from = String(loser[table.primaryId])
  const closed = table.logicalName === 'lead' ? { statecode: 2, statuscode: 7 } : { statecode: 1, statuscode: 2 }
  put(instance, table, { ...loser, ...closed, merged: true, ...reference('masterid', to, table.logicalName) }, loser)
  for (const { table: name, column } of children) {
    const child = instance.schema.byName(name)
    for (const id of instance.store.holders(name, [column], [from])) {
      const row = instance.store.find(name, id)
      if (child !== undefined && row !== undefined) put(instance, child, { ...row, [column]: to }, row)
    }
  }
  return { masterId: to }
}

/** Sales qualifies an open lead. Its parent contact and account are used; without them they are made. */
export function qualifyLead(
  instance: Instance,
  leadId: string,
  contactId: string | null,
): { contactId: string; accountId: string | null } | Refused {
  const lead = openLead(instance, leadId)
  if ('error' in lead) return lead
  const { row, table } = lead
  const wanted = contactId?.toLowerCase() ?? row._parentcontactid_value ?? null
  if (wanted !== null && instance.store.find('contact', String(wanted)) === undefined) {
    return refused(`There is no contact with the id ${String(wanted)}.`)
  }
  const account = row._parentaccountid_value ?? (row.companyname == null ? null : makeAccount(instance, row))
  const accountId = account === null ? null : String(account)
  const contact = wanted === null ? makeContact(instance, row, accountId) : String(wanted)
  const qualified = {
    ...row,
    statecode: 1,
    statuscode: 3,
    ...reference('parentcontactid', contact, 'contact'),
    ...reference('contactid', contact, 'contact'),
    ...reference('parentaccountid', accountId, 'account'),
    ...reference('accountid', accountId, 'account'),
  }
  put(instance, table, qualified, row)
  return { contactId: contact, accountId }
}

export function disqualifyLead(instance: Instance, leadId: string, statusCode: number): { leadId: string } | Refused {
  const lead = openLead(instance, leadId)
  if ('error' in lead) return lead
  const reasons = instance.schema.column('lead', 'statuscode')?.options.filter((option) => option.state === 2) ?? []
  if (!reasons.some((reason) => reason.value === statusCode)) {
    return refused(
      `A lead can't be disqualified with status reason ${statusCode}: ${reasons.map(({ value }) => value).join(', ')} can.`,
    )
  }
  put(instance, lead.table, { ...lead.row, statecode: 2, statuscode: statusCode }, lead.row)
  return { leadId: leadId.toLowerCase() }
}

export function reopenLead(instance: Instance, leadId: string): { leadId: string } | Refused {
  const table = instance.schema.byName('lead')
  const row = instance.store.find('lead', leadId.toLowerCase())
  if (table === undefined || row === undefined) return refused(`There is no lead with the id ${leadId}.`)
  if (row.merged === true) return refused(`The lead ${leadId} has been merged and can't be reopened.`)
  put(instance, table, { ...row, statecode: 0, statuscode: 1 }, row)
  return { leadId: leadId.toLowerCase() }
}

export function disableUser(instance: Instance, userId: string, disabled: boolean): { userId: string } | Refused {
  const table = instance.schema.byName('systemuser')
  const row = instance.store.find('systemuser', userId.toLowerCase())
  if (table === undefined || row === undefined) return refused(`There is no user with the id ${userId}.`)
  put(instance, table, { ...row, isdisabled: disabled }, row)
  return { userId: userId.toLowerCase() }
}

function openLead(instance: Instance, leadId: string): { row: OrgRow; table: TableDefinition } | Refused {
  const table = instance.schema.byName('lead')
  const row = instance.store.find('lead', leadId.toLowerCase())
  if (table === undefined || row === undefined) return refused(`There is no lead with the id ${leadId}.`)
  return row.statecode === 0 ? { row, table } : refused('The lead is already closed.')
}

function makeAccount(instance: Instance, lead: OrgRow): string {
  return make(instance, 'account', lead, { name: lead.companyname, websiteurl: lead.websiteurl })
}

function makeContact(instance: Instance, lead: OrgRow, accountId: string | null): string {
  const copied = Object.fromEntries(sharedColumns.map((name) => [name, lead[name]]))
  return make(instance, 'contact', lead, { ...copied, ...reference('parentcustomerid', accountId, 'account') })
}

function make(instance: Instance, name: string, lead: OrgRow, values: OrgRow): string {
  const table = instance.schema.byName(name)
  const id = newGuid()
  if (table === undefined) return id
  const fresh = freshRow(instance, table, id, String(lead._ownerid_value))
  put(instance, table, { ...fresh, ...values, ...reference('originatingleadid', String(lead.leadid), 'lead') }, null)
  return id
}

function put(instance: Instance, table: TableDefinition, row: OrgRow, before: OrgRow | null): void {
  const userId = String((before ?? row)._ownerid_value ?? (before ?? row)._createdby_value)
  instance.store.put(table.logicalName, String(row[table.primaryId]), completeRow(instance, table, row, before, userId))
}
