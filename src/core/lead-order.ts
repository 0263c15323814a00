import { held } from './field-type.ts'
import { instant, toTheSecond } from './instant.ts'
import type { Lead } from './lead.ts'
import type { MatchedRecord } from './record.ts'

/** What our ledger holds for one contact in one CRM. */
export interface Known {
  /** The newest lead that was delivered there. */
  readonly lastLeadId: string
  readonly lastLeadAt: string
  /** Field → digest of what Leadsync last wrote there, for the fields in which somebody needs to know. */
  readonly wrote: Readonly<Record<string, string>>
}

interface Place {
  readonly at: number
  readonly id: string
}

/** The order in which leads happened: by time, then by id. The queue promises none (released jobs come back reversed). */
export function compareLeads(a: Pick<Lead, 'occurredAt' | 'id'>, b: Pick<Lead, 'occurredAt' | 'id'>): number {
  return comparePlaces(place(a), place(b))
}

/**
 * How a lead stands to the newest one that the CRM has: `same`, `newer`, or `stale`. The record's own last-lead field counts beside our
 * ledger, which may have been lost. In the very second that the record names, by a lead nobody remembers, it is stale: CRMs keep no fractions
 * of it, and in doubt nothing is overwritten, or entered beside a closed record. `again`: a person asked for it once more, so the newest one
 * of all counts as newer, and never as the same.
 */
export function leadOrder(
  lead: Pick<Lead, 'occurredAt' | 'id'>,
  known: Known | null,
  record: MatchedRecord | null,
  lastLeadField: string | null,
  again = false,
): 'same' | 'newer' | 'stale' {
  const own = known && place({ occurredAt: known.lastLeadAt, id: known.lastLeadId })
  const order = own === null ? 1 : comparePlaces(place(lead), own)
  if (order === 0 && !again) return 'same'
  const shown = recordPlace(record, lastLeadField)
  // Its own second is what a lead that was delivered before left in the record itself.
  if (again && order >= 0) return shown && shown.at > toTheSecond(place(lead).at) ? 'stale' : 'newer'
  if (shown && (own === null || shown.at > own.at)) return toTheSecond(place(lead).at) > shown.at ? 'newer' : 'stale'
  return order > 0 ? 'newer' : 'stale'
}

function recordPlace(record: MatchedRecord | null, lastLeadField: string | null): Pick<Place, 'at'> | null {
  const value = record && lastLeadField ? held(record.fields, lastLeadField) : null
  const at = typeof value === 'string' || typeof value === 'number' ? instant(value) : undefined
  return at === undefined ? null : { at: toTheSecond(at) }
}

function place(lead: Pick<Lead, 'occurredAt' | 'id'>): Place {
  return { at: instant(lead.occurredAt) ?? Number.NEGATIVE_INFINITY, id: lead.id }
}

function comparePlaces(a: Place, b: Place): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}
