import { DeliveryError, type FieldValue, type RecordWrite } from '../../../src/core/index.ts'
import type { Api } from '../api.ts'
import type { Refusal } from '../errors.ts'
import { isId, longId } from '../org/ids.ts'
import type { DescribedKind } from '../org/org.ts'
import { query } from '../requests/query.ts'
import { inList } from '../requests/soql.ts'
import type { WireRecord } from '../wire.ts'

/** The field that holds who is responsible, on Leads, Contacts and Tasks alike. */
export const OwnerField = 'OwnerId'
export const NoSuchOwner =
  'Salesforce has no active user with this username or e-mail, or several, and no queue of this name for this object. Correct it, or write the id.'

const FreshMs = 10 * 60_000
const Most = 1_000
const User = '005'
const Queue = '00G'
/** The user may not see users, or groups: then nobody is known by name, and ids are taken as they are; `verify` says so. */
const HiddenCodes = new Set(['INVALID_TYPE', 'INSUFFICIENT_ACCESS', 'INSUFFICIENT_ACCESS_OR_READONLY'])

/** Whom a username, an e-mail or a queue's name means: admins write down people, Salesforce wants ids. */
export interface Owners {
  /**
   * The id that was learned. One that nobody has asked about is taken as it is. Undefined when there is none for this kind of object, or nobody
   * has asked yet for a name.
   */
  of(owner: string, kind: DescribedKind): string | undefined
  /** Asks Salesforce for those that are not known, in one request. Rejects when it can't say. */
  learn(owners: readonly string[], signal: AbortSignal): Promise<void>
}

/** Keeps what it learned for ten minutes. */
export function createOwners(api: Api, crm: string, now: () => number): Owners {
  const learned = new Map<string, { readonly id: string | undefined; readonly until: number }>()
  return {
    of(owner, kind) {
      const known = learned.get(keyOf(owner))
      // Not everybody who names an id has it asked for first: what was learned of it long ago counts no more.
      const hasLeft = known !== undefined && known.id === undefined && known.until > now()
      const id = known?.id ?? (isOwnerId(owner) && !hasLeft ? owner.trim() : undefined)
      // Only Leads may lie in a queue: https://help.salesforce.com/s/articleView?id=sf.setting_up_queues.htm
      return id?.startsWith(Queue) && kind !== 'lead' ? undefined : id
    },
    async learn(owners, signal) {
      // A queue is as it is: it can't leave.
      const wanted = new Map(owners.filter((owner) => !isId(owner.trim(), Queue)).map((owner) => [keyOf(owner), owner.trim()]))
      const unknown = [...wanted].filter(([name]) => name !== '' && (learned.get(name)?.until ?? 0) <= now())
      if (unknown.length === 0) return
      const idOf = await ask(new Map(unknown), { api, crm, signal })
      if (learned.size + unknown.length > Most) for (const name of learned.keys()) if (!wanted.has(name)) learned.delete(name)
      for (const [name] of unknown) learned.set(name, { id: idOf(name), until: now() + FreshMs })
    },
  }
}

/** Whether it is one that has to be asked for. */
export function isOwnerName(value: FieldValue | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '' && !isOwnerId(value)
}

/** The owners that writes name, for `learn`. */
export function ownersIn(writes: readonly RecordWrite[]): string[] {
  const wanted = OwnerField.toLowerCase()
  const named = writes.flatMap(({ fields }) => Object.entries(fields).filter(([name]) => name.toLowerCase() === wanted))
  return named.flatMap(([, owner]) => (isOwnerName(owner) ? [owner] : []))
}

/** By their keys, as they were written. */
async function ask(
  wanted: ReadonlyMap<string, string>,
  context: Parameters<typeof query>[1],
): Promise<(name: string) => string | undefined> {
  const ids = [...wanted.values()].filter(isOwnerId)
  const names = [...wanted].flatMap(([name, owner]) => (isOwnerId(owner) ? [] : [name]))
  const either = (...fields: readonly string[]) => (names.length === 0 ? [] : fields.map((field) => inList(field, names)))
  const people = [...either('Username', 'Email'), ...(ids.length === 0 ? [] : [inList('Id', ids)])].join(' OR ')
  const groups = either('Name', 'DeveloperName').join(' OR ')
  const queries = [
    { soql: `SELECT Id, Username, Email FROM User WHERE IsActive = true AND (${people})` },
    ...(groups === '' ? [] : [{ soql: `SELECT Id, Name, DeveloperName FROM Group WHERE Type = 'Queue' AND (${groups})` }]),
  ]
  const hidden = new Set<number>()
  const onRefusal = (index: number, { statusCode }: Refusal) => {
    if (statusCode !== null && HiddenCodes.has(statusCode)) hidden.add(index)
  }
  const [users = [], queues = []] = (await query(queries, { ...context, onRefusal })).map((rows, index) =>
    hidden.has(index) ? null : rows,
  )
  if (users instanceof DeliveryError) throw users
  if (queues instanceof DeliveryError) throw queues
  return (name) => {
    const id = wanted.get(name)
    if (id !== undefined && isOwnerId(id)) return users === null ? id : only(users, 'Id', name)
    // Usernames are unique in the world. E-mails are not even in one org: integration users often carry their admin's.
    return (
      only(users, 'Username', name) ??
      only(users, 'Email', name) ??
      only(queues, 'DeveloperName', name) ??
      only(queues, 'Name', name)
    )
  }
}

function only(records: readonly WireRecord[] | null, field: string, name: string): string | undefined {
  const found = (records ?? []).filter((record) => keyOf(String(record[field] ?? '')) === name)
  const id = found.length === 1 ? found[0]?.Id : undefined
  return typeof id === 'string' ? id : undefined
}

function isOwnerId(owner: string): boolean {
  return isId(owner.trim(), User, Queue)
}

/** An id's two spellings, and any letter case of a name, are one. */
function keyOf(owner: string): string {
  const name = owner.trim()
  return (isId(name, User, Queue) ? longId(name) : name).toLowerCase()
}
