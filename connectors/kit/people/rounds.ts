import type { DeliveryError, Judged, Match } from '../../../src/core/index.ts'
import { type Candidate, type ChoiceRules, choose, type Findings, lastNumber, type Way } from './choice.ts'
import type { PersonRecord, PersonRef, Records } from './records.ts'
import type { Search } from './search.ts'
import { trace } from './trace.ts'

// Each merge on the way to a survivor takes one more request for the whole batch; nobody's records are merged this often.
const MostRounds = 8
// Numbers are given one after the other: more have to be asked for only when the last of these is taken.
const NumbersAhead = 10

/** What a search needs to know beyond what was read. */
export interface Wanted {
  readonly search: Search
  readonly unread: readonly PersonRef[]
  /** Of records that may have been made after a closed one. */
  readonly contactIds: readonly string[]
}

/** How people are read. What can't be read sets the `error` of the searches that need it. */
export interface PeopleReader<R extends PersonRecord> {
  readonly records: Records<R>
  /** By e-mail, contact id, and the records that our ledger or a duplicate rule named. */
  lookFor(searches: readonly Search[]): Promise<void>
  /** Whatever the first answer leads to, for all searches together. */
  follow(wanted: readonly Wanted[]): Promise<void>
}

export interface MatchRules<R extends PersonRecord> extends ChoiceRules<R> {
  /** The records that are known by a contact id, plain or numbered. */
  carriersOf(contactId: string): readonly R[]
  /** Whether there may be records that were made after these, and they can be asked for. */
  mayHaveNext(findings: Findings<R>): boolean
  mergedTooOften(): DeliveryError
}

export interface Judgement<R extends PersonRecord> {
  readonly match: Judged<Match>
  /** Null where `match` says why nothing was found out. */
  readonly findings: Findings<R> | null
}

/**
 * Finds the Lead or Contact of each search, same order. One look for all of them, and further ones only for what the first leads to:
 * survivors of merges, Contacts of converted Leads, successors of closed ones.
 */
export async function findPeople<R extends PersonRecord>(
  searches: readonly Search[],
  reader: PeopleReader<R>,
  rules: MatchRules<R>,
): Promise<Judgement<R>[]> {
  await reader.lookFor(searches)
  for (let round = 0; round < MostRounds; round += 1) {
    const open = searches.filter(({ error }) => error === null)
    const leads = open.map((search) => {
      const unread = unreadOf(search, reader.records, rules)
      return { search, unread, contactIds: unread.length > 0 ? [] : nextNumbers(search, reader.records, rules) }
    })
    const wanted = leads.filter(({ unread, contactIds }) => unread.length + contactIds.length > 0)
    if (wanted.length === 0) break
    await reader.follow(wanted)
  }
  return searches.map((search) => judge(search, reader.records, rules))
}

/** Every record that a search has come by, before merges and conversions are followed. */
function starts<R extends PersonRecord>(
  { email, ledger, blocked, contactIds }: Search,
  records: Records<R>,
  rules: MatchRules<R>,
): { ref: PersonRef; way: Way }[] {
  const all = (found: readonly R[], way: Way) => found.map(({ kind, id }) => ({ ref: { object: kind, id }, way }))
  return [
    ...(ledger ? [{ ref: ledger, way: 'ledger' as const }] : []),
    ...contactIds.flatMap((id) => all(rules.carriersOf(id), 'contact id')),
    ...(email === null ? [] : all(records.byEmail(email), 'email')),
    ...(blocked ? [{ ref: blocked, way: 'blocked' as const }] : []),
  ]
}

function unreadOf<R extends PersonRecord>(search: Search, records: Records<R>, rules: MatchRules<R>): PersonRef[] {
  const traces = starts(search, records, rules).map(({ ref }) => trace(ref, records))
  return traces.flatMap((one) => (one.end === 'unread' ? [one.ref] : []))
}

/** Contact ids of records that may have been made after the ones that are known. */
function nextNumbers<R extends PersonRecord>(search: Search, records: Records<R>, rules: MatchRules<R>): string[] {
  const [contactId] = search.contactIds
  if (contactId === undefined) return []
  const findings = findingsOf(search, records, rules)
  if (!findings.candidates.every(({ record }) => rules.isClosed(record))) return []
  if (!rules.mayHaveNext(findings)) return []
  const highest = Math.max(0, lastNumber(findings, rules))
  if (highest < search.numberedTo) return []
  const names = Array.from({ length: NumbersAhead }, (_, index) => `${contactId}.${highest + index + 1}`)
  search.numberedTo = highest + NumbersAhead
  search.contactIds.push(...names)
  return names
}

function findingsOf<R extends PersonRecord>(search: Search, records: Records<R>, rules: MatchRules<R>): Findings<R> {
  const traced = starts(search, records, rules).map(({ ref, way }) => ({ way, to: trace(ref, records) }))
  const candidates = traced.flatMap(({ way, to }): Candidate<R>[] =>
    to.end === 'record' ? [{ record: to.record, way, merged: to.merged }] : [],
  )
  const lost = traced.flatMap(({ to }) => ((to.end === 'absent' || to.end === 'deleted') && to.converted ? [to.end] : []))
  const own = traced.find(({ way }) => way === 'ledger')?.to
  return {
    search,
    candidates,
    gone: (own?.end === 'absent' || own?.end === 'deleted') && !own.converted ? own.end : null,
    lostContact: lost.includes('absent') ? 'absent' : (lost[0] ?? null),
    carriers: search.contactIds.flatMap((id) => rules.carriersOf(id)),
  }
}

function judge<R extends PersonRecord>(search: Search, records: Records<R>, rules: MatchRules<R>): Judgement<R> {
  if (search.error !== null) return { match: search.error, findings: null }
  if (unreadOf(search, records, rules).length > 0) return { match: rules.mergedTooOften(), findings: null }
  const findings = findingsOf(search, records, rules)
  return { match: choose(findings, rules), findings }
}
