import type { TableDefinition } from './catalog/table-definition.ts'
import { type ColumnDefinition, queryNameOf, targetNameOf } from './column.ts'
import type { Instance } from './instance.ts'
import type { OrgRow, OrgTable } from './org.ts'

/** A table as queries see it. */
export function toOrgTable(instance: Instance, table: TableDefinition): OrgTable {
  const { schema, store } = instance
  const { logicalName, entitySet, primaryId, primaryName } = table
  return {
    entitySet,
    logicalName,
    primaryId,
    primaryName,
    column(name) {
      const column = schema.columnByQueryName(logicalName, name)
      return column === undefined ? null : { type: column.type, queryName: queryNameOf(column) }
    },
    rows: () => store.rows(logicalName),
    row: (id) => store.find(logicalName, id.toLowerCase()) ?? null,
    formatted(queryName, row) {
      const column = schema.columnByQueryName(logicalName, queryName)
      const value = row[queryName]
      return column === undefined || value === null || value === undefined ? null : shown(instance, column, value, row)
    },
  }
}

function shown({ schema, store }: Instance, column: ColumnDefinition, value: unknown, row: OrgRow): string | null {
  if (column.type === 'Lookup' || column.type === 'Owner') {
    const target = schema.byName(String(row[targetNameOf(queryNameOf(column))]))
    const found = target === undefined ? undefined : store.find(target.logicalName, String(value))
    const name = target === undefined ? null : found?.[target.primaryName]
    return typeof name === 'string' ? name : null
  }
  const option = column.options.find((one) => one.value === Number(value))
  if (option !== undefined) return option.label
  return typeof value === 'number' ? value.toLocaleString('en-US') : null
}
