import { changes } from './changes.ts'
import { chooseTarget, type Target } from './choose-target.ts'
import { markerFields } from './decide-marks.ts'
import type { DecideInput, Decision, SkipDecision } from './decision.ts'
import { held, isEmpty, sameValue } from './field-type.ts'
import { isDoNotContact } from './lead.ts'
import { compareLeads, type Known, leadOrder } from './lead-order.ts'
import type { ContactChannel, Fields, FieldValue, MatchedRecord, RecordWrite } from './record.ts'
import type { SuppressionEntry } from './suppression.ts'
import { type Touch, touchOf, withTouch } from './touch.ts'
import { type WantedField, wantedFields } from './wanted-fields.ts'

/** What one lead does to one CRM, given what the CRM holds: one write, nothing, or a person must look. Pure and total: it never throws. */
export function decide(input: DecideInput): Decision {
  const target = chooseTarget(input)
  if (target.kind !== 'target') return target
  return isDoNotContact(input.lead) ? flag(input, target) : deliver(input, target)
}

function flag(input: DecideInput, target: Target): Decision {
  const identity = target.record ? [] : identityFields(input, target)
  const { fields, dropped } = changes(input, target, [...identity, ...markerFields(input, flagged(input))])
  const { known } = input
  const optOut = channelsToClose(input, target)
  if (isNothing(fields) && optOut.length === 0)
    return skip(target, {
      outcome: 'suppressed',
      rule: target.rule,
      reason: 'The record shows the do-not-contact already.',
      dropped,
      known,
    })
  const write = { ...recordWrite(input, target, fields, []), ...(optOut.length > 0 ? { optOut } : {}) }
  return { kind: 'write', write, dropped, outcome: 'suppressed', rule: target.rule, known }
}

/** A connector closes those of them that its CRM knows; what a person has closed already is left alone. */
function channelsToClose({ doNotContact }: DecideInput, { record }: Target): ContactChannel[] {
  if (doNotContact.mode !== 'opt-out') return []
  const all: ContactChannel[] = ['email', 'phone']
  return all.filter((channel) => !record?.optOuts.includes(channel))
}

function deliver(input: DecideInput, target: Target): Decision {
  const order = leadOrder(input.lead, input.known, target.record, input.lastLeadField, input.again)
  const wanted = wantedFields(input, target, order !== 'newer')
  if (wanted.park !== null) return { kind: 'park', code: 'invalid', reason: wanted.park }
  const touch = touchOf(input.lead)
  const all = [
    ...identityFields(input, target),
    ...wanted.fields,
    ...markerFields(input, input.suppression),
    ...touchField(input, target, touch),
  ]
  const changed = changes(input, target, all)
  const dropped = [...wanted.dropped, ...changed.dropped]
  const known = knownAfter(input, wanted.wrote)
  const rule = order === 'newer' || target.record === null ? target.rule : 'older-lead'
  const touches = input.touches?.as === 'notes' ? [touch] : []
  if (isNothing(changed.fields) && touches.length === 0)
    return skip(target, { outcome: 'delivered', rule, reason: 'The record holds all of it already.', dropped, known })
  return {
    kind: 'write',
    write: { ...recordWrite(input, target, changed.fields, wanted.required), ...(touches.length > 0 ? { touches } : {}) },
    dropped,
    outcome: 'delivered',
    rule,
    known,
  }
}

/** The entry is recorded before the lead's job is added. Should it be missing all the same, the lead itself says no. */
function flagged({ suppression, lead }: DecideInput): readonly SuppressionEntry[] {
  if (suppression.length > 0) return suppression
  return [{ source: 'marketplace', channel: 'any', offer: null, since: lead.occurredAt, liftedAt: null }]
}

/** E-mail and contact id: on create, or where the record has none. What the record has is never changed. */
function identityFields(input: DecideInput, target: Target): WantedField[] {
  const names = input.identity(target.object)
  const all: WantedField[] = [
    { name: names.contactId, value: target.contactId, type: 'string' },
    { name: names.email, value: input.lead.person.email, type: 'string' },
  ]
  return all.filter(({ name, value }) => target.record === null || isFree(input, target.record, name, value))
}

/** Of several matches another may hold it already: the CRM would refuse to have it twice, each time anew. */
function isFree({ match }: DecideInput, record: MatchedRecord, name: string, value: FieldValue): boolean {
  if (record.taken?.includes(name)) return false
  const others =
    match.kind === 'many' ? match.records.filter((other) => other.id !== record.id || other.object !== record.object) : []
  return isEmpty(held(record.fields, name)) && !others.some((other) => sameValue(value, held(other.fields, name), 'string'))
}

function touchField({ touches }: DecideInput, { record }: Target, touch: Touch): WantedField[] {
  if (touches?.as !== 'field') return []
  const current = record ? held(record.fields, touches.field) : null
  return [{ name: touches.field, value: withTouch(current === null ? null : String(current), touch), type: 'string' }]
}

function recordWrite(input: DecideInput, target: Target, fields: Fields, required: readonly string[]): RecordWrite {
  const { email, contactId } = input.identity(target.object)
  const address = held(fields, email) ?? (target.record && held(target.record.fields, email))
  return {
    object: target.object,
    recordId: target.record?.id ?? null,
    contactId: target.contactId,
    email: address === null ? null : String(address),
    company: input.lead.person.company,
    fields,
    required: [...new Set([email, contactId, ...required])].filter((name) => Object.hasOwn(fields, name)),
  }
}

/** The newest lead counts, whichever came last. A DNC lead never gets here: it writes no field, so it makes no other lead stale. */
function knownAfter({ known, lead }: DecideInput, wrote: Known['wrote']): Known {
  const own = { lastLeadId: lead.id, lastLeadAt: lead.occurredAt, wrote }
  if (known === null) return own
  const newer = compareLeads(lead, { id: known.lastLeadId, occurredAt: known.lastLeadAt }) > 0
  return newer ? own : { ...known, wrote }
}

function skip({ record }: Target, rest: Omit<SkipDecision, 'kind' | 'record'>): SkipDecision {
  return { kind: 'skip', record: record && { object: record.object, id: record.id }, ...rest }
}

function isNothing(fields: Fields): boolean {
  return Object.keys(fields).length === 0
}
