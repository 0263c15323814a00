import type { PersonKind, PersonRecord } from '../../kit/people/records.ts'
import { longId } from '../org/ids.ts'
import type { WireRecord } from '../wire.ts'
import type { Columns, Row } from './columns.ts'

/** A Lead or Contact as it was read. */
export interface Found extends PersonRecord {
  readonly row: Row
  readonly columns: Columns
}

/** Null for a row without an id: nothing could be done with it. */
export function foundOf(kind: PersonKind, record: WireRecord, columns: Columns, contactIdField: string | null): Found | null {
  const row = rowOf(record)
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

export function rowOf(record: WireRecord): Row {
  return new Map(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]))
}

/** A Lead that was deleted after it was converted has still become that Contact. */
function whereabouts(kind: PersonKind, row: Row): Pick<Found, 'next' | 'state' | 'isBinned'> {
  const isBinned = row.get('isdeleted') === true
  const master = text(row, 'masterrecordid')
  if (isBinned && master !== null) return { state: 'merged', next: { object: kind, id: longId(master) }, isBinned }
  if (row.get('isconverted') === true) {
    const contact = text(row, 'convertedcontactid')
    return { state: 'converted', next: contact === null ? null : { object: 'contact', id: longId(contact) }, isBinned }
  }
  return { state: isBinned ? 'deleted' : 'here', next: null, isBinned }
}

function text(row: Row, name: string): string | null {
  const value = row.get(name)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}
