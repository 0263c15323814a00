import { changes } from './changes.ts'
import type { DecideRules } from './decision.ts'
import { held, isEmpty } from './field-type.ts'
import { type MarkerFields, markerValues } from './markers.ts'
import type { Match, MatchedRecord, RecordWrite } from './record.ts'
import type { SuppressionEntry } from './suppression.ts'
import type { WantedField } from './wanted-fields.ts'

export interface MarkInput extends Pick<DecideRules, 'identity' | 'doNotContact' | 'policies'> {
  readonly contactId: string
  readonly match: Match
  /** Of the whole contact. */
  readonly suppression: readonly SuppressionEntry[]
}

/**
 * What is to be written, without any lead, so that the markers of a contact's record say what stands against it; null when nothing is. It
 * never enters anybody, and of several records it marks none: which of them is meant is for a lead's own rules to say. Pure and total.
 */
export function decideMarks(input: MarkInput): RecordWrite | null {
  const { doNotContact, match, contactId } = input
  if (match.kind !== 'one') return null
  const { record } = match
  // Such a CRM is told of no DNC, but another lead of the contact may have shown it what stood then: that must not go stale.
  if (doNotContact.mode === 'skip' && !isMarked(record, doNotContact.markers)) return null
  const { fields } = changes(input, { object: record.object, record }, markerFields(input, input.suppression))
  if (Object.keys(fields).length === 0) return null
  const email = held(record.fields, input.identity(record.object).email)
  return {
    object: record.object,
    recordId: record.id,
    contactId,
    email: email === null ? null : String(email),
    fields,
    required: [],
  }
}

function isMarked({ fields }: MatchedRecord, { at, reason }: MarkerFields): boolean {
  return [at, reason].some((name) => name !== null && !isEmpty(held(fields, name)))
}

/** The marker fields as they are to stand; none where nothing was ever said against the contact. */
export function markerFields(
  { doNotContact }: Pick<DecideRules, 'doNotContact'>,
  suppression: readonly SuppressionEntry[],
): WantedField[] {
  const values = markerValues(suppression)
  if (values === null) return []
  const { at, liftedAt, reason } = doNotContact.markers
  const fields: WantedField[] = []
  if (at !== null && values.at !== null) fields.push({ name: at, value: values.at, type: 'datetime' })
  if (liftedAt !== null) fields.push({ name: liftedAt, value: values.liftedAt, type: 'datetime' })
  if (reason !== null) fields.push({ name: reason, value: values.reason, type: 'string' })
  return fields
}
