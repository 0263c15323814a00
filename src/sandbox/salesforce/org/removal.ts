import type { ObjectDefinition } from './catalog/object-definition.ts'
import { toFullId } from './ids.ts'
import type { Instance } from './instance.ts'
import { toDatetime } from './instants.ts'
import type { RowResult } from './org.ts'
import { failed, problem } from './problem.ts'
import type { Row } from './tables.ts'
import { findLive } from './writes.ts'

/** Into the recycle bin, with the Tasks of the record; objects without a bin lose the row. */
export function removeRow(instance: Instance, object: ObjectDefinition, id: string): RowResult {
  const found = findLive(instance, object, id)
  if ('code' in found) return failed(found, toFullId(id))
  if (!object.deletable) return failed(problem('INVALID_TYPE_FOR_OPERATION', instance.say.notAllowed(object.label)), found.row.Id)
  const fault = instance.faults.take(object.name, found.row)
  if (fault !== null) return failed(fault, found.row.Id)
  bin(instance, object, found.row)
  const tasks = instance.schema.object('Task')
  if (tasks !== undefined) for (const task of tasksOf(instance, found.row.Id)) bin(instance, tasks, task)
  return { success: true, id: found.row.Id, created: false }
}

/** Marks a row deleted; `changes` are written with it. */
export function bin(instance: Instance, object: ObjectDefinition, row: Row, changes: Partial<Row> = {}): void {
  const hasBin = object.fields.some((field) => field.name === 'IsDeleted')
  if (!hasBin) {
    instance.tables.erase(object.name, row.Id)
    return
  }
  instance.tables.put(object.name, {
    ...row,
    ...changes,
    Id: row.Id,
    IsDeleted: true,
    SystemModstamp: toDatetime(instance.now()),
  })
}

export function tasksOf(instance: Instance, personId: string): Row[] {
  return [...instance.tables.rows('Task')].filter((task) => task.WhoId === personId && task.IsDeleted !== true)
}
