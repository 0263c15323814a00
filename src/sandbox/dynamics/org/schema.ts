import { annotationTable, taskTable } from './catalog/activities.ts'
import { directoryTables } from './catalog/directory.ts'
import { accountTable, contactTable, leadTable } from './catalog/people.ts'
import type { TableDefinition } from './catalog/table-definition.ts'
import { type ColumnDefinition, queryNameOf } from './column.ts'

export interface AlternateKey {
  readonly table: string
  readonly logicalName: string
  readonly schemaName: string
  readonly label: string
  /** Logical names. */
  readonly columns: readonly string[]
  readonly status: 'Active' | 'Pending' | 'Failed'
}

export interface AddedColumn {
  readonly table: string
  readonly column: ColumnDefinition
}

/** What a navigation property binds. */
export interface Navigation {
  readonly column: ColumnDefinition
  /** Logical names of the tables it may point to. */
  readonly tables: readonly string[]
}

/** Tables, their columns and alternate keys. Names are case-sensitive. */
export interface Schema {
  tables(): readonly TableDefinition[]
  bySet(entitySet: string): TableDefinition | undefined
  byName(logicalName: string): TableDefinition | undefined
  /** By logical name. */
  column(table: string, name: string): ColumnDefinition | undefined
  columnByQueryName(table: string, name: string): ColumnDefinition | undefined
  navigation(table: string, name: string): Navigation | undefined
  addColumn(table: string, column: ColumnDefinition): void
  /** Columns that `addColumn` brought. */
  added(): readonly AddedColumn[]
  keys(table?: string): readonly AlternateKey[]
  /** Adds a key, or replaces the one of the same name. */
  setKey(key: AlternateKey): void
}

interface Entry {
  table: TableDefinition
  readonly columns: Map<string, ColumnDefinition>
  readonly byQueryName: Map<string, ColumnDefinition>
  readonly navigations: Map<string, Navigation>
}

/** `maxLengths` by `table.column`: what the admin changed. */
export function createSchema(maxLengths: Readonly<Record<string, number>> = {}): Schema {
  const tables = [leadTable(), contactTable(), accountTable(), taskTable(), annotationTable(), ...directoryTables()]
  const entries = new Map(tables.map((table) => [table.logicalName, toEntry(withLengths(table, maxLengths))]))
  const sets = new Map(tables.map((table) => [table.entitySet, table.logicalName]))
  const added: AddedColumn[] = []
  let keys: AlternateKey[] = []

  return {
    tables: () => [...entries.values()].map(({ table }) => table),
    bySet: (entitySet) => entries.get(sets.get(entitySet) ?? '')?.table,
    byName: (logicalName) => entries.get(logicalName)?.table,
    column: (table, name) => entries.get(table)?.columns.get(name),
    columnByQueryName: (table, name) => entries.get(table)?.byQueryName.get(name),
    navigation: (table, name) => entries.get(table)?.navigations.get(name),
    addColumn(table, column) {
      const entry = entries.get(table)
      if (entry === undefined || entry.columns.has(column.logicalName)) return
      entry.table = { ...entry.table, columns: [...entry.table.columns, column] }
      note(entry, column)
      added.push({ table, column })
    },
    added: () => added,
    keys: (table) => (table === undefined ? keys : keys.filter((key) => key.table === table)),
    setKey(key) {
      keys = [...keys.filter((one) => one.table !== key.table || one.logicalName !== key.logicalName), key]
    },
  }
}

function withLengths(table: TableDefinition, maxLengths: Readonly<Record<string, number>>): TableDefinition {
  const columns = table.columns.map((column) => {
    const maxLength = maxLengths[`${table.logicalName}.${column.logicalName}`]
    return maxLength === undefined ? column : { ...column, maxLength }
  })
  return { ...table, columns }
}

function toEntry(table: TableDefinition): Entry {
  const entry: Entry = { table, columns: new Map(), byQueryName: new Map(), navigations: new Map() }
  for (const column of table.columns) note(entry, column)
  return entry
}

function note({ columns, byQueryName, navigations }: Entry, column: ColumnDefinition): void {
  columns.set(column.logicalName, column)
  byQueryName.set(queryNameOf(column), column)
  for (const { navigation, table } of column.targets) {
    const known = navigations.get(navigation)?.tables ?? []
    navigations.set(navigation, { column, tables: [...known, table] })
  }
}
