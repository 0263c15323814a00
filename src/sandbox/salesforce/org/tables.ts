import { createUndo } from '../../undo.ts'
import type { QueryableRow, SoqlValue } from '../soql/org.ts'
import type { ObjectDefinition } from './catalog/object-definition.ts'
import { makeId } from './ids.ts'
import type { Schema } from './schema.ts'

export type Row = QueryableRow & { readonly Id: string }

export interface SavedTable {
  readonly object: string
  readonly nextId: number
  readonly rows: readonly Row[]
}

/** The rows of every object. A row is replaced, never changed in place, so that whoever holds one holds what was true then. */
export interface Tables {
  nextId(object: ObjectDefinition): string
  /** Inserts, or replaces the row of the same id. */
  put(object: string, row: Row): void
  erase(object: string, id: string): void
  find(object: string, id: string): Row | undefined
  rows(object: string): Iterable<Row>
  /** Live rows by the value of a key field (unique, external id or idLookup), without regard to case. */
  holders(object: string, field: string, value: SoqlValue): Row[]
  /** Grows with every change of the object's rows. */
  version(object: string): number
  atomically<T>(work: () => { readonly keep: boolean; readonly value: T }): T
  clear(object: string): void
  save(): SavedTable[]
  load(saved: readonly SavedTable[]): void
}

interface Table {
  nextId: number
  version: number
  readonly rows: Map<string, Row>
  readonly keys: Map<string, Set<string>>
}

// High enough that ids soon have small and capital letters.
const firstId = 700_001

export function createTables(schema: Schema): Tables {
  const tables = new Map<string, Table>()
  const undo = createUndo()
  let clock = 0

  function tick(): number {
    clock += 1
    return clock
  }

  function table(object: string): Table {
    const known = tables.get(object)
    if (known !== undefined) return known
    const fresh: Table = { nextId: firstId, version: tick(), rows: new Map(), keys: new Map() }
    tables.set(object, fresh)
    return fresh
  }

  function keysOf(object: string, row: Row): string[] {
    const keys = (schema.object(object)?.fields ?? []).filter((field) => field.unique || field.externalId || field.idLookup)
    return keys.flatMap((field) => keyOf(field.name, row[field.name] ?? null))
  }

  function set(object: string, id: string, row: Row | undefined): void {
    const { rows, keys } = table(object)
    const old = rows.get(id)
    if (old !== undefined) for (const key of keysOf(object, old)) keys.get(key)?.delete(id)
    table(object).version = tick()
    if (row === undefined) {
      rows.delete(id)
      return
    }
    rows.set(id, row)
    for (const key of keysOf(object, row)) {
      const holders = keys.get(key) ?? new Set()
      keys.set(key, holders.add(id))
    }
  }

  function change(object: string, id: string, row: Row | undefined): void {
    const old = table(object).rows.get(id)
    undo.note(() => set(object, id, old))
    set(object, id, row)
  }

  return {
    nextId(object) {
      const counted = table(object.name)
      const id = makeId(object.keyPrefix, counted.nextId)
      counted.nextId += 1
      return id
    },
    put: (object, row) => change(object, row.Id, row),
    erase: (object, id) => change(object, id, undefined),
    find: (object, id) => table(object).rows.get(id),
    rows: (object) => table(object).rows.values(),
    holders(object, field, value) {
      const { rows, keys } = table(object)
      const ids = keyOf(field, value).flatMap((key) => [...(keys.get(key) ?? [])])
      return ids.flatMap((id) => rows.get(id) ?? []).filter((row) => row.IsDeleted !== true)
    },
    version: (object) => table(object).version,
    atomically: undo.atomically,
    clear(object) {
      // The sequence goes on: an id that a client still remembers must be nobody, not somebody else.
      const { rows, keys } = table(object)
      rows.clear()
      keys.clear()
      table(object).version = tick()
    },
    save: () => [...tables].map(([object, { nextId, rows }]) => ({ object, nextId, rows: [...rows.values()] })),
    load(saved) {
      tables.clear()
      for (const { object, nextId, rows } of saved) {
        table(object).nextId = nextId
        for (const row of rows) set(object, row.Id, row)
      }
    },
  }
}

function keyOf(field: string, value: SoqlValue): string[] {
  return value === null || value === '' ? [] : [`${field}=${String(value).toLowerCase()}`]
}
