import type { RecordRef } from '../../src/core/index.ts'
import type { Columns, Row } from './columns.ts'
import { longId } from './ids.ts'
import type { Kind } from './org.ts'
import type { WireRecord } from './wire.ts'

export interface PersonRef extends RecordRef {
  readonly object: Kind
}

/** A Lead or Contact as it was read. */
export interface Found {
  readonly kind: Kind
  readonly id: string
  /** In lower case. */
  readonly email: string | null
  readonly contactId: string | null
  /** Where the person is now: the survivor of a merge, or the Contact that a converted Lead became. */
  readonly next: PersonRef | null
  /** How it came to `next`, or that it has none any more. */
  readonly state: 'here' | 'converted' | 'merged' | 'deleted'
  readonly row: Row
  readonly columns: Columns
}

/** What has been read for one call, by every key under which somebody asks. */
export interface Records {
  add(found: Found): void
  /** Asked for by its id, even among the deleted ones, and not answered. */
  miss(id: string): void
  /** Undefined: not asked yet. */
  byId(id: string): Found | 'absent' | undefined
  /** Those that are not in the recycle bin. */
  byEmail(email: string): readonly Found[]
  byContactId(contactId: string): readonly Found[]
}

export function createRecords(): Records {
  const ids = new Map<string, Found | 'absent'>()
  const emails = new Map<string, Found[]>()
  const contactIds = new Map<string, Found[]>()
  return {
    add(found) {
      if (ids.has(found.id)) return
      ids.set(found.id, found)
      if (found.row.get('isdeleted') === true) return
      if (found.email !== null) push(emails, found.email, found)
      if (found.contactId !== null) push(contactIds, found.contactId, found)
    },
    miss: (id) => void (ids.has(id) || ids.set(id, 'absent')),
    byId: (id) => ids.get(id),
    byEmail: (email) => emails.get(email) ?? [],
    byContactId: (contactId) => contactIds.get(contactId.toLowerCase()) ?? [],
  }
}

/** Null for a row without an id: nothing could be done with it. */
export function foundOf(kind: Kind, record: WireRecord, columns: Columns, contactIdField: string | null): Found | null {
  const row: Row = new Map(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]))
  const id = text(row, 'id')
  if (id === null) return null
  return {
    kind,
    id: longId(id),
    email: text(row, 'email')?.toLowerCase() ?? null,
    contactId: (contactIdField === null ? null : text(row, contactIdField.toLowerCase()))?.toLowerCase() ?? null,
    ...whereabouts(kind, row),
    row,
    columns,
  }
}

/** A Lead that was deleted after it was converted has still become that Contact. */
function whereabouts(kind: Kind, row: Row): Pick<Found, 'next' | 'state'> {
  const isDeleted = row.get('isdeleted') === true
  const master = text(row, 'masterrecordid')
  if (isDeleted && master !== null) return { state: 'merged', next: { object: kind, id: longId(master) } }
  if (row.get('isconverted') === true) {
    const contact = text(row, 'convertedcontactid')
    return { state: 'converted', next: contact === null ? null : { object: 'contact', id: longId(contact) } }
  }
  return { state: isDeleted ? 'deleted' : 'here', next: null }
}

function text(row: Row, name: string): string | null {
  const value = row.get(name)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function push(index: Map<string, Found[]>, key: string, found: Found): void {
  const list = index.get(key)
  if (list) list.push(found)
  else index.set(key, [found])
}
