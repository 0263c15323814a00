import { cut, type DroppedField, type FieldValue, type RecordWrite } from '../../../src/core/index.ts'
import type { OrgField } from '../org/describe.ts'
import { isNone, type Kind, type Org } from '../org/org.ts'
import type { Settings } from '../settings.ts'
import { encode } from '../wire.ts'
import { codeOf } from './countries.ts'
import { NoSuchOwner, OwnerField, type Owners } from './owners.ts'

export type FieldSettings = Pick<Settings, 'contactIdField' | 'placeholders'>

export interface FieldContext {
  readonly org: Org
  readonly owners: Owners
  readonly settings: FieldSettings
}

/** What of a write's fields goes out. */
export interface SentFields {
  /** By Salesforce's own spelling of the names. */
  readonly values: Record<string, FieldValue>
  /** What is sent → the field of the write that it stands for. */
  readonly origins: Map<string, string>
  readonly dropped: DroppedField[]
  /** Required by the mapping, yet not writable. */
  readonly refused: DroppedField[]
}

/** What Salesforce demands of every record of a kind. */
const Demanded: Readonly<Record<Kind, readonly ('LastName' | 'Company')[]>> = {
  lead: ['LastName', 'Company'],
  contact: ['LastName'],
}

/** Setting it closes or reopens a Lead: a salesperson's decision, whatever a mapping says. */
const StatusField = 'Status'
const WhereSalesStands = 'Leadsync never changes the Status of a Lead that is there. Set `policy: create-only`.'
const OptOutFields = { email: 'HasOptedOutOfEmail', phone: 'DoNotCall' } as const
const TextTypes = new Set(['string', 'textarea', 'email', 'phone', 'url', 'encryptedstring'])

/** What is sent under which name, or why it is not. */
type Fate = { readonly name: string; readonly value: FieldValue; readonly note?: string } | { readonly reason: string } | null

/** Pure: sorts out a write's fields by what is known of the org. Unknown is sent, and Salesforce answers. */
export function sentFields(write: RecordWrite, kind: Kind, context: FieldContext): SentFields {
  const sent: SentFields = { values: {}, origins: new Map(), dropped: [], refused: [] }
  for (const [field, value] of Object.entries(write.fields)) {
    const fate = fateOf(field, value, write, kind, context)
    if (fate === null) continue
    if ('name' in fate) put(sent, field, fate)
    else if (write.required.includes(field) && !isContactId(field, context)) sent.refused.push({ field, reason: fate.reason })
    else sent.dropped.push({ field, reason: fate.reason })
  }
  closeChannels(sent, write, kind, context)
  if (write.recordId === null) fillPlaceholders(sent, write, kind, context)
  return sent
}

function put(sent: SentFields, field: string, { name, value, note }: Exclude<Fate, null | { readonly reason: string }>): void {
  sent.values[name] = value
  sent.origins.set(name, field)
  if (note !== undefined) sent.dropped.push({ field, reason: note })
}

function fateOf(field: string, value: FieldValue, write: RecordWrite, kind: Kind, context: FieldContext): Fate {
  const object = context.org.object(kind)
  const isNew = write.recordId === null
  if (isContactId(field, context)) return contactIdFate(field, value, kind, context)
  if (isNew && value === null) return null
  if (value === null && isDemanded(field, kind)) return { reason: 'Salesforce never lets this field be empty.' }
  if (same(field, OwnerField)) return ownerFate(value, kind, context)
  if (!isNew && kind === 'lead' && same(field, StatusField)) return { reason: WhereSalesStands }
  if (object === null) return { name: field, value }
  const coded = hasOwnCode(field, write) ? undefined : codeOf(object, field, value)
  if (coded && coded.code === null && value !== null)
    return { reason: `The org's picklist of ${coded.field} has no such entry, or several.` }
  const name = coded?.field ?? field
  const known = object.field(name)
  const reason = known ? whyNot(known, isNew, value) : unknownTo(object.name)
  if (reason !== null || !known) return { reason: reason ?? unknownTo(object.name) }
  return fitted(known, encode(coded && value !== null ? coded.code : value, known.type), kind)
}

// An org without our field is matched by e-mail alone: every lead would fail if the field were insisted on.
function contactIdFate(field: string, value: FieldValue, kind: Kind, { org, settings }: FieldContext): Fate {
  if (isNone(settings.contactIdField)) return null
  const known = org.object(kind)?.field(field)
  if (org.hasContactId(kind)) return { name: known?.name ?? field, value }
  return {
    reason: `${field} is not a unique external id that this user may write. Make it so, as connectors/salesforce/readme.md says.`,
  }
}

function ownerFate(value: FieldValue, kind: Kind, { owners }: FieldContext): Fate {
  const id = typeof value === 'string' ? owners.of(value, kind) : undefined
  return id === undefined ? { reason: NoSuchOwner } : { name: OwnerField, value: id }
}

function whyNot(field: OrgField, isNew: boolean, value: FieldValue): string | null {
  if (!(isNew ? field.createable : field.updateable))
    return 'Salesforce keeps this field read-only for this user. Grant it, or take it out of the mapping.'
  if (value === null && (!field.nillable || field.type === 'boolean')) return 'Salesforce never lets this field be empty.'
  return null
}

function unknownTo(object: string): string {
  return `${object} has no such field, or field-level security hides it from this user. Make it visible, or take it out of the mapping.`
}

/** A text that is too long is refused with the whole record. What a record can't be without is cut; all else `maxLength` of the mapping may cut. */
function fitted(field: OrgField, value: FieldValue, kind: Kind): Fate {
  const { name, type, length } = field
  if (typeof value !== 'string' || !TextTypes.has(type) || length === 0 || value.length <= length) return { name, value }
  if (!isDemanded(name, kind)) {
    if ([...value].length <= length) return { name, value }
    return { reason: `It is longer than the ${length} characters of this field. Give it a maxLength in the mapping.` }
  }
  return { name, value: cut(value, length), note: `Its end was cut off: the field has ${length} characters.` }
}

/** Opting out is the only direction there is. */
function closeChannels(sent: SentFields, { optOut = [], recordId }: RecordWrite, kind: Kind, { org }: FieldContext): void {
  const object = org.object(kind)
  for (const channel of optOut) {
    const name = OptOutFields[channel]
    const field = object?.field(name)
    const reason = object === null ? null : field ? whyNot(field, recordId === null, true) : unknownTo(object.name)
    if (reason !== null) sent.dropped.push({ field: name, reason })
    else sent.values[name] = true
  }
}

function fillPlaceholders(sent: SentFields, write: RecordWrite, kind: Kind, { org, settings }: FieldContext): void {
  const inPlace = { LastName: settings.placeholders.lastName, Company: write.company?.trim() || settings.placeholders.company }
  for (const name of Demanded[kind]) {
    const value = Object.entries(sent.values).find(([key]) => same(key, name))?.[1]
    if (value !== undefined && String(value ?? '').trim() !== '') continue
    const length = org.object(kind)?.field(name)?.length || Number.POSITIVE_INFINITY
    sent.values[name] = cut(inPlace[name], length)
  }
}

/** A mapping that writes the code itself knows better. */
function hasOwnCode(field: string, { fields }: RecordWrite): boolean {
  return Object.keys(fields).some((name) => same(name, `${field}Code`))
}

function isContactId(field: string, { settings }: FieldContext): boolean {
  return same(field, settings.contactIdField)
}

function isDemanded(field: string, kind: Kind): boolean {
  return Demanded[kind].some((name) => same(name, field))
}

/** Salesforce takes field names in any letter case. */
function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
