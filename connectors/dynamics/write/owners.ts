import type { RecordWrite } from '../../../src/core/index.ts'
import type { Api } from '../api.ts'
import { protocolError } from '../errors.ts'
import { eqAny, idAny, isGuid } from '../requests/odata.ts'
import type { Operation, Reply } from '../requests/operation.ts'
import { Page, type WireRecord } from '../wire.ts'

/** The column that holds who is responsible, on leads, contacts and tasks alike. */
export const OwnerColumn = 'ownerid'
export const NoSuchOwner =
  'Dynamics 365 has no enabled user with this e-mail, user name or id, or several, and no team of this name or id. Correct it.'

/**
 * By which a record is refused for its owner: disabled, without licence, or without a right to such records. The last two codes Dataverse
 * says of the application user as well: what it refuses without owner too is not about the owner.
 */
export const OwnerCodes: ReadonlySet<string> = new Set(['0x80040225', '0x8004d24b', '0x80040220', '0x80048306'])

const FreshMs = 10 * 60_000
const Most = 1_000
/** In one query: Dataverse has refused filters of more than 300 conditions, and two are about each name. */
const PerQuery = 100
const TextPerQuery = 8_000
/** Longer ones nobody has, and a lead may bring them. */
const LongestName = 320

export interface Owner {
  readonly table: 'systemuser' | 'team'
  readonly id: string
}

/** Whom an e-mail, a user name, a team's name or an id means. An id alone does not tell whether it is a user's or a team's. */
export interface Owners {
  /** What was learned; an id that nobody has asked about is a user's; undefined when there is no such owner, or nobody has asked yet. */
  of(owner: string): Owner | undefined
  /** Asks for those that are not known, in one request. Rejects when Dynamics 365 can't say. */
  learn(owners: readonly string[], signal: AbortSignal): Promise<void>
}

/** Keeps what it learned for ten minutes. */
export function createOwners(api: Api, crm: string, now: () => number): Owners {
  const learned = new Map<string, { readonly owner: Owner | undefined; readonly until: number }>()
  return {
    of(said) {
      const name = keyOf(said)
      const known = learned.get(name)
      if (known) return known.owner
      return isGuid(name) ? { table: 'systemuser', id: name } : undefined
    },
    async learn(owners, signal) {
      const wanted = new Set(owners.map(keyOf).filter(isName))
      const unknown = [...wanted].filter((name) => (learned.get(name)?.until ?? 0) <= now())
      if (unknown.length === 0) return
      const ownerOf = await ask(unknown, api, crm, signal)
      if (learned.size + unknown.length > Most) for (const name of learned.keys()) if (!wanted.has(name)) learned.delete(name)
      for (const name of unknown) learned.set(name, { owner: ownerOf(name), until: now() + FreshMs })
    },
  }
}

/** The owners that writes name, for `learn`. */
export function ownersIn(writes: readonly RecordWrite[]): string[] {
  const named = writes.flatMap(({ fields }) => Object.entries(fields).filter(([name]) => name.toLowerCase() === OwnerColumn))
  return named.flatMap(([, owner]) => (typeof owner === 'string' ? [owner] : []))
}

async function ask(
  names: readonly string[],
  api: Api,
  crm: string,
  signal: AbortSignal,
): Promise<(name: string) => Owner | undefined> {
  const replies = await api.all(inQueries(names).flatMap(queriesFor), signal)
  const [enabled, groups] = [0, 1].map((which) =>
    together(replies.filter((_, place) => place % 2 === which).map((reply) => rowsOf(reply, crm))),
  )
  return (name) => {
    if (isGuid(name)) {
      if (groups?.some(({ teamid }) => teamid === name)) return { table: 'team', id: name }
      return !enabled || enabled.some(({ systemuserid }) => systemuserid === name) ? { table: 'systemuser', id: name } : undefined
    }
    // User names are unique. E-mails are not: application users often carry their admin's.
    return (
      only(enabled, 'domainname', name, 'systemuser') ??
      only(enabled, 'internalemailaddress', name, 'systemuser') ??
      only(groups, 'name', name, 'team')
    )
  }
}

/** One of users and one of teams. */
function queriesFor(names: readonly string[]): Operation[] {
  const ids = names.filter(isGuid)
  const others = names.filter((name) => !isGuid(name))
  const anyOf = (id: string, columns: readonly string[]) =>
    [
      ...(ids.length === 0 ? [] : [idAny(id, ids)]),
      ...(others.length === 0 ? [] : columns.map((column) => eqAny(column, others))),
    ].join('%20or%20')
  const people = anyOf('systemuserid', ['internalemailaddress', 'domainname'])
  return [
    {
      method: 'GET',
      path: `systemusers?$select=systemuserid,internalemailaddress,domainname&$filter=isdisabled%20eq%20false%20and%20(${people})`,
    },
    { method: 'GET', path: `teams?$select=teamid,name&$filter=${anyOf('teamid', ['name'])}` },
  ]
}

function inQueries(names: readonly string[]): string[][] {
  const queries: string[][] = []
  let room = 0
  for (const name of names) {
    const length = encodeURIComponent(name).length
    const current = queries.at(-1)
    if (current && current.length < PerQuery && length <= room) {
      current.push(name)
      room -= length
    } else {
      queries.push([name])
      room = TextPerQuery - length
    }
  }
  return queries
}

function together(lists: readonly (readonly WireRecord[] | null)[]): readonly WireRecord[] | null {
  return lists.includes(null) ? null : lists.flatMap((list) => list ?? [])
}

/** Null where the application user may not read them: a lead is delivered without its owner then, and `verify` says why. */
function rowsOf(reply: Reply | undefined, crm: string): readonly WireRecord[] | null {
  if (reply?.kind === 'ok') {
    const page = Page.safeParse(reply.body).data
    if (page) return page.value
  }
  if (reply?.kind !== 'refused') throw protocolError(crm, 'its list of users and teams could not be read. Please report it.')
  if (reply.error.status === 403 && reply.code !== null) return null
  throw reply.error
}

function only(
  rows: readonly WireRecord[] | null | undefined,
  column: string,
  name: string,
  table: Owner['table'],
): Owner | undefined {
  const found = rows?.filter((row) => keyOf(String(row[column] ?? '')) === name) ?? []
  // One user may be the answer to two queries.
  const [id, ...others] = new Set(found.map((row) => row[`${table}id`]))
  if (others.length > 0) return undefined
  return typeof id === 'string' && isGuid(id) ? { table, id: id.toLowerCase() } : undefined
}

function isName(name: string): boolean {
  return name !== '' && name.length <= LongestName && name.isWellFormed() && !/\p{Cc}/u.test(name)
}

function keyOf(owner: string): string {
  return owner.trim().toLowerCase()
}
