import { cut } from './cut.ts'
import { convert, type Scalar } from './field-type.ts'
import type { Lead } from './lead.ts'
import { type LeadScope, leadScope } from './lead-paths.ts'
import type { Mapping, MappingField, ValueTable } from './mapping.ts'
import { type Qualification, Unqualified } from './qualify.ts'
import type { FieldValue } from './record.ts'

/** What a lead says about one field. Reasons are sentences without the value. */
export type MappedValue =
  | { readonly state: 'absent' }
  | { readonly state: 'clear' }
  | { readonly state: 'set'; readonly value: Scalar }
  | { readonly state: 'dropped'; readonly reason: string }
  | { readonly state: 'park'; readonly reason: string }

export interface MappedField {
  readonly field: MappingField
  readonly mapped: MappedValue
}

const Absent: MappedValue = { state: 'absent' }

/** What the lead says about every field that the mapping has for this kind of object; none when the mapping does not know it. Never throws. */
export function mapLead(
  mapping: Mapping,
  object: string,
  lead: Lead,
  contactId: string,
  qualification: Qualification = Unqualified,
): MappedField[] {
  const scope = leadScope(lead, contactId, qualification)
  return (mapping.get(object) ?? []).map((field) => ({ field, mapped: mapField(field, scope) }))
}

function mapField(field: MappingField, scope: LeadScope): MappedValue {
  if (field.literal !== undefined) return finished(field, field.literal)
  const found = read(field, scope)
  return found.state === 'found' ? meaningOf(field, found.value) : found
}

/** What a field makes of a value that stands where it reads; undefined: nothing stands there. */
export function meaningOf(field: MappingField, value: Scalar | undefined): MappedValue {
  if (value === undefined) return field.fallback === undefined ? Absent : finished(field, field.fallback)
  return field.values ? translated(field, value) : converted(field, value)
}

type Found =
  | { readonly state: 'found'; readonly value: Scalar | undefined }
  | { readonly state: 'dropped'; readonly reason: string }

function read(field: MappingField, scope: LeadScope): Found {
  try {
    return single(field, field.read(scope))
  } catch {
    return { state: 'dropped', reason: 'Its template could not be rendered for this lead.' }
  }
}

/** One value of whatever stands there: blank text is nothing, a list of tags is one text as multi-select fields take it. */
function single(field: MappingField, raw: unknown): Found {
  const value = Array.isArray(raw) && raw.every((item) => typeof item === 'string') ? raw.join(';') : raw
  if (value === undefined || value === null) return { state: 'found', value: undefined }
  if (typeof value === 'string') return { state: 'found', value: value.trim() === '' ? undefined : value }
  if (typeof value === 'number' || typeof value === 'boolean') return { state: 'found', value }
  return { state: 'dropped', reason: `${field.origin} is not a single value.` }
}

function translated(field: MappingField, value: Scalar): MappedValue {
  const said = String(value).trim()
  const meant = meaning(field.values, said)
  if (meant !== undefined) return finished(field, meant)
  switch (field.onUnknown) {
    case 'keep':
      return converted(field, value)
    case 'default':
      return field.fallback === undefined ? Absent : finished(field, field.fallback)
    case 'park':
      return { state: 'park', reason: `What the lead has in ${field.origin} is not listed under values.` }
    case 'drop':
      return { state: 'dropped', reason: `What the lead has in ${field.origin} is not listed under values.` }
  }
}

/** Null is a meaning too (clear), so presence is asked for, not truth. */
function meaning(values: ValueTable | null, said: string): FieldValue | undefined {
  if (values?.exact.has(said)) return values.exact.get(said)
  return values?.folded.get(said.toLowerCase())
}

function converted(field: MappingField, value: Scalar): MappedValue {
  const typed = convert(value, field.type)
  return typed === undefined
    ? { state: 'dropped', reason: `What the lead has in ${field.origin} is not a ${field.type ?? 'number'}.` }
    : finished(field, typed)
}

function finished(field: MappingField, value: FieldValue): MappedValue {
  if (value === null) return { state: 'clear' }
  const text = typeof value === 'string' && field.maxLength !== undefined ? cut(value, field.maxLength) : value
  return text === '' ? Absent : { state: 'set', value: text }
}
