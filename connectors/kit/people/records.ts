import type { RecordRef } from '../../../src/core/index.ts'

export type PersonKind = 'lead' | 'contact'

export interface PersonRef extends RecordRef {
  readonly object: PersonKind
}

/** A Lead or Contact as it was read. */
export interface PersonRecord {
  readonly kind: PersonKind
  readonly id: string
  /** In lower case. */
  readonly email: string | null
  /** In lower case. */
  readonly contactId: string | null
  /** Where the person is now: the survivor of a merge, or the Contact that a converted Lead became. */
  readonly next: PersonRef | null
  /** How it came to `next`, or that it has none any more. */
  readonly state: 'here' | 'converted' | 'merged' | 'deleted'
  /** In the recycle bin: known by its id only, whatever e-mail or contact id it had. */
  readonly isBinned: boolean
}

/** What has been read for one call, by every key under which somebody asks. */
export interface Records<R extends PersonRecord> {
  add(record: R): void
  /** Asked for by its id, even among the deleted ones where they can be read, and not answered. */
  miss(id: string): void
  /** Undefined: not asked yet. */
  byId(id: string): R | 'absent' | undefined
  byEmail(email: string): readonly R[]
  byContactId(contactId: string): readonly R[]
}

export function createRecords<R extends PersonRecord>(): Records<R> {
  const ids = new Map<string, R | 'absent'>()
  const emails = new Map<string, R[]>()
  const contactIds = new Map<string, R[]>()
  return {
    add(record) {
      if (ids.has(record.id)) return
      ids.set(record.id, record)
      if (record.isBinned) return
      if (record.email !== null) push(emails, record.email, record)
      if (record.contactId !== null) push(contactIds, record.contactId, record)
    },
    miss: (id) => void (ids.has(id) || ids.set(id, 'absent')),
    byId: (id) => ids.get(id),
    byEmail: (email) => emails.get(email) ?? [],
    byContactId: (contactId) => contactIds.get(contactId.toLowerCase()) ?? [],
  }
}

function push<R>(index: Map<string, R[]>, key: string, record: R): void {
  const list = index.get(key)
  if (list) list.push(record)
  else index.set(key, [record])
}
