import type { ListAsked, ListedRecord } from '../../src/core/index.ts'
import { heldTime } from './held-values.ts'

export type OwnFields = Pick<ListAsked, 'lastLeadField' | 'markers'>
export type OwnTimes = Pick<ListedRecord, 'lastLeadAt' | 'noSince' | 'noLiftedAt'>

/** The fields of Leadsync's own that a list is asked for, those only that the mapping names. */
export function ownFields({ lastLeadField, markers }: OwnFields): string[] {
  return [lastLeadField, markers.at, markers.liftedAt].filter((name) => name !== null)
}

/** What stands in them; `read` gives the value of a field as the CRM answered it. */
export function ownTimes({ lastLeadField, markers }: OwnFields, read: (name: string) => unknown): OwnTimes {
  const time = (name: string | null) => (name === null ? null : heldTime(read(name)))
  return { lastLeadAt: time(lastLeadField), noSince: time(markers.at), noLiftedAt: time(markers.liftedAt) }
}
