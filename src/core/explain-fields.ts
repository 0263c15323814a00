import { chooseTarget, type Target } from './choose-target.ts'
import type { DecideInput, Decision } from './decision.ts'
import type { FieldPolicy } from './field-rule.ts'
import { held, isEmpty, sameValue } from './field-type.ts'
import { isDoNotContact } from './lead.ts'
import { leadOrder } from './lead-order.ts'
import { type MappedField, mapLead } from './map-lead.ts'
import { qualify } from './qualify.ts'
import type { FieldValue } from './record.ts'
import { turnsBack } from './stage-order.ts'

/** One field of the record before and after a decision. */
export interface FieldChange {
  readonly field: string
  /** What the record holds; null also where there is no record yet. */
  readonly has: FieldValue
  /** What is written; null clears it. Absent: it stays as it is. */
  readonly gets?: FieldValue
  /** The mapping's policy, or which of Leadsync's own rules the field is under. */
  readonly policy: FieldPolicy | 'identity' | 'do-not-contact' | 'history'
  /** Why it is written or stays, in words without a value. */
  readonly note: string
}

const Parked = 'not written: the delivery is parked'

type Row = Pick<FieldChange, 'field' | 'policy'> & { readonly mapped?: MappedField }

/** What `decide` has made of each field that it looked at, for a person to read. None where there is no record to be written. */
export function explainFields(input: DecideInput, decision: Decision): readonly FieldChange[] {
  const target = chooseTarget(input)
  if (target.kind !== 'target') return []
  const written = decision.kind === 'write' ? decision.write.fields : {}
  const isParked = decision.kind === 'park'
  const dropped = isParked ? [] : decision.dropped
  return rowsOf(input, target).map((row) => {
    const { field, policy } = row
    const has = target.record ? held(target.record.fields, field) : null
    const left = dropped.find((one) => one.field === field)
    if (left) return { field, has, policy, note: `left out: ${left.reason}` }
    if (isParked) return { field, has, policy, note: whyParked(row, has) }
    if (!Object.hasOwn(written, field)) return { field, has, policy, note: whyNot(input, target, row, has) }
    const gets = held(written, field)
    return { field, has, gets, policy, note: howWritten(target, has, gets) }
  })
}

function rowsOf(input: DecideInput, target: Target): readonly Row[] {
  const { email, contactId } = input.identity(target.object)
  const { at, liftedAt, reason } = input.doNotContact.markers
  const markers = [at, liftedAt, reason].filter((name) => name !== null)
  const history = !isDoNotContact(input.lead) && input.touches?.as === 'field' ? [input.touches.field] : []
  const own = new Set([email, contactId, ...markers, ...history].map((name) => name.toLowerCase()))
  return [
    ...[contactId, email].map((field) => ({ field, policy: 'identity' as const })),
    ...mappedOf(input, target).filter(({ field }) => !own.has(field.toLowerCase())),
    ...history.map((field) => ({ field, policy: 'history' as const })),
    ...markers.map((field) => ({ field, policy: 'do-not-contact' as const })),
  ]
}

/** A do-not-contact looks at no mapping. */
function mappedOf({ mapping, lead, contactId, qualification }: DecideInput, { object }: Target): readonly Row[] {
  if (isDoNotContact(lead)) return []
  const all = mapLead(mapping, object, lead, contactId, qualify(lead, qualification))
  return all.map((mapped) => ({ field: mapped.field.name, policy: mapped.field.policy, mapped }))
}

function howWritten({ record }: Target, has: FieldValue, gets: FieldValue): string {
  if (record === null) return 'new'
  if (gets === null) return 'cleared'
  return isEmpty(has) ? 'was empty' : 'overwritten'
}

/** No policy was asked: one field that must not be left out keeps all of them from being written. */
function whyParked({ mapped: of }: Row, has: FieldValue): string {
  if (!of) return Parked
  const { field, mapped } = of
  switch (mapped.state) {
    case 'absent':
      return 'the lead says nothing'
    case 'park':
      return mapped.reason
    case 'dropped':
      return `left out: ${mapped.reason}`
    case 'set':
      return sameValue(mapped.value, has, field.type) ? 'has it already' : Parked
    case 'clear':
      return isEmpty(has) ? 'has it already' : Parked
  }
}

function whyNot(input: DecideInput, target: Target, { policy, mapped }: Row, has: FieldValue): string {
  if (mapped) return whyNotMapped(input, target, mapped, has)
  if (policy === 'do-not-contact')
    return input.suppression.length > 0 ? 'shows it already' : 'nothing was ever said against contacting'
  if (policy === 'history') return 'shows this lead already'
  return isEmpty(has) ? 'the lead has none, or another record has it' : 'never changed where the record has it'
}

function whyNotMapped(input: DecideInput, target: Target, { field, mapped }: MappedField, has: FieldValue): string {
  if (mapped.state === 'absent') return 'the lead says nothing'
  if (mapped.state === 'park') return mapped.reason
  if (mapped.state === 'clear' && target.record === null) return 'there is nothing to clear yet'
  const value = mapped.state === 'set' ? mapped.value : null
  if (mapped.state !== 'dropped' && sameValue(value, has, field.type)) return 'has it already'
  if (turnsBack(field, has, input.lead, input.stageOrder)) return 'kept: an earlier stage replaces no later one'
  if (field.policy === 'create-only') return 'kept: create-only, and the record is there'
  if (leadOrder(input.lead, input.known, target.record, input.lastLeadField, input.again) !== 'newer')
    return 'kept: a newer lead was delivered before'
  if (field.policy === 'fill-if-empty') return 'kept: fill-if-empty, and it is not empty'
  return field.policy === 'ours' ? 'kept: ours, and it is not what Leadsync last wrote' : 'kept'
}
