import { createUndo } from '../../undo.ts'
import { queryNameOf, targetNameOf } from './column.ts'
import type { OrgRow } from './org.ts'
import type { Schema } from './schema.ts'

export interface SavedTable {
  readonly table: string
  /** Without their empty columns. */
  readonly rows: readonly OrgRow[]
}

/** The rows of every table. A row is replaced, never changed in place, so that whoever holds one holds what was true then. */
export interface RecordStore {
  /** Inserts, or replaces the row of the same id. */
  put(table: string, id: string, row: OrgRow): void
  erase(table: string, id: string): void
  /** By primary id in lower case. */
  find(table: string, id: string): OrgRow | undefined
  rows(table: string): Iterable<OrgRow>
  /** Ids of the rows with these values, without regard to case, in query names. Only of an active key or an indexed column. */
  holders(table: string, columns: readonly string[], values: readonly unknown[]): readonly string[]
  /** Grows with every write: `versionnumber` and ETag. */
  nextVersion(): number
  /** Builds the indexes again: after a key has become active. */
  index(table: string): void
  atomically<T>(work: () => { readonly keep: boolean; readonly value: T }): T
  clear(table: string): void
  save(): SavedTable[]
  load(saved: readonly SavedTable[]): void
}

interface Table {
  readonly rows: Map<string, OrgRow>
  readonly holders: Map<string, Set<string>>
}

const firstVersion = 1_000_001
const indexedColumns = ['emailaddress1', '_regardingobjectid_value', '_objectid_value']

export function createRecordStore(schema: Schema): RecordStore {
  const tables = new Map<string, Table>()
  const undo = createUndo()
  let version = firstVersion

  function tableOf(name: string): Table {
    const known = tables.get(name)
    if (known !== undefined) return known
    const fresh: Table = { rows: new Map(), holders: new Map() }
    tables.set(name, fresh)
    return fresh
  }

  function entriesOf(table: string, row: OrgRow): string[] {
    return indexesOf(schema, table).flatMap((columns) => {
      const entry = entryOf(
        columns,
        columns.map((column) => row[column]),
      )
      return entry ?? []
    })
  }

  function set(table: string, id: string, row: OrgRow | undefined): void {
    const { rows, holders } = tableOf(table)
    const old = rows.get(id)
    if (old !== undefined) for (const entry of entriesOf(table, old)) holders.get(entry)?.delete(id)
    if (row === undefined) {
      rows.delete(id)
      return
    }
    rows.set(id, row)
    for (const entry of entriesOf(table, row)) holders.set(entry, (holders.get(entry) ?? new Set()).add(id))
  }

  function change(table: string, id: string, row: OrgRow | undefined): void {
    const old = tableOf(table).rows.get(id)
    undo.note(() => set(table, id, old))
    set(table, id, row)
  }

  return {
    put: change,
    erase: (table, id) => change(table, id, undefined),
    find: (table, id) => tableOf(table).rows.get(id),
    rows: (table) => tableOf(table).rows.values(),
    holders(table, columns, values) {
      const entry = entryOf(columns, values)
      return entry === null ? [] : [...(tableOf(table).holders.get(entry) ?? [])]
    },
    nextVersion() {
      version += 1
      return version
    },
    index(table) {
      const { rows, holders } = tableOf(table)
      holders.clear()
      for (const [id, row] of rows) {
        for (const entry of entriesOf(table, row)) holders.set(entry, (holders.get(entry) ?? new Set()).add(id))
      }
    },
    atomically: undo.atomically,
    clear(table) {
      tables.delete(table)
    },
    save: () => [...tables].map(([table, { rows }]) => ({ table, rows: [...rows.values()].map(withoutEmpty) })),
    load(saved) {
      tables.clear()
      version = firstVersion
      for (const { table, rows } of saved) {
        for (const row of rows) version = Math.max(version, Number(row.versionnumber ?? 0))
        fill(table, rows)
      }
    },
  }

  function fill(table: string, rows: readonly OrgRow[]): void {
    const primaryId = schema.byName(table)?.primaryId ?? ''
    const blank = blankRow(schema, table)
    for (const row of rows) set(table, String(row[primaryId]), { ...blank, ...row })
  }
}

/** Every column of the table, empty. */
export function blankRow(schema: Schema, table: string): OrgRow {
  const columns = schema.byName(table)?.columns ?? []
  const names = columns.flatMap((column) => {
    const name = queryNameOf(column)
    return column.targets.length === 0 ? [name] : [name, targetNameOf(name)]
  })
  return Object.fromEntries(names.map((name) => [name, null]))
}

function indexesOf(schema: Schema, table: string): string[][] {
  const active = schema.keys(table).filter((key) => key.status === 'Active')
  const keys = active.map((key) =>
    key.columns.map((name) => queryNameOf(schema.column(table, name) ?? { logicalName: name, type: 'String' })),
  )
  return [...keys, ...indexedColumns.map((name) => [name])]
}

// A key with an empty column is nobody's: Dataverse doesn't enforce uniqueness then.
function entryOf(columns: readonly string[], values: readonly unknown[]): string | null {
  if (values.some((value) => value === null || value === undefined)) return null
  return JSON.stringify([columns, values.map((value) => String(value).toLowerCase())])
}

function withoutEmpty(row: OrgRow): OrgRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}
