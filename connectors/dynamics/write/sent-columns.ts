import type { DroppedField, FieldValue, RecordRef, RecordWrite } from '../../../src/core/index.ts'
import { cutUnits } from '../../kit/cut-units.ts'
import type { Holders } from '../../kit/holders.ts'
import type { Org } from '../org/org.ts'
import { type Column, isLookup, type Kind, type Table } from '../org/table.ts'
import { contactIdColumnOf, type Settings } from '../settings.ts'
import { bind, type LookupContext } from './lookups.ts'
import { encode } from './values.ts'

export interface ColumnContext extends LookupContext {
  readonly org: Org
  readonly settings: Pick<Settings, 'contactIdColumn' | 'placeholders'>
  /** Contact id → the Contact that a new Lead of this person belongs to (`onContact: linked-lead`). */
  readonly contacts: Holders<RecordRef>
}

/** What of a write's fields goes out. */
export interface SentColumns {
  /** The JSON of the record: columns by logical name, lookups by `NAVIGATION@odata.bind`. */
  readonly body: Record<string, FieldValue>
  /** What is sent → the field of the write that it stands for. */
  readonly origins: Map<string, string>
  readonly dropped: DroppedField[]
  /** Why the record can't be sent: a required field can't be written, or a value is none that its column takes. */
  readonly refused: DroppedField[]
}

/** What the forms of Dynamics 365 insist on, and people look for a record by. */
const Demanded: Readonly<Record<Kind, readonly ('lastname' | 'subject')[]>> = {
  lead: ['lastname', 'subject'],
  contact: ['lastname'],
}
const OptOutColumns = { email: ['donotemail', 'donotbulkemail'], phone: ['donotphone'] } as const
/** Setting one of these is qualifying, closing or reopening: a salesperson's decision. */
const LifeCycle = new Set(['statecode', 'statuscode'])
const LogicalName = /^[a-z_][a-z0-9_]*$/i

type Fate =
  | { readonly name: string; readonly value: FieldValue; readonly note?: string }
  /** It can't be written, whatever the value. */
  | { readonly leave: string }
  /** The column does not take this value. */
  | { readonly reason: string }
  | null

/** Pure: sorts out a write's fields by what is known of the table. Unknown is sent, and Dataverse answers. */
export function sentColumns(write: RecordWrite, kind: Kind, context: ColumnContext): SentColumns {
  const sent: SentColumns = { body: {}, origins: new Map(), dropped: [], refused: [] }
  for (const [field, value] of Object.entries(write.fields)) {
    const fate = fateOf(field, value, write, kind, context)
    if (fate === null) continue
    if ('name' in fate) put(sent, field, fate)
    else if ('reason' in fate) sent.refused.push({ field, reason: fate.reason })
    else if (write.required.includes(field) && !isContactId(field, context)) sent.refused.push({ field, reason: fate.leave })
    else sent.dropped.push({ field, reason: fate.leave })
  }
  closeChannels(sent, write, context.org.table(kind))
  if (write.recordId === null) {
    fillPlaceholders(sent, kind, context)
    belongToContact(sent, write, kind, context)
  }
  return sent
}

function put(sent: SentColumns, field: string, { name, value, note }: Extract<Fate, { readonly name: string }>): void {
  sent.body[name] = value
  sent.origins.set(name, field)
  if (note !== undefined) sent.dropped.push({ field, reason: note })
}

function fateOf(field: string, value: FieldValue, write: RecordWrite, kind: Kind, context: ColumnContext): Fate {
  const table = context.org.table(kind)
  const isNew = write.recordId === null
  if (field.toLowerCase() === 'statecode')
    return { leave: 'Records are opened and closed in Dynamics 365. Take it out of the mapping.' }
  if (isContactId(field, context) && !context.org.hasContactId(kind)) return withoutContactId(context)
  if (isNew && value === null) return null
  const column = table.column(field)
  if (column === undefined) return unknownFate(field, value, table)
  const reason = whyNot(column, isNew, value, kind)
  if (reason !== null) return { leave: reason }
  if (isLookup(column)) return bind(value, column, kind, context)
  const encoded = encode(value, column, table.state)
  return 'reason' in encoded ? encoded : fitted(column, encoded.value, kind, table.state)
}

// By our own record ids a record is found without the column, so an environment that has none is no reason to refuse leads.
function withoutContactId({ settings }: ColumnContext): Fate {
  const column = contactIdColumnOf(settings)
  if (column === null) return null
  return {
    leave: `The table has no column ${column} that this user may write. Create it (leadsync provision), or set contactIdColumn: none.`,
  }
}

function unknownFate(field: string, value: FieldValue, { name, state }: Table): Fate {
  if (state !== 'read' && LogicalName.test(field)) return { name: field, value }
  return { leave: `The table ${name} has no such column. Create it, or take it out of the mapping.` }
}

function whyNot({ name, type, createable, updateable }: Column, isNew: boolean, value: FieldValue, kind: Kind): string | null {
  if (!isNew && LifeCycle.has(name))
    return 'Leadsync never changes the state of a record that is there. Take it out of the mapping.'
  if (!(isNew ? createable : updateable)) return 'Dynamics 365 keeps this column read-only. Take it out of the mapping.'
  if (value !== null) return null
  return type === 'Boolean' || type === 'Owner' || isDemanded(name, kind) ? 'This column is never left empty.' : null
}

/** A text that is too long is refused with the whole record. What a record can't be without is cut; all else `maxLength` of the mapping may cut. */
function fitted({ name, length }: Column, value: FieldValue, kind: Kind, state: Table['state']): Fate {
  if (typeof value !== 'string' || length === null || value.length <= length) return { name, value }
  if (isDemanded(name, kind)) {
    return { name, value: cutUnits(value, length), note: `Its end was cut off: the column has ${length} characters.` }
  }
  // Admins make columns longer: what the usual length is says nothing where the real one can't be read.
  if (state !== 'read') return { name, value }
  return { leave: `It is longer than the ${length} characters of this column. Give it a maxLength in the mapping.` }
}

/** Opting out is the only direction there is. */
function closeChannels(sent: SentColumns, { optOut = [], recordId }: RecordWrite, table: Table): void {
  for (const name of optOut.flatMap((channel) => OptOutColumns[channel])) {
    const column = table.column(name)
    const isWritable = recordId === null ? column?.createable : column?.updateable
    if (isWritable) sent.body[name] = true
    else sent.dropped.push({ field: name, reason: 'Dynamics 365 does not have this column, or keeps it read-only.' })
  }
}

function fillPlaceholders(sent: SentColumns, kind: Kind, { org, settings }: ColumnContext): void {
  const inPlace = { lastname: settings.placeholders.lastName, subject: settings.placeholders.subject }
  for (const name of Demanded[kind]) {
    if (String(sent.body[name] ?? '').trim() !== '') continue
    sent.body[name] = cutUnits(inPlace[name], org.table(kind).column(name)?.length ?? inPlace[name].length)
  }
}

function belongToContact(sent: SentColumns, { contactId }: RecordWrite, kind: Kind, { org, contacts }: ColumnContext): void {
  const [plainId = contactId] = contactId.split('.')
  const contact = kind === 'lead' ? contacts.of(plainId) : null
  const navigation = contact && org.navigation('lead', 'parentcontactid', 'contact')
  const name = `${navigation}@odata.bind`
  if (contact && navigation && !(name in sent.body)) sent.body[name] = `/contacts(${contact.id})`
}

function isContactId(field: string, { settings }: ColumnContext): boolean {
  return field === (contactIdColumnOf(settings) ?? settings.contactIdColumn)
}

function isDemanded(name: string, kind: Kind): boolean {
  return Demanded[kind].some((one) => one === name)
}
