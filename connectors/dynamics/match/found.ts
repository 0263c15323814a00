import type { PersonRecord } from '../../kit/people/records.ts'
import { IdColumns, type Kind } from '../org/table.ts'
import { isGuid } from '../requests/odata.ts'
import type { WireRecord } from '../wire.ts'
import { type Columns, EmailColumn } from './columns.ts'

/** A Lead or Contact as it was read. */
export interface Found extends PersonRecord {
  /** Open or active: neither qualified, disqualified nor deactivated. */
  readonly isActive: boolean
  /** Of a Lead: the Contact that it belongs to, and once it is qualified, that it became. */
  readonly contact: string | null
  readonly row: WireRecord
  readonly columns: Columns
}

export interface FoundContext {
  readonly columns: Columns
  readonly contactIdColumn: string | null
  /** Whether a qualified Lead counts as its Contact. */
  readonly followsQualified: boolean
}

/** Null for a row without an id: nothing could be done with it. */
export function foundOf(kind: Kind, row: WireRecord, { columns, contactIdColumn, followsQualified }: FoundContext): Found | null {
  const id = idIn(row, IdColumns[kind])
  if (id === null) return null
  const contact = kind === 'lead' ? idIn(row, '_parentcontactid_value') : null
  const contactId = contactIdColumn === null ? null : textIn(row, contactIdColumn)
  return {
    kind,
    id,
    email: textIn(row, EmailColumn)?.toLowerCase() ?? null,
    contactId: contactId?.toLowerCase() ?? null,
    ...whereabouts(kind, row, followsQualified ? contact : null),
    isBinned: false,
    isActive: typeof row.statecode !== 'number' || row.statecode === Open,
    contact,
    row,
    columns,
  }
}

const Open = 0
const Qualified = 1

/**
 * The losing record of a merge stays as an inactive one. A Lead may be qualified without making a Contact; such a one is only closed.
 * https://learn.microsoft.com/power-apps/developer/data-platform/merge-row
 */
function whereabouts(kind: Kind, row: WireRecord, became: string | null): Pick<Found, 'next' | 'state'> {
  const master = idIn(row, '_masterid_value')
  if (master !== null && row.merged !== false) return { state: 'merged', next: { object: kind, id: master } }
  if (became !== null && row.statecode === Qualified) return { state: 'converted', next: { object: 'contact', id: became } }
  return { state: 'here', next: null }
}

function idIn(row: WireRecord, column: string): string | null {
  const value = row[column]
  return typeof value === 'string' && isGuid(value) ? value.toLowerCase() : null
}

function textIn(row: WireRecord, column: string): string | null {
  const value = row[column]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}
