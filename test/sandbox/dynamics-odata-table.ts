import fc from 'fast-check'
import { runQuery } from '../../src/sandbox/dynamics/odata/query.ts'
import type { ColumnType, QueryError, QueryRow, QueryRows, QueryTable } from '../../src/sandbox/dynamics/odata/table.ts'

const columns: Readonly<Record<string, ColumnType>> = {
  leadid: 'Uniqueidentifier',
  subject: 'String',
  lastname: 'String',
  emailaddress1: 'String',
  description: 'Memo',
  numberofemployees: 'Integer',
  revenue: 'Money',
  leadsourcecode: 'Picklist',
  statecode: 'State',
  donotemail: 'Boolean',
  createdon: 'DateTime',
  followupon: 'DateOnly',
  _ownerid_value: 'Owner',
}

/** `00000000-0000-0000-0000-00000000000n` */
export function guid(n: number): string {
  return `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`
}

/** Leads as the org stores them: every column is there, and their ids count from 1 in the order given. */
export function leadTable(rows: readonly QueryRow[]): QueryTable {
  const empty = Object.fromEntries(Object.keys(columns).map((name) => [name, null]))
  const full = rows.map((row, at) => ({
    ...empty,
    leadid: guid(at + 1),
    '_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'systemuser',
    ...row,
  }))
  return {
    entitySet: 'leads',
    logicalName: 'lead',
    primaryId: 'leadid',
    column(name) {
      const type = columns[name === 'ownerid' ? '_ownerid_value' : name]
      return type === undefined ? null : { type, queryName: name === 'ownerid' ? '_ownerid_value' : name }
    },
    rows: () => full,
  }
}

export function ask(rows: readonly QueryRow[], query: string, maxPageSize = 5000): QueryRows {
  const result = runQuery(leadTable(rows), query, { maxPageSize })
  if (result.kind === 'error') throw new Error(`refused: ${result.message}`)
  return result
}

/** The subjects of the leads that a filter finds; it is encoded whole, as a careful client does. */
export function subjectsWhere(rows: readonly QueryRow[], filter: string): unknown[] {
  return ask(rows, `$filter=${encodeURIComponent(filter)}`).rows.map(({ subject }) => subject)
}

export function refusalOf(query: string): QueryError {
  const result = runQuery(leadTable([]), query, { maxPageSize: 5000 })
  if (result.kind === 'rows') throw new Error('not refused')
  return result
}

/** Any code point but half a surrogate pair. Not fast-check's own unit 'binary', which takes seconds to be made. */
export const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((codePoint) => String.fromCodePoint(codePoint))
