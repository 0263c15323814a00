import type { TableDefinition } from './catalog/table-definition.ts'
import { queryNameOf, targetNameOf } from './column.ts'
import type { Instance } from './instance.ts'
import { findByKey } from './keys.ts'
import type { Key, OrgError, OrgRow } from './org.ts'
import { checkPrivilege } from './privileges.ts'
import { isProblem } from './problem.ts'
import { checkMatch } from './writes.ts'

/** Where tasks and notes point to what they are about. */
export const children = [
  { table: 'task', column: '_regardingobjectid_value' },
  { table: 'annotation', column: '_objectid_value' },
] as const

/** Deletes a row with its tasks and notes; other rows that pointed to it point nowhere. */
export function removeRow(
  instance: Instance,
  table: TableDefinition,
  key: Key,
  ifMatch: string | null,
  userId: string,
): OrgError | null {
  const refusal = checkPrivilege(instance, table, 'Delete', userId)
  if (refusal !== null) return refusal
  const found = findByKey(instance, table, key)
  if (isProblem(found)) return found
  const stale = checkMatch(instance, found.row, ifMatch)
  if (stale !== null) return stale
  erase(instance, table.logicalName, found.id)
  return null
}

function erase(instance: Instance, table: string, id: string): void {
  for (const child of children) {
    for (const childId of instance.store.holders(child.table, [child.column], [id])) erase(instance, child.table, childId)
  }
  instance.store.erase(table, id)
  unlink(instance, table, id)
}

function unlink({ schema, store }: Instance, target: string, id: string): void {
  for (const table of schema.tables().filter((one) => one.sales)) {
    const lookups = table.columns.filter((column) => column.targets.some((one) => one.table === target)).map(queryNameOf)
    if (lookups.length === 0) continue
    for (const row of [...store.rows(table.logicalName)]) {
      const cleared = clearedOf(row, lookups, id)
      if (cleared !== null) store.put(table.logicalName, String(row[table.primaryId]), { ...row, ...cleared })
    }
  }
}

function clearedOf(row: OrgRow, lookups: readonly string[], id: string): OrgRow | null {
  const pointing = lookups.filter((name) => row[name] === id)
  if (pointing.length === 0) return null
  return Object.fromEntries(pointing.flatMap((name) => [name, targetNameOf(name)]).map((name) => [name, null]))
}
