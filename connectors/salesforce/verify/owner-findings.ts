import type { Finding, Mapping } from '../../../src/core/index.ts'
import { mappedOwners } from '../../kit/people/mapped-owners.ts'
import { isId, longId } from '../org/ids.ts'
import type { Kind } from '../org/org.ts'
import type { QueryContext } from '../requests/query.ts'
import { inList } from '../requests/soql.ts'
import type { WireRecord } from '../wire.ts'
import { isOwnerName, OwnerField } from '../write/owners.ts'
import { records } from './view-all.ts'

interface Known {
  readonly users: readonly WireRecord[]
  readonly queues: readonly WireRecord[]
}

/** Owners that the mapping names and Salesforce does not have, or not any more. They are the admin's own words: they may be shown to them. */
export async function ownerFindings(mapping: Mapping, context: QueryContext): Promise<Finding[]> {
  const named = mappedOwners(mapping, OwnerField)
  if (named.length === 0) return []
  const known = await ask([...new Set(named.map(({ owner }) => owner))], context)
  if (known === null)
    return [finding(null, 'The user may not read users and queues, so the owners in the mapping were not checked.', 'warning')]
  return named.flatMap(({ kind, owner }) => {
    const message = faultOf(owner, kind, known)
    return message === null ? [] : [finding(kind, message, 'error')]
  })
}

async function ask(owners: readonly string[], context: QueryContext): Promise<Known | null> {
  const names = owners.filter(isOwnerName)
  const ids = owners.filter((owner) => !isOwnerName(owner))
  const either = (fields: readonly string[]) =>
    [
      ...(names.length > 0 ? fields.map((field) => inList(field, names)) : []),
      ...(ids.length > 0 ? [inList('Id', ids)] : []),
    ].join(' OR ')
  const users = await records(`SELECT Id, Username, Email, IsActive FROM User WHERE ${either(['Username', 'Email'])}`, context)
  const queues = await records(
    `SELECT Id, Name, DeveloperName FROM Group WHERE Type = 'Queue' AND (${either(['Name', 'DeveloperName'])})`,
    context,
  )
  return users === null || queues === null ? null : { users, queues }
}

function faultOf(owner: string, kind: Kind, { users, queues }: Known): string | null {
  const people = byName(users, owner, ['Username', 'Email'])
  const active = people.filter(({ IsActive }) => IsActive === true)
  const lines = byName(queues, owner, ['DeveloperName', 'Name'])
  const username = byName(active, owner, ['Username'])
  if (active.length === 1 || username.length === 1) return null
  if (active.length > 1) return `${active.length} active users have the e-mail ${owner}. Write the username, or the id (005…).`
  if (lines.length === 1 && kind === 'lead') return null
  if (lines.length > 1) return `${lines.length} queues are called ${owner}. Write the id (00G…).`
  if (lines.length === 1) return `${owner} is a queue, and a queue can't own Contacts. Name a user.`
  if (people.length > 0)
    return `${owner} is a deactivated user and can't be given records. Name somebody else, or activate the user.`
  return `Salesforce knows no user and no queue ${owner}. Write a username, an e-mail, a queue's name, or an id (005… or 00G…).`
}

function byName(known: readonly WireRecord[], owner: string, fields: readonly string[]): WireRecord[] {
  const wanted = owner.toLowerCase()
  if (isId(owner)) return known.filter(({ Id }) => longId(String(Id)) === longId(owner))
  return known.filter((record) => fields.some((field) => String(record[field] ?? '').toLowerCase() === wanted))
}

function finding(object: Kind | null, message: string, severity: Finding['severity']): Finding {
  return { severity, object, field: OwnerField, message }
}
