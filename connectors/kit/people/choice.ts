import type { DeliveryError, Judged, Match, MatchedRecord } from '../../../src/core/index.ts'
import type { PersonKind, PersonRecord, PersonRef } from './records.ts'
import type { Search } from './search.ts'

/** By what a record was found, the best first. `blocked`: by a duplicate rule that kept a new one from being made. */
export type Way = 'ledger' | 'contact id' | 'email' | 'blocked'
const Ways: readonly Way[] = ['ledger', 'contact id', 'email', 'blocked']

export interface Candidate<R extends PersonRecord> {
  readonly record: R
  readonly way: Way
  /** On the way to it lay a merge. */
  readonly merged: boolean
}

/** All that was learned about one contact. */
export interface Findings<R extends PersonRecord> {
  readonly search: Search
  readonly candidates: readonly Candidate<R>[]
  /** What became of the ledger's record where nothing is left of it; `absent`: not even in the recycle bin, if there is one. */
  readonly gone: 'deleted' | 'absent' | null
  /** A Lead was converted, and its Contact is in the recycle bin, or can't be seen and may be anywhere. */
  readonly lostContact: 'deleted' | 'absent' | null
  /** The records that carry our contact id, plain or numbered, converted and closed ones too. */
  readonly carriers: readonly R[]
}

/** What of choosing is each CRM's own. */
export interface ChoiceRules<R extends PersonRecord> {
  /** Of this kind new records are made after closed ones, known by the next number. */
  readonly numbered: PersonKind
  /** Whether a record that is not even in the recycle bin may have been erased for privacy. */
  readonly knowsErased: boolean
  /** Nobody works on it any more. */
  isClosed(record: R): boolean
  /** Which of our contact's records this is: 0 the first, n the n-th after a closed one; -1 when it is none of them. */
  numberOf(record: R, search: Search): number
  /** The number that can't be given again although its record is gone; -1 for none. */
  spentBy(gone: PersonRef, search: Search): number
  modifiedAt(record: R): string | null
  /** The record in the words of `match`. */
  tell(candidate: Candidate<R>, findings: Findings<R>): MatchedRecord
  unseenContact(): DeliveryError
}

/**
 * Which of the records is meant: a Contact before any Lead, an open Lead before a closed one; among equals the one that the ledger holds, then
 * the one with our contact id, then the only one with the e-mail. E-mails are not unique in these CRMs: several of them wait for a person.
 */
export function choose<R extends PersonRecord>(findings: Findings<R>, rules: ChoiceRules<R>): Judged<Match> {
  const { search, lostContact, gone } = findings
  const candidates = best(findings.candidates)
  for (const list of [candidates.filter(({ way }) => way !== 'blocked'), candidates]) {
    const open = list.filter(({ record }) => !rules.isClosed(record))
    const contacts = open.filter(({ record }) => record.kind === 'contact')
    if (open.length > 0) return pick(contacts.length > 0 ? contacts : open, findings, rules)
  }
  // Nobody is entered a second time because the first can't be seen.
  if (lostContact === 'absent') return rules.unseenContact()
  const number = lastNumber(findings, rules)
  const numbered = number < 0 ? {} : { lastNumber: number }
  const [last] = candidates.toSorted((a, b) => laterClosed(a.record, b.record, search, rules))
  if (last) return { kind: 'one', record: { ...rules.tell(last, findings), ...numbered } }
  const deleted = search.keys.record !== null || lostContact === 'deleted'
  return { kind: 'none', deleted, ...(gone === 'absent' && rules.knowsErased ? { erased: true } : {}), ...numbered }
}

/** The highest number that stands in a record or stood in one; -1 where none does. */
export function lastNumber<R extends PersonRecord>(findings: Findings<R>, rules: ChoiceRules<R>): number {
  const { search, candidates, carriers, gone } = findings
  const holders = [...carriers, ...candidates.map(({ record }) => record)].filter(({ kind }) => kind === rules.numbered)
  const spent = gone !== null && search.ledger?.object === rules.numbered ? rules.spentBy(search.ledger, search) : -1
  return Math.max(spent, ...holders.map((record) => rules.numberOf(record, search)))
}

/** The same by what the record itself carries. */
export function numberCarried({ contactId }: PersonRecord, { keys }: Search): number {
  for (const known of keys.contactIds) {
    const [own, base] = [contactId ?? '', known.toLowerCase()]
    if (own === base) return 0
    if (own.startsWith(`${base}.`) && /^[1-9]\d{0,8}$/.test(own.slice(base.length + 1))) return Number(own.slice(base.length + 1))
  }
  return -1
}

/** Whether it carries the contact id as a new record would. */
export function holdsContactId({ contactId }: PersonRecord, { keys }: Search): boolean {
  return contactId !== null && contactId === keys.contactIds[0]?.toLowerCase()
}

/** Each record once, by the best way to it. */
export function best<R extends PersonRecord>(candidates: readonly Candidate<R>[]): Candidate<R>[] {
  const known = new Map<string, Candidate<R>>()
  for (const candidate of candidates.toSorted((a, b) => Ways.indexOf(a.way) - Ways.indexOf(b.way))) {
    if (!known.has(candidate.record.id)) known.set(candidate.record.id, candidate)
  }
  return [...known.values()]
}

function pick<R extends PersonRecord>(list: readonly Candidate<R>[], findings: Findings<R>, rules: ChoiceRules<R>): Match {
  const { search } = findings
  const known = list.filter(({ way }) => way !== 'email' && way !== 'blocked')
  // Where another of them has our contact id, that one is ours, whatever the ledger says.
  const free = known.find(
    ({ record }) => record.contactId !== null || !known.some((other) => holdsContactId(other.record, search)),
  )
  const [first, ...others] = known.length > 0 ? [free ?? known[0]] : list
  if (first && others.length === 0) return { kind: 'one', record: rules.tell(first, findings) }
  return {
    kind: 'many',
    records: list.map((one) => ({ ...rules.tell(one, findings), modifiedAt: rules.modifiedAt(one.record) })),
  }
}

/** Those that are numbered, the highest number first, then the last change: what comes next is numbered after it. */
function laterClosed<R extends PersonRecord>(a: R, b: R, search: Search, rules: ChoiceRules<R>): number {
  if (a.kind !== b.kind) return a.kind === rules.numbered ? -1 : 1
  const [changedA, changedB] = [rules.modifiedAt(a) ?? '', rules.modifiedAt(b) ?? '']
  return rules.numberOf(b, search) - rules.numberOf(a, search) || (changedA < changedB ? 1 : -1)
}
