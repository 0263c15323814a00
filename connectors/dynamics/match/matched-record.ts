import type { ContactChannel, FieldValue, MatchedRecord } from '../../../src/core/index.ts'
import { type Candidate, type ChoiceRules, type Findings, holdsContactId } from '../../kit/people/choice.ts'
import type { Org } from '../org/org.ts'
import { contactIdColumnOf, type Settings } from '../settings.ts'
import { EmailColumn, PrivacyColumn } from './columns.ts'
import type { Found } from './found.ts'

interface TellContext {
  readonly org: Pick<Org, 'keyActive'>
  readonly settings: Pick<Settings, 'contactIdColumn' | 'placeholders'>
  readonly rules: Pick<ChoiceRules<Found>, 'isClosed' | 'numberOf'>
}

/** A record in the words of `match`. */
export function matchedRecord(
  { record, way, merged }: Candidate<Found>,
  findings: Findings<Found>,
  { org, settings, rules }: TellContext,
): MatchedRecord {
  const { search, candidates, carriers } = findings
  const { keys } = search
  const { kind, id, row, columns } = record
  const contactIdColumn = contactIdColumnOf(settings)
  const own = contactIdColumn === null ? [EmailColumn] : [EmailColumn, contactIdColumn]
  const placeholder = new Map([
    ['lastname', settings.placeholders.lastName],
    ['subject', settings.placeholders.subject],
  ])
  const asked = Object.hasOwn(keys.fields, kind) ? (keys.fields[kind] ?? []) : []
  const read = (name: string): FieldValue => {
    const value = columns.read(row, name)
    return typeof value === 'string' && value.trim() === placeholder.get(name.toLowerCase()) ? null : value
  }
  const owner = row._ownerid_value
  // Without an alternate key several records may hold one contact id, and the survivor of a merge should.
  const isTaken =
    record.contactId === null &&
    org.keyActive(kind) &&
    carriers.some((other) => other.kind === kind && other.id !== id && holdsContactId(other, search))
  // What else there is of a Lead's person, a Contact or a Lead that was closed: there they said no once, and a new Lead does not undo it.
  const others = candidates.map((one) => one.record)
  return {
    object: kind,
    id,
    fields: Object.fromEntries([...new Set([...asked, ...own])].map((name) => [name, read(name)])),
    optOuts: optOutsOf(kind === 'lead' ? [record, ...others] : [record]),
    owner: typeof owner === 'string' ? owner.toLowerCase() : null,
    closed: rules.isClosed(record),
    mergedFrom: way === 'ledger' && merged ? (keys.record?.id ?? null) : null,
    ours: rules.numberOf(record, search) >= 0,
    ...(isTaken && contactIdColumn !== null ? { taken: [contactIdColumn] } : {}),
  }
}

/** `donotbulkemail` is no to campaigns, not to a salesperson's answer. */
function optOutsOf(records: readonly Found[]): ContactChannel[] {
  const says = (column: string) => records.some(({ row }) => row[column] === true)
  if (says(PrivacyColumn)) return ['email', 'phone']
  return [...(says('donotemail') ? (['email'] as const) : []), ...(says('donotphone') ? (['phone'] as const) : [])]
}
