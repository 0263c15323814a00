import { DeliveryError } from '../../../src/core/index.ts'
import { protocolError, sentence } from '../errors.ts'
import type { Kind, Table } from '../org/table.ts'
import { EmailColumn } from './columns.ts'

const Words = { lead: 'Leads', contact: 'Contacts' } as const

/** What the user may not see looks as if nobody had it: everybody would be entered once more. */
export function hiddenEmail(crm: string, kind: Kind): DeliveryError {
  const say = `${Words[kind]} have no column ${EmailColumn} that people could be looked up by, so everybody would be entered twice. Let the application user read it.`
  return new DeliveryError('misconfigured', sentence(crm, say), { fields: [EmailColumn] })
}

/** More records than a person will ever have. */
export function crowded(crm: string, kind: Kind, most: number): DeliveryError {
  const say = `${most} or more ${Words[kind]} have this person's e-mail or contact id. Merge or delete them in Dynamics 365 and replay the lead.`
  return new DeliveryError('multiple_matches', sentence(crm, say))
}

export function tooMuchAtOnce(crm: string): DeliveryError {
  const say = 'too many records match the people who were looked up together. The rest is looked up later.'
  return new DeliveryError('unavailable', sentence(crm, say))
}

/** Dataverse did not understand a query, which happens where a column is not there. `afterMs`: when definitions may be read again at the earliest. */
export function unknownColumn(crm: string, { name, state }: Table, afterMs: number): DeliveryError {
  if (state === 'read') {
    const say = `a column was deleted since the table ${name} was described. The description is read again, and then the lead is matched again.`
    return new DeliveryError('conflict', sentence(crm, say), { retryAfterMs: afterMs })
  }
  const say = `the table ${name} lacks a column that contactIdColumn or the mapping names. Create it (leadsync provision) or take it out; let the application user read table definitions, then leadsync check says which one it is.`
  return new DeliveryError('misconfigured', sentence(crm, say))
}

/** A Contact that can't be seen may be anywhere: to enter the person once more for it would make a second one. */
export function unseenContact(crm: string): DeliveryError {
  const say =
    "a Lead of this person was qualified, and its Contact can't be seen by the application user. Give its security role the right to read all Contacts of the organization and replay the lead; where the Contact is really gone, enter the person in Dynamics 365 by hand first."
  return new DeliveryError('invalid', sentence(crm, say))
}

export function mergedTooOften(crm: string): DeliveryError {
  const say = 'the records of this person were merged too many times to follow. Find the one that is left, and replay the lead.'
  return new DeliveryError('invalid', sentence(crm, say))
}

export function unreadable(crm: string): DeliveryError {
  return protocolError(crm, 'the answer to a look-up could not be read. Please report it.')
}
