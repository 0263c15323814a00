import type { DeliveryError, MatchKeys } from '../../../src/core/index.ts'
import { createRecords, type Records } from '../../kit/people/records.ts'
import type { Refusal } from '../errors.ts'
import type { Kind, Org } from '../org/org.ts'
import { type QueryContext, query, type Soql } from '../requests/query.ts'
import type { Settings } from '../settings.ts'
import type { WireRecord } from '../wire.ts'
import { type Columns, columnsOf, contactIdColumn, searchable } from './columns.ts'
import { type Found, foundOf } from './found.ts'
import { columnsChanged, unanswered } from './lookup-faults.ts'

/** Contacts first, since they count first. */
export const Kinds = ['contact', 'lead'] as const
export const Prefixes = { contact: '003', lead: '00Q' } as const

/** One kind of object, as it is asked for in one call of `match`. */
export interface Side {
  readonly columns: Columns
  /** By which fields people can be looked up; null where they can't. */
  readonly email: string | null
  readonly contactId: string | null
}

export interface ReadingContext extends QueryContext {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly org: Org
  readonly settings: Pick<Settings, 'contactIdField'>
}

/** What one call of `match` reads with, and what it has read. */
export interface Reading {
  readonly crm: string
  readonly records: Records<Found>
  readonly sides: Readonly<Record<Kind, Side>>
  /** Same order: the rows of each query, or why there are none. */
  ask(queries: readonly Soql[]): Promise<(readonly WireRecord[] | DeliveryError)[]>
  keep(kind: Kind, rows: readonly WireRecord[]): void
}

// The description of the org is not read more often than that.
const AfterDoubtMs = 60_000

export function createReading(all: readonly MatchKeys[], context: ReadingContext): Reading {
  const { crm, org, now, settings } = context
  const records = createRecords<Found>()
  const sides = { lead: sideOf('lead'), contact: sideOf('contact') }

  function sideOf(kind: Kind): Side {
    const asked = new Set(all.flatMap(({ fields }) => (Object.hasOwn(fields, kind) ? (fields[kind] ?? []) : [])))
    const columns = { org, contactIdField: settings.contactIdField }
    return {
      columns: columnsOf(kind, asked, columns),
      email: searchable(kind, 'Email', org),
      contactId: contactIdColumn(kind, columns),
    }
  }

  return {
    crm,
    records,
    sides,
    async ask(queries) {
      const changed = new Set<number>()
      const onRefusal = (index: number, { statusCode }: Refusal) => {
        if (statusCode === 'INVALID_FIELD') changed.add(index)
      }
      const found = await query(queries, { ...context, onRefusal })
      if (changed.size > 0) org.doubt(now())
      return queries.map((_, index) =>
        changed.has(index) ? columnsChanged(crm, AfterDoubtMs) : (found[index] ?? unanswered(crm)),
      )
    },
    keep(kind, rows) {
      const { columns, contactId } = sides[kind]
      for (const row of rows) {
        const found = foundOf(kind, row, columns, contactId)
        if (found) records.add(found)
      }
    },
  }
}
