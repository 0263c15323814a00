import type { Judged, Match, MatchKeys, RecordRef } from '../../../src/core/index.ts'
import type { Holders } from '../../kit/holders.ts'
import { numberCarried } from '../../kit/people/choice.ts'
import { findPeople, type MatchRules } from '../../kit/people/rounds.ts'
import { searchFor } from '../../kit/people/search.ts'
import { longId } from '../org/ids.ts'
import type { Settings } from '../settings.ts'
import { contactIdColumn } from './columns.ts'
import { follow } from './follow-up.ts'
import type { Found } from './found.ts'
import { lookFor } from './lookup.ts'
import { mergedTooOften, unseenContact } from './lookup-faults.ts'
import { isClosed, matchedRecord, modifiedAt, type TellSettings } from './matched-record.ts'
import { createReading, type Reading, type ReadingContext } from './reading.ts'

export interface MatchContext extends ReadingContext {
  /** The records that a duplicate rule named when it kept a new one from being made, by contact id. */
  readonly holders: Pick<Holders<RecordRef>, 'of'>
  readonly settings: TellSettings & Pick<Settings, 'target'>
}

/**
 * Finds the Lead or Contact of each key. One request asks for all of them, Contacts and Leads, by e-mail, contact id and our ledger's record;
 * further ones only for what the first answer leads to: survivors of merges, Contacts of converted Leads, successors of closed ones.
 */
export async function matchPeople(all: readonly MatchKeys[], context: MatchContext): Promise<Judged<Match>[]> {
  const searches = all.map((keys) => searchFor(keys, context.holders, longId))
  const reading = createReading(all, context)
  const reader = {
    records: reading.records,
    lookFor: (some: typeof searches) => lookFor(some, reading),
    follow: (wanted: Parameters<typeof follow>[0]) => follow(wanted, reading),
  }
  const judged = await findPeople(searches, reader, rulesOf(reading, context))
  return judged.map(({ match }) => match)
}

function rulesOf({ crm, records }: Reading, { org, settings }: MatchContext): MatchRules<Found> {
  const isNumbered = contactIdColumn('lead', { org, ...settings }) !== null
  return {
    // A Contact is never closed: with target contact nothing is numbered.
    numbered: settings.target,
    knowsErased: true,
    isClosed: (found) => isClosed(found, settings.closedStatuses),
    numberOf: numberCarried,
    // A record in the recycle bin leaves its contact id to others.
    spentBy: () => -1,
    modifiedAt,
    tell: (candidate, findings) => matchedRecord(candidate, findings, settings),
    carriersOf: records.byContactId,
    mayHaveNext: ({ candidates, lostContact }) => isNumbered && (candidates.length > 0 || lostContact !== null),
    unseenContact: () => unseenContact(crm),
    mergedTooOften: () => mergedTooOften(crm),
  }
}
