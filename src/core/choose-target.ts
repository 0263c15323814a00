import type { DecideInput, ParkDecision, SkipDecision } from './decision.ts'
import { instant } from './instant.ts'
import { isDoNotContact } from './lead.ts'
import { leadOrder } from './lead-order.ts'
import type { MatchedRecord, RecordRef } from './record.ts'
import type { Rule } from './rule.ts'

/** Where a lead goes: a record that exists, or a new one. */
export interface Target {
  readonly kind: 'target'
  readonly object: string
  readonly record: MatchedRecord | null
  /** What the record is to be known by: the contact id, numbered where a closed record of the same kind has it already. */
  readonly contactId: string
  readonly rule: Rule
}

/** Which record this lead concerns, if any, by the state of what matched (design: converted, deleted, merged, several). */
export function chooseTarget(input: DecideInput): Target | ParkDecision | SkipDecision {
  if (isDoNotContact(input.lead)) return targetOfNo(input)
  const { match, known, lead, policies } = input
  const order = leadOrder(lead, known, null, null, input.again)
  if (match.kind === 'none' && !match.deleted) return newRecord(input, match.lastNumber, 'nobody-matched')
  if (order === 'same') return skip(input, ref(matched(input)), 'delivered-before', 'This lead was delivered there before.')
  if (match.kind !== 'none')
    return existing(input, (record) => (record.closed ? afterClosed(input, record) : onto(input, record, matchedBy(input))))
  // Asked for once more, all leads of a contact come back in any order: the first of them enters the record anew.
  if (order === 'stale' && !input.again)
    return skip(
      input,
      null,
      'before-deleted',
      'The record was deleted in the CRM, and a newer lead than this one was delivered before that.',
    )
  // Who asks for it once more has said that the CRM was restored, or emptied: then everybody is gone without a trace.
  if (match.erased && !input.again)
    return {
      kind: 'park',
      code: 'invalid',
      reason:
        'The record of this contact is gone from the CRM and can not be restored: it may have been erased for privacy. Discard the lead, or enter the person in the CRM by hand and replay it.',
    }
  if (policies.onDeleted === 'recreate') return newRecord(input, match.lastNumber, 'after-deleted')
  return {
    kind: 'park',
    code: 'invalid',
    reason:
      'The record of this contact was deleted in the CRM, and onDeleted is park: replay the lead to have it entered anew, or discard it.',
  }
}

/** Sales have done with that record: a lead that was there before changes nothing of it, a newer one is a new start. */
function afterClosed(input: DecideInput, record: MatchedRecord): Target | ParkDecision | SkipDecision {
  if (leadOrder(input.lead, input.known, record, input.lastLeadField) !== 'newer')
    return skip(
      input,
      ref(record),
      'before-closed',
      'The record is closed in the CRM, and this lead or a newer one was delivered before that.',
    )
  switch (input.policies.onClosed) {
    case 'new-record':
      return newRecord(input, record.lastNumber, 'after-closed')
    case 'task':
      return onto(input, record, 'onto-closed')
    case 'park':
      return {
        kind: 'park',
        code: 'invalid',
        reason:
          'The record of this contact is closed in the CRM, and onClosed is park: open it there and replay the lead, or discard it.',
      }
  }
}

function onto({ contactId }: DecideInput, record: MatchedRecord, rule: Rule): Target {
  return { kind: 'target', object: record.object, record, contactId, rule }
}

/** A contact id is unique in a CRM, and a closed record keeps its own: after `id` comes `id.1`, then `id.2`. */
function newRecord({ target, contactId }: DecideInput, lastNumber: number | undefined, rule: Rule): Target {
  const numbered = lastNumber === undefined ? contactId : `${contactId}.${lastNumber + 1}`
  return { kind: 'target', object: target, record: null, contactId: numbered, rule }
}

function targetOfNo(input: DecideInput): Target | ParkDecision | SkipDecision {
  const { match, doNotContact } = input
  if (doNotContact.mode === 'skip')
    return skip(
      input,
      ref(matched(input)),
      'no-to-skip',
      'A do-not-contact lead writes nothing to this CRM (doNotContact.mode: skip).',
    )
  if (match.kind !== 'none') return existing(input, (record) => onto(input, record, 'do-not-contact'))
  // Somebody took the person out of the CRM: a no is the worst reason to put them back.
  if (match.deleted) return skip(input, null, 'no-to-deleted', 'The record was deleted in the CRM: there is nobody to flag.')
  if (doNotContact.createIfMissing) return newRecord(input, match.lastNumber, 'do-not-contact')
  return skip(
    input,
    null,
    'no-to-nobody',
    'The CRM does not know this person, and a do-not-contact enters nobody (doNotContact.createIfMissing: false).',
  )
}

function existing<T>(input: DecideInput, found: (record: MatchedRecord) => T): T | ParkDecision {
  const record = matched(input)
  if (record) return found(record)
  const count = input.match.kind === 'many' ? input.match.records.length : 0
  return {
    kind: 'park',
    code: 'multiple_matches',
    reason: `${count} records of the CRM match this contact. Merge them there and replay the lead, or set onMany: newest.`,
  }
}

/** The one record that is meant; null when there is none, or when a person must choose. */
function matched({ match, policies }: DecideInput): MatchedRecord | null {
  if (match.kind === 'one') return match.record
  if (match.kind === 'none' || policies.onMany === 'park') return null
  return match.records.toSorted(newestFirst)[0] ?? null
}

function matchedBy({ match }: DecideInput): Rule {
  return match.kind === 'many' ? 'newest-of-several' : 'one-matched'
}

/** Open ones first, then the most recently modified; the rest only makes the choice the same every time. */
function newestFirst(a: MatchedRecord, b: MatchedRecord): number {
  if (a.closed !== b.closed) return a.closed ? 1 : -1
  const [changedA, changedB] = [modified(a), modified(b)]
  if (changedA !== changedB) return changedA > changedB ? -1 : 1
  if (a.ours !== b.ours) return a.ours ? -1 : 1
  return `${a.object} ${a.id}` < `${b.object} ${b.id}` ? -1 : 1
}

function modified(record: MatchedRecord): number {
  return instant(record.modifiedAt ?? '') ?? Number.NEGATIVE_INFINITY
}

function ref(record: MatchedRecord | null): RecordRef | null {
  return record && { object: record.object, id: record.id }
}

function skip(input: DecideInput, record: RecordRef | null, rule: Rule, reason: string): SkipDecision {
  const outcome = isDoNotContact(input.lead) ? 'suppressed' : 'delivered'
  return { kind: 'skip', outcome, record, rule, reason, dropped: [], known: input.known }
}
