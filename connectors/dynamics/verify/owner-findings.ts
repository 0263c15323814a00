import type { Finding, Mapping } from '../../../src/core/index.ts'
import { isPassing } from '../../kit/passing.ts'
import { mappedOwners } from '../../kit/people/mapped-owners.ts'
import type { Api } from '../api.ts'
import type { Kind } from '../org/table.ts'
import { eqAny, idAny, isGuid } from '../requests/odata.ts'
import type { Reply } from '../requests/operation.ts'
import { Page, type WireRecord } from '../wire.ts'
import { OwnerColumn } from '../write/owners.ts'

interface Known {
  readonly users: readonly WireRecord[]
  readonly teams: readonly WireRecord[]
}

export interface OwnerContext {
  readonly api: Api
  readonly signal: AbortSignal
}

/** Owners that the mapping names and the environment does not have, or not any more. They are the admin's own words: they may be shown to them. */
export async function ownerFindings(mapping: Mapping, context: OwnerContext): Promise<Finding[]> {
  const named = mappedOwners(mapping, OwnerColumn)
  if (named.length === 0) return []
  const known = await ask([...new Set(named.map(({ owner }) => owner))], context)
  if (known === null)
    return [finding(null, 'The user may not read users and teams, so the owners in the mapping were not checked.', 'warning')]
  return named.flatMap(({ kind, owner }) => {
    const message = faultOf(owner, known)
    return message === null ? [] : [finding(kind, message, 'error')]
  })
}

async function ask(owners: readonly string[], { api, signal }: OwnerContext): Promise<Known | null> {
  const names = owners.filter((owner) => !isGuid(owner))
  const ids = owners.filter(isGuid)
  const either = (id: string, columns: readonly string[]) =>
    [
      ...(names.length > 0 ? columns.map((column) => eqAny(column, names)) : []),
      ...(ids.length > 0 ? [idAny(id, ids)] : []),
    ].join('%20or%20')
  const people = either('systemuserid', ['internalemailaddress', 'domainname'])
  const paths = [
    `systemusers?$select=systemuserid,internalemailaddress,domainname,isdisabled&$filter=${people}`,
    `teams?$select=teamid,name&$filter=${either('teamid', ['name'])}`,
  ]
  const [users, teams] = (
    await api.all(
      paths.map((path) => ({ method: 'GET', path })),
      signal,
    )
  ).map(recordsIn)
  return users && teams ? { users, teams } : null
}

function recordsIn(reply: Reply): readonly WireRecord[] | null {
  if (reply.kind === 'ok') return Page.safeParse(reply.body).data?.value ?? null
  if (isPassing(reply.error)) throw reply.error
  return null
}

function faultOf(owner: string, { users, teams }: Known): string | null {
  const people = named(users, owner, ['systemuserid', 'internalemailaddress', 'domainname'])
  const active = people.filter(({ isdisabled }) => isdisabled !== true)
  const groups = named(teams, owner, ['teamid', 'name'])
  const byUsername = named(active, owner, ['domainname'])
  if (active.length === 1 || byUsername.length === 1) return null
  if (active.length > 1)
    return `${active.length} enabled users have the e-mail ${owner}. Write the user name (domainname), or the id.`
  if (groups.length === 1) return null
  if (groups.length > 1) return `${groups.length} teams are called ${owner}. Write the id.`
  if (people.length > 0) return `${owner} is a disabled user and can't be given records. Name somebody else, or enable the user.`
  return `Dynamics 365 knows no user and no team ${owner}. Write a user's e-mail, a team's name, or an id.`
}

function named(records: readonly WireRecord[], owner: string, columns: readonly string[]): WireRecord[] {
  const wanted = owner.toLowerCase()
  return records.filter((record) => columns.some((column) => String(record[column] ?? '').toLowerCase() === wanted))
}

function finding(object: Kind | null, message: string, severity: Finding['severity']): Finding {
  return { severity, object, field: OwnerColumn, message }
}
