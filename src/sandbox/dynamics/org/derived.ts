import type { TableDefinition } from './catalog/table-definition.ts'
import { queryNameOf, targetNameOf } from './column.ts'
import type { Instance } from './instance.ts'
import type { OrgRow } from './org.ts'
import { blankRow } from './record-store.ts'
import { toStoredInstant } from './values.ts'

const addressParts = ['line1', 'line2', 'line3', 'city', 'stateorprovince', 'postalcode', 'country']

/** A new row before anything is set: the defaults of its columns, its owner, its stamps. */
export function freshRow({ schema, now }: Instance, table: TableDefinition, id: string, userId: string): OrgRow {
  const defaults = table.columns
    .filter((column) => column.defaultValue !== null)
    .map((column) => [queryNameOf(column), column.defaultValue])
  const owner = schema.column(table.logicalName, 'ownerid') === undefined ? {} : reference('ownerid', userId, 'systemuser')
  return {
    ...blankRow(schema, table.logicalName),
    ...Object.fromEntries(defaults),
    [table.primaryId]: id,
    ...owner,
    createdon: toStoredInstant(now()),
    ...reference('createdby', userId, 'systemuser'),
  }
}

/** What the platform works out from the row and stamps on it with every write. */
export function completeRow(
  instance: Instance,
  table: TableDefinition,
  row: OrgRow,
  before: OrgRow | null,
  userId: string,
): OrgRow {
  const at = toStoredInstant(instance.now())
  return {
    ...row,
    ...nameOf(table, row),
    ...addressOf(table, row),
    ...owningOf(instance, row),
    ...(table.logicalName === 'task' ? closingOf(row, before, at) : {}),
    ...(table.logicalName === 'annotation' ? noteOf(row) : {}),
    ...(before === null && row.overriddencreatedon != null
      ? { createdon: row.overriddencreatedon, overriddencreatedon: at }
      : {}),
    modifiedon: at,
    ...reference('modifiedby', userId, 'systemuser'),
    versionnumber: instance.store.nextVersion(),
  }
}

/** The two entries of a row that make a lookup. */
export function reference(column: string, id: string | null, table: string): OrgRow {
  const name = queryNameOf({ logicalName: column, type: 'Lookup' })
  return { [name]: id, [targetNameOf(name)]: id === null ? null : table }
}

function nameOf(table: TableDefinition, row: OrgRow): OrgRow {
  if (table.primaryName !== 'fullname') return {}
  const parts = [row.firstname, row.middlename, row.lastname].filter((part) => part != null)
  return { fullname: parts.length === 0 ? null : parts.join(' ') }
}

function addressOf(table: TableDefinition, row: OrgRow): OrgRow {
  if (!table.columns.some((column) => column.logicalName === 'address1_composite')) return {}
  const parts = addressParts.map((part) => row[`address1_${part}`]).filter((part) => part != null)
  return { address1_composite: parts.length === 0 ? null : parts.join('\r\n') }
}

function owningOf({ businessUnitId }: Instance, row: OrgRow): OrgRow {
  if (!('_ownerid_value' in row)) return {}
  const owner = String(row._ownerid_value)
  const isTeam = row[targetNameOf('_ownerid_value')] === 'team'
  return {
    ...reference('owninguser', isTeam ? null : owner, 'systemuser'),
    ...reference('owningteam', isTeam ? owner : null, 'team'),
    ...reference('owningbusinessunit', businessUnitId, 'businessunit'),
  }
}

function closingOf(row: OrgRow, before: OrgRow | null, at: string): OrgRow {
  if (row.statecode === (before?.statecode ?? 0)) return {}
  if (row.statecode === 0) return { actualend: null }
  return { actualend: row.actualend ?? at, ...(row.statecode === 1 ? { percentcomplete: 100 } : {}) }
}

function noteOf(row: OrgRow): OrgRow {
  return { objecttypecode: row[targetNameOf('_objectid_value')] ?? null, isdocument: row.documentbody != null }
}
