import type { Judged, Match, MatchKeys } from '../../src/core/index.ts'
import { type Candidate, choose, type Findings, isClosed, numberOf, type Way } from './choose.ts'
import { contactIdColumn } from './columns.ts'
import { follow } from './follow-up.ts'
import type { Found, PersonRef, Records } from './found.ts'
import { lookFor } from './lookup.ts'
import { mergedTooOften } from './lookup-faults.ts'
import { createReading } from './reading.ts'
import { type MatchContext, type Search, searchFor } from './search.ts'
import { trace } from './trace.ts'

export type { MatchContext } from './search.ts'

// Each merge on the way to a survivor takes one more request for the whole batch; nobody's records are merged this often.
const MostRounds = 8
// Numbers are given one after the other: more have to be asked for only when the last of these is taken.
const NumbersAhead = 10

/**
 * Finds the Lead or Contact of each key. One request asks for all of them, Contacts and Leads, by e-mail, contact id and our ledger's record;
 * further ones only for what the first answer leads to: survivors of merges, Contacts of converted Leads, successors of closed ones.
 */
export async function matchPeople(all: readonly MatchKeys[], context: MatchContext): Promise<Judged<Match>[]> {
  const searches = all.map((keys) => searchFor(keys, context.holders))
  const reading = createReading(all, context)
  const { records } = reading
  await lookFor(searches, reading)
  for (let round = 0; round < MostRounds; round += 1) {
    const open = searches.filter(({ error }) => error === null)
    const leads = open.map((search) => {
      const unread = unreadOf(search, records)
      return { search, unread, contactIds: unread.length > 0 ? [] : nextNumbers(search, records, context) }
    })
    const wanted = leads.filter(({ unread, contactIds }) => unread.length + contactIds.length > 0)
    if (wanted.length === 0) break
    await follow(wanted, reading)
  }
  return searches.map((search) => judge(search, records, context))
}

/** Every record that a search has come by, before merges and conversions are followed. */
function starts({ email, ledger, blocked, contactIds }: Search, records: Records): { ref: PersonRef; way: Way }[] {
  const all = (found: readonly Found[], way: Way) => found.map(({ kind, id }) => ({ ref: { object: kind, id }, way }))
  return [
    ...(ledger ? [{ ref: ledger, way: 'ledger' as const }] : []),
    ...contactIds.flatMap((id) => all(records.byContactId(id), 'contact id')),
    ...(email === null ? [] : all(records.byEmail(email), 'email')),
    ...(blocked ? [{ ref: blocked, way: 'blocked' as const }] : []),
  ]
}

function unreadOf(search: Search, records: Records): PersonRef[] {
  const traces = starts(search, records).map(({ ref }) => trace(ref, records))
  return traces.flatMap((one) => (one.end === 'unread' ? [one.ref] : []))
}

/** Where only closed Leads, or a converted one without a Contact, are known: contact ids of Leads that may have been made after them. */
function nextNumbers(search: Search, records: Records, { org, settings }: MatchContext): string[] {
  const [contactId] = search.contactIds
  if (contactId === undefined || contactIdColumn('lead', { org, ...settings }) === null) return []
  const { candidates, lostContact, carriers } = findingsOf(search, records)
  if (candidates.length === 0 && lostContact === null) return []
  if (!candidates.every(({ record }) => isClosed(record, settings.closedStatuses))) return []
  const highest = Math.max(
    0,
    ...[...carriers, ...candidates.map(({ record }) => record)].map((one) => numberOf(one, search.keys)),
  )
  if (highest < search.numberedTo) return []
  const names = Array.from({ length: NumbersAhead }, (_, index) => `${contactId}.${highest + index + 1}`)
  search.numberedTo = highest + NumbersAhead
  search.contactIds.push(...names)
  return names
}

function findingsOf(search: Search, records: Records): Findings {
  const traced = starts(search, records).map(({ ref, way }) => ({ way, to: trace(ref, records) }))
  const candidates = traced.flatMap(({ way, to }): Candidate[] =>
    to.end === 'record' ? [{ record: to.record, way, merged: to.merged }] : [],
  )
  const lost = traced.flatMap(({ to }) => ((to.end === 'absent' || to.end === 'deleted') && to.converted ? [to.end] : []))
  const own = traced.find(({ way }) => way === 'ledger')?.to
  return {
    keys: search.keys,
    candidates,
    erased: own?.end === 'absent' && !own.converted,
    lostContact: lost.includes('absent') ? 'absent' : (lost[0] ?? null),
    carriers: search.contactIds.flatMap((id) => records.byContactId(id)),
  }
}

function judge(search: Search, records: Records, context: MatchContext): Judged<Match> {
  if (search.error !== null) return search.error
  if (unreadOf(search, records).length > 0) return mergedTooOften(context.crm)
  return choose(findingsOf(search, records), context)
}
