import type { FieldValue } from '../../../src/core/index.ts'
import { isNone, type Kind, ObjectNames, type Org } from '../org/org.ts'
import { decode } from '../wire.ts'

/** Read with every record beside the fields asked for. */
const Circumstantial: Readonly<Record<Kind, readonly string[]>> = {
  lead: ['IsConverted', 'ConvertedContactId', 'Status'],
  contact: [],
}
const Always = ['Email', 'OwnerId', 'LastModifiedDate', 'DoNotCall', 'HasOptedOutOfEmail']
/** Only where deleted records may be among the answers. */
const OfDeleted = ['IsDeleted', 'MasterRecordId']

const FieldName = /^[A-Za-z]\w*$/
// Parts of an address make up these; a query answers them as an object, and nothing can be written to them.
const Compound = new Set(['address', 'location', 'base64', 'complexvalue'])

/** Which columns a query of one kind of object selects, and what they hold for the fields that were asked for. */
export interface Columns {
  /** `SELECT … FROM …`. */
  readonly select: string
  /** The same, with what tells whether a record was deleted or merged. */
  readonly selectDeleted: string
  /** A field of a record by the name it was asked for, in any letter case; null where it is empty, hidden or not there. */
  read(row: Row, name: string): FieldValue
}

/** One record of an answer: values by field name in lower case. */
export type Row = ReadonlyMap<string, unknown>

export interface ColumnContext {
  readonly org: Pick<Org, 'object'>
  readonly contactIdField: string
}

/** Only columns that the user may see: Salesforce refuses a whole query for one that it does not show. */
export function columnsOf(kind: Kind, asked: Iterable<string>, context: ColumnContext): Columns {
  const columnsFor = (name: string) => columnsBehind(kind, name, context.org)
  const contactId = contactIdColumn(kind, context)
  const own = ['Id', ...Always, ...Circumstantial[kind], ...(contactId === null ? [] : [contactId])]
  const list = columnList([...own, ...asked].flatMap(columnsFor))
  const withDeleted = columnList([...list, ...OfDeleted.flatMap(columnsFor)])
  return {
    select: `SELECT ${list.join(', ')} FROM ${ObjectNames[kind]}`,
    selectDeleted: `SELECT ${withDeleted.join(', ')} FROM ${ObjectNames[kind]}`,
    read(row, name) {
      const typeOf = (column: string) => context.org.object(kind)?.field(column)?.type
      const values = columnsFor(name).map((column) => decode(row.get(column.toLowerCase()), typeOf(column)))
      return values.find((value) => value !== null) ?? null
    },
  }
}

/** By which field records can be found with our contact id; null where there is none that the user may ask by. */
export function contactIdColumn(kind: Kind, { org, contactIdField }: ColumnContext): string | null {
  return isNone(contactIdField) ? null : searchable(kind, contactIdField, org)
}

/** The field, where the user may see it and ask by it: not by a text that is encrypted in a way that can't be compared. */
export function searchable(kind: Kind, name: string, org: Pick<Org, 'object'>): string | null {
  const object = org.object(kind)
  if (object === null) return name
  const field = object.field(name)
  return field?.filterable ? field.name : null
}

/**
 * The columns that answer for a field, the first that holds something. With state and country picklists that is the code's: with it a lead's
 * country is compared, and it is what is written. https://help.salesforce.com/s/articleView?id=sf.admin_state_country_picklists_overview.htm
 */
function columnsBehind(kind: Kind, name: string, org: Pick<Org, 'object'>): string[] {
  const object = org.object(kind)
  if (object === null) return FieldName.test(name) && !isNone(name) ? [name] : []
  const code = /(state|country)$/i.test(name) ? object.field(`${name}Code`) : undefined
  const field = object.field(name)
  return [code, field].flatMap((one) => (one === undefined || Compound.has(one.type) ? [] : [one.name]))
}

/** Each once: Salesforce refuses a column that is named twice, in any letter case. */
function columnList(names: readonly string[]): string[] {
  const listed = new Map<string, string>()
  for (const name of names) if (!listed.has(name.toLowerCase())) listed.set(name.toLowerCase(), name)
  return [...listed.values()]
}
