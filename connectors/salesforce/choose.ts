import type { FieldValue, Judged, Match, MatchedRecord, MatchKeys } from '../../src/core/index.ts'
import type { Found } from './found.ts'
import { unseenContact } from './lookup-faults.ts'
import { isNone } from './org.ts'
import type { Settings } from './settings.ts'

/** By what a record was found, the best first. `blocked`: by a duplicate rule that kept a new one from being made. */
export type Way = 'ledger' | 'contact id' | 'email' | 'blocked'
const Ways: readonly Way[] = ['ledger', 'contact id', 'email', 'blocked']

export interface Candidate {
  readonly record: Found
  readonly way: Way
  /** On the way to it lay a merge. */
  readonly merged: boolean
}

/** All that was learned about one contact. */
export interface Findings {
  readonly keys: MatchKeys
  readonly candidates: readonly Candidate[]
  /** Our ledger's record is not even in the recycle bin. */
  readonly erased: boolean
  /** A Lead was converted, and its Contact is in the recycle bin, or can't be seen and may be anywhere. */
  readonly lostContact: 'deleted' | 'absent' | null
  /** The records that carry our contact id, plain or numbered, converted and closed ones too. */
  readonly carriers: readonly Found[]
}

export interface ChoiceContext {
  readonly crm: string
  readonly settings: Pick<Settings, 'contactIdField' | 'placeholders' | 'closedStatuses'>
}

/**
 * Which of the records is meant: a Contact before any Lead, an open Lead before a closed one; among equals the one that the ledger holds, then
 * the one with our contact id, then the only one with the e-mail. E-mails are not unique in Salesforce: several of them wait for a person.
 */
export function choose(findings: Findings, context: ChoiceContext): Judged<Match> {
  const { keys, lostContact, erased } = findings
  const candidates = best(findings.candidates)
  const isOpen = ({ record }: Candidate) => !isClosed(record, context.settings.closedStatuses)
  for (const list of [candidates.filter(({ way }) => way !== 'blocked'), candidates]) {
    const contacts = list.filter(({ record }) => record.kind === 'contact')
    if (contacts.length > 0) return pick(contacts, findings, context)
    const open = list.filter(isOpen)
    if (open.length > 0) return pick(open, findings, context)
  }
  // Nobody is entered a second time because the first can't be seen.
  if (lostContact === 'absent') return unseenContact(context.crm)
  const [last] = candidates.toSorted((a, b) => laterClosed(a.record, b.record, keys))
  const holders = [...findings.carriers, ...candidates.map(({ record }) => record)].filter(({ kind }) => kind === 'lead')
  const number = Math.max(...holders.map((record) => numberOf(record, keys)), -1)
  const lastNumber = number < 0 ? {} : { lastNumber: number }
  if (last) return { kind: 'one', record: { ...matchedRecord(last, findings, context), ...lastNumber } }
  const deleted = keys.record !== null || lostContact === 'deleted'
  return { kind: 'none', deleted, ...(erased ? { erased: true } : {}), ...lastNumber }
}

/** A Lead whose status says that sales is done with it. */
export function isClosed({ kind, row }: Found, closedStatuses: readonly string[]): boolean {
  const status = kind === 'lead' ? row.get('status') : null
  return typeof status === 'string' && closedStatuses.some((one) => one.toLowerCase() === status.toLowerCase())
}

/** Which of our contact's records this is: 0 the first, n the n-th after a closed one; -1 when it does not carry our contact id. */
export function numberOf({ contactId }: Found, { contactIds }: MatchKeys): number {
  for (const known of contactIds) {
    const [own, base] = [contactId ?? '', known.toLowerCase()]
    if (own === base) return 0
    if (own.startsWith(`${base}.`) && /^[1-9]\d{0,8}$/.test(own.slice(base.length + 1))) return Number(own.slice(base.length + 1))
  }
  return -1
}

/** Each record once, by the best way to it. */
function best(candidates: readonly Candidate[]): Candidate[] {
  const known = new Map<string, Candidate>()
  for (const candidate of candidates.toSorted((a, b) => Ways.indexOf(a.way) - Ways.indexOf(b.way))) {
    if (!known.has(candidate.record.id)) known.set(candidate.record.id, candidate)
  }
  return [...known.values()]
}

function pick(list: readonly Candidate[], findings: Findings, context: ChoiceContext): Match {
  const { keys } = findings
  const known = list.filter(({ way }) => way !== 'email' && way !== 'blocked')
  // Where another of them has our contact id, that one is ours, whatever the ledger says.
  const free = known.find(({ record }) => record.contactId !== null || !known.some((other) => holds(other.record, keys)))
  const [first, ...others] = known.length > 0 ? [free ?? known[0]] : list
  if (first && others.length === 0) return { kind: 'one', record: matchedRecord(first, findings, context) }
  return {
    kind: 'many',
    records: list.map((one) => ({ ...matchedRecord(one, findings, context), modifiedAt: modifiedAt(one.record) })),
  }
}

function holds({ contactId }: Found, { contactIds }: MatchKeys): boolean {
  return contactId !== null && contactId === contactIds[0]?.toLowerCase()
}

/** The highest number first, then the last change: what comes next is numbered after it. */
function laterClosed(a: Found, b: Found, keys: MatchKeys): number {
  return numberOf(b, keys) - numberOf(a, keys) || ((modifiedAt(a) ?? '') < (modifiedAt(b) ?? '') ? 1 : -1)
}

function modifiedAt({ row, columns }: Found): string | null {
  const value = columns.read(row, 'LastModifiedDate')
  return typeof value === 'string' ? value : null
}

function matchedRecord({ record, way, merged }: Candidate, findings: Findings, { settings }: ChoiceContext): MatchedRecord {
  const { keys, carriers } = findings
  const { kind, id, row, columns } = record
  const { contactIdField, placeholders } = settings
  const own = isNone(contactIdField) ? ['Email'] : ['Email', contactIdField]
  const placeholder = new Map([
    ['lastname', placeholders.lastName],
    ['company', placeholders.company],
  ])
  const asked = Object.hasOwn(keys.fields, kind) ? (keys.fields[kind] ?? []) : []
  const read = (name: string): FieldValue => {
    const value = columns.read(row, name)
    return typeof value === 'string' && value.trim() === placeholder.get(name.toLowerCase()) ? null : value
  }
  const owner = columns.read(row, 'OwnerId')
  const isTaken = record.contactId === null && carriers.some((other) => other.kind === kind && holds(other, keys))
  return {
    object: kind,
    id,
    fields: Object.fromEntries([...new Set([...asked, ...own])].map((name) => [name, read(name)])),
    optOuts: [
      ...(columns.read(row, 'HasOptedOutOfEmail') === true ? (['email'] as const) : []),
      ...(columns.read(row, 'DoNotCall') === true ? (['phone'] as const) : []),
    ],
    owner: typeof owner === 'string' ? owner : null,
    closed: isClosed(record, settings.closedStatuses),
    mergedFrom: way === 'ledger' && merged ? (keys.record?.id ?? null) : null,
    ours: numberOf(record, keys) >= 0,
    ...(isTaken ? { taken: [contactIdField] } : {}),
  }
}
