import type { TableDefinition } from './catalog/table-definition.ts'
import { queryNameOf } from './column.ts'
import { isGuid } from './guid.ts'
import type { Instance } from './instance.ts'
import type { Key, OrgError, OrgRow } from './org.ts'
import { isProblem, problem } from './problem.ts'
import type { AlternateKey } from './schema.ts'

export interface FoundRow {
  readonly id: string
  readonly row: OrgRow
}

/** A key predicate that the table understands. */
export interface KnownKey {
  /** By the primary id: the id a new row would have. */
  readonly id: string | null
  /** By an alternate key: its columns' values, by query name. */
  readonly values: Readonly<Record<string, unknown>>
  readonly found: FoundRow | null
}

// Keys with these can't be reached, encoded or not:
// https://learn.microsoft.com/power-apps/developer/data-platform/define-alternate-keys-entity
const unreachable = /[/<>*%&:\\?+]/

/** Only active keys count. Undeclared, or with a value that no URL can carry: 400 0x80060888. */
export function readKey(instance: Instance, table: TableDefinition, key: Key): KnownKey | OrgError {
  const { schema, say, store } = instance
  const refusal = problem(400, '0x80060888', say.unknownKey(table.logicalName))
  const names = 'id' in key ? [] : Object.keys(key.alternate)
  // The primary id may be written with its name: leads(leadid=…).
  const primary = 'id' in key ? key.id : names.length === 1 ? key.alternate[table.primaryId] : undefined
  if ('id' in key || primary !== undefined) {
    if (typeof primary !== 'string' || !isGuid(primary)) return refusal
    const id = primary.toLowerCase()
    const row = store.find(table.logicalName, id)
    return { id, values: {}, found: row === undefined ? null : { id, row } }
  }
  const declared = schema
    .keys(table.logicalName)
    .find((one) => one.status === 'Active' && sameNames(queryNamesOf(instance, one), names))
  if (declared === undefined) return refusal
  const columns = queryNamesOf(instance, declared)
  const values = columns.map((name) => key.alternate[name])
  if (values.some((value) => typeof value === 'string' && unreachable.test(value))) return refusal
  const [id] = store.holders(table.logicalName, columns, values)
  const row = id === undefined ? undefined : store.find(table.logicalName, id)
  return { id: null, values: key.alternate, found: id === undefined || row === undefined ? null : { id, row } }
}

/** 404 0x80040217, by an alternate key 0x80060891. */
export function findByKey(instance: Instance, table: TableDefinition, key: Key): FoundRow | OrgError {
  const known = readKey(instance, table, key)
  if (isProblem(known)) return known
  return known.found ?? missing(instance, table, known)
}

export function missing({ say }: Instance, table: TableDefinition, key: KnownKey): OrgError {
  if (key.id === null) return problem(404, '0x80060891', say.noRowOfKey(table.logicalName))
  return problem(404, '0x80040217', say.noSuchRow(table.logicalName, key.id))
}

/** The active key that another row has already: 412 0x80060892. */
export function checkUnique(instance: Instance, table: TableDefinition, id: string, merged: OrgRow): OrgError | null {
  const { schema, say, store } = instance
  for (const key of schema.keys(table.logicalName)) {
    if (key.status !== 'Active') continue
    const columns = queryNamesOf(instance, key)
    const values = columns.map((name) => merged[name])
    const holder = store.holders(table.logicalName, columns, values).find((one) => one !== id)
    if (holder !== undefined) return problem(412, '0x80060892', say.keyViolated(key.label, key.columns))
  }
  return null
}

export function queryNamesOf({ schema }: Pick<Instance, 'schema'>, key: AlternateKey): string[] {
  return key.columns.map((name) => {
    const column = schema.column(key.table, name)
    return column === undefined ? name : queryNameOf(column)
  })
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name))
}
