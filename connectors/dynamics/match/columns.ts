import type { FieldValue } from '../../../src/core/index.ts'
import type { Org } from '../org/org.ts'
import { IdColumns, type Kind } from '../org/table.ts'
import type { WireRecord } from '../wire.ts'
import { decode, readName } from '../write/values.ts'

export const EmailColumn = 'emailaddress1'

/** Read with every record beside the columns asked for. */
const Circumstantial: Readonly<Record<Kind, readonly string[]>> = { lead: ['parentcontactid'], contact: [] }
const Always = ['ownerid', 'modifiedon', 'statecode', 'merged', 'masterid', 'donotemail', 'donotphone']
/** Of a solution that not every environment has: the person opted out of everything. */
export const PrivacyColumn = 'msdyn_gdproptout'
/** Lookups that every environment has, for where its definitions can't be read. */
const ReadAs: Readonly<Record<string, string>> = { masterid: '_masterid_value' }
const LogicalName = /^[a-z_][a-z0-9_]*$/

/** Which columns a query of one table selects, and what they hold for the fields that were asked for. */
export interface Columns {
  /** `leadid,emailaddress1,…`. */
  readonly select: string
  /** A field of a record by the name it was asked for; null where it is empty, hidden or not there. */
  read(row: WireRecord, name: string): FieldValue
}

/** Only columns that are there: Dataverse refuses a whole query for one that it does not know. `contactIdColumn`: null where this table has none. */
export function columnsOf(
  kind: Kind,
  asked: Iterable<string>,
  { org, contactIdColumn }: { readonly org: Pick<Org, 'table'>; readonly contactIdColumn: string | null },
): Columns {
  const table = org.table(kind)
  const columnBehind = (name: string): string | null => {
    const column = table.column(name)
    if (column) return readName(column)
    return table.state === 'read' || !LogicalName.test(name) ? null : (ReadAs[name] ?? name)
  }
  const own = [EmailColumn, ...Always, ...Circumstantial[kind], ...(contactIdColumn === null ? [] : [contactIdColumn])]
  // Asked only where it is known to be there.
  if (table.column(PrivacyColumn)) own.push(PrivacyColumn)
  const names = [...own, ...asked].flatMap((name) => columnBehind(name) ?? [])
  return {
    select: [...new Set([IdColumns[kind], ...names])].join(','),
    read(row, name) {
      const behind = columnBehind(name)
      return behind !== null && Object.hasOwn(row, behind) ? decode(row[behind], table.column(name)) : null
    },
  }
}
