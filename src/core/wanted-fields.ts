import type { Target } from './choose-target.ts'
import type { DecideInput } from './decision.ts'
import { mayWrite } from './field-policy.ts'
import type { FieldType } from './field-rule.ts'
import { canonical, held, isEmpty } from './field-type.ts'
import { type MappedField, mapLead } from './map-lead.ts'
import type { MappingField } from './mapping.ts'
import { qualify } from './qualify.ts'
import type { DroppedField, FieldValue } from './record.ts'
import { turnsBack } from './stage-order.ts'

export interface WantedField {
  readonly name: string
  readonly value: FieldValue
  readonly type: FieldType | undefined
}

/** What the mapping and its policies want of a record. */
export interface Wanted {
  readonly fields: readonly WantedField[]
  readonly required: readonly string[]
  readonly dropped: readonly DroppedField[]
  /** `Known.wrote` once these are written. */
  readonly wrote: Readonly<Record<string, string>>
  /** Why a person must look, or null. */
  readonly park: string | null
}

/**
 * The mapped fields that this lead may write. A value that can't be made matters only where it would have been written: nobody is
 * to look at a delivery for a field that its policy leaves alone.
 */
export function wantedFields(input: DecideInput, target: Target, stale: boolean): Wanted {
  const wrote = new Map(Object.entries((target.record && input.known?.wrote) ?? {}))
  const fields: WantedField[] = []
  const dropped: DroppedField[] = []
  const required: string[] = []
  let park: string | null = null
  for (const { field, mapped } of writable(input, target, stale, wrote)) {
    if (field.required) required.push(field.name)
    if (mapped.state === 'park' || (mapped.state === 'dropped' && field.required)) park ??= `${field.name}: ${mapped.reason}`
    if (mapped.state === 'dropped') dropped.push({ field: field.name, reason: mapped.reason })
    if (mapped.state !== 'set' && mapped.state !== 'clear') continue
    const value = mapped.state === 'set' ? mapped.value : null
    fields.push({ name: field.name, value, type: field.type })
    remember(wrote, field, value, stale, input.digest)
  }
  return { fields, required, dropped, wrote: Object.fromEntries(wrote), park }
}

function writable(input: DecideInput, target: Target, stale: boolean, wrote: ReadonlyMap<string, string>): MappedField[] {
  const { mapping, lead, contactId, qualification, stageOrder } = input
  const reserved = reservedNames(input, target)
  return mapLead(mapping, target.object, lead, contactId, qualify(lead, qualification)).filter(({ field }) => {
    if (reserved.has(field.name.toLowerCase())) return false
    const current = target.record ? held(target.record.fields, field.name) : null
    if (turnsBack(field, current, lead, stageOrder)) return false
    const last = wrote.get(field.name)
    const holdsOurs = last === undefined ? null : last === input.digest(canonical(current, field.type))
    return mayWrite(field.policy, { creating: target.record === null, empty: isEmpty(current), stale, holdsOurs })
  })
}

/** Identity and markers have rules of their own, and no mapping changes them. Salesforce takes field names in any case. */
function reservedNames({ identity, doNotContact: { markers } }: DecideInput, target: Target): Set<string> {
  const { email, contactId } = identity(target.object)
  const names = [email, contactId, markers.at, markers.liftedAt, markers.reason].filter((name) => name !== null)
  return new Set(names.map((name) => name.toLowerCase()))
}

/** Under `overwrite` only that a field was emptied is remembered, so that no stale lead fills it again; under `ours` every value. */
function remember(
  wrote: Map<string, string>,
  field: MappingField,
  value: FieldValue,
  stale: boolean,
  digest: DecideInput['digest'],
): void {
  if (field.policy === 'ours' || (field.policy === 'overwrite' && value === null && !stale)) {
    wrote.set(field.name, digest(canonical(value, field.type)))
  } else {
    wrote.delete(field.name)
  }
}
