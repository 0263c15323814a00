import { DeliveryError, type FieldValue, type RecordWrite } from '../../../src/core/index.ts'
import type { Api } from '../api.ts'
import { isId } from '../org/ids.ts'
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

/** Whom a username, an e-mail or a queue's name means: admins write down people, Salesforce wants ids. */
export interface Owners {
  /** An id as it is, else the id that was learned; undefined when there is none for this kind of object, or nobody has asked yet. */
  of(owner: string, kind: DescribedKind): string | undefined
  /** Asks Salesforce for those that are not known, in one request. Rejects when it can't say. */
  learn(owners: readonly string[], signal: AbortSignal): Promise<void>
}

/** Keeps what it learned for ten minutes. */
export function createOwners(api: Api, crm: string, now: () => number): Owners {
  const learned = new Map<string, { readonly id: string | undefined; readonly until: number }>()
  return {
    of(owner, kind) {
      const id = isOwnerId(owner) ? owner.trim() : learned.get(keyOf(owner))?.id
      // Only Leads may lie in a queue: https://help.salesforce.com/s/articleView?id=sf.setting_up_queues.htm
      return id?.startsWith(Queue) && kind !== 'lead' ? undefined : id
    },
    async learn(owners, signal) {
      const names = new Set(owners.filter((owner) => !isOwnerId(owner)).map(keyOf))
      const unknown = [...names].filter((name) => name !== '' && (learned.get(name)?.until ?? 0) <= now())
      if (unknown.length === 0) return
      const ids = await ask(unknown, { api, crm, signal })
      if (learned.size + unknown.length > Most) learned.clear()
      for (const name of unknown) learned.set(name, { id: ids(name), until: now() + FreshMs })
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

async function ask(
  names: readonly string[],
  context: Parameters<typeof query>[1],
): Promise<(name: string) => string | undefined> {
  const people = `SELECT Id, Username, Email FROM User WHERE IsActive = true AND (${inList('Username', names)} OR ${inList('Email', names)})`
  const groups = `SELECT Id, Name, DeveloperName FROM Group WHERE Type = 'Queue' AND (${inList('Name', names)} OR ${inList('DeveloperName', names)})`
  const [users = [], queues = []] = await query([{ soql: people }, { soql: groups }], context)
  if (users instanceof DeliveryError) throw users
  if (queues instanceof DeliveryError) throw queues
  // Usernames are unique in the world. E-mails are not even in one org: integration users often carry their admin's.
  return (name) =>
    only(users, 'Username', name) ??
    only(users, 'Email', name) ??
    only(queues, 'DeveloperName', name) ??
    only(queues, 'Name', name)
}

function only(records: readonly WireRecord[], field: string, name: string): string | undefined {
  const found = records.filter((record) => keyOf(String(record[field] ?? '')) === name)
  const id = found.length === 1 ? found[0]?.Id : undefined
  return typeof id === 'string' ? id : undefined
}

function isOwnerId(owner: string): boolean {
  return isId(owner.trim(), User, Queue)
}

function keyOf(owner: string): string {
  return owner.trim().toLowerCase()
}
