import type { SoqlValue } from '../soql/org.ts'
import type { ObjectDefinition } from './catalog/object-definition.ts'
import { toFullId } from './ids.ts'
import type { Instance } from './instance.ts'
import { toDatetime } from './instants.ts'
import type { RowError, RowResult, RowValues, WriteOptions } from './org.ts'
import { checkPlaces } from './places.ts'
import { failed, problem } from './problem.ts'
import { checkRow } from './row-rules.ts'
import { checkRowValues } from './row-values.ts'
import type { Row } from './tables.ts'
import { deriveTask } from './task-rules.ts'

type Values = Readonly<Record<string, SoqlValue>>

export function createRow(instance: Instance, object: ObjectDefinition, values: RowValues, options: WriteOptions): RowResult {
  if (!object.createable) return failed(problem('INVALID_TYPE_FOR_OPERATION', instance.say.notAllowed(object.label)))
  return write(instance, object, null, values, options)
}

/** By a record id of 15 or 18 characters. */
export function updateRow(
  instance: Instance,
  object: ObjectDefinition,
  id: string,
  values: RowValues,
  options: WriteOptions,
): RowResult {
  const existing = findLive(instance, object, id)
  if ('code' in existing) return failed(existing, toFullId(id))
  if (!object.createable)
    return failed(problem('INVALID_TYPE_FOR_OPERATION', instance.say.notAllowed(object.label)), existing.row.Id)
  return write(instance, object, existing.row, values, options)
}

/** The live record that a user means by an id, or why there is none. */
export function findLive(instance: Instance, object: ObjectDefinition, id: string): { readonly row: Row } | RowError {
  const { access, say, tables } = instance
  const fullId = toFullId(id)
  if (fullId === null) return problem('MALFORMED_ID', say.badId('ID', id), ['Id'])
  const row = tables.find(object.name, fullId)
  if (row === undefined) return problem('INVALID_CROSS_REFERENCE_KEY', say.noSuchReference())
  if (row.IsDeleted === true) return problem('ENTITY_IS_DELETED', say.deleted())
  return access.sees(object.name, row) ? { row } : problem('INVALID_CROSS_REFERENCE_KEY', say.noSuchReference())
}

/** Field names of `values` are as the client wrote them; `existing` null makes a new record. */
function write(
  instance: Instance,
  object: ObjectDefinition,
  existing: Row | null,
  values: RowValues,
  options: WriteOptions,
): RowResult {
  const id = existing?.Id ?? null
  const fault = instance.faults.take(object.name, { ...existing, ...values })
  if (fault !== null) return failed(fault, id)
  // Before any look at the values: a converted Lead is read-only as a whole.
  if (existing?.IsConverted === true) return failed(problem('CANNOT_UPDATE_CONVERTED_LEAD', instance.say.converted()), id)

  const creating = existing === null
  const checked = checkRowValues(instance, object, values, creating)
  if (checked.problems.length > 0) return failed(checked.problems, id)
  const before = existing ?? {}
  const placed = instance.rules.countryCodes ? checkPlaces(object.name, before, checked.changes, instance.say) : checked
  if (placed.problems.length > 0) return failed(placed.problems, id)

  const changes = creating ? withDefaults(object, placed.changes, options.userId) : placed.changes
  const plan = { object, existing, changes, merged: { ...before, ...changes } }
  const problems = checkRow(instance, plan, options)
  if (problems.length > 0) return failed(problems, id)
  const row = complete(instance, object, existing, plan.merged, options)
  instance.tables.put(object.name, row)
  return { success: true, id: row.Id, created: creating }
}

function withDefaults(object: ObjectDefinition, changes: Values, userId: string): Values {
  const defaults: Record<string, SoqlValue> = {}
  for (const field of object.fields) {
    if (field.name === 'OwnerId') defaults.OwnerId = userId
    else if (field.defaultValue !== null) defaults[field.name] = field.defaultValue
  }
  // An empty value for a field with a default gets the default, as if it had been left out.
  const given = Object.entries(changes).filter(([name, value]) => value !== null || defaults[name] === undefined)
  return { ...defaults, ...Object.fromEntries(given) }
}

/** What the platform adds after the rules: assignment, fields that follow from others, stamps. */
function complete(
  instance: Instance,
  object: ObjectDefinition,
  existing: Row | null,
  merged: Values,
  options: WriteOptions,
): Row {
  const at = toDatetime(instance.now())
  const queue = object.name === 'Lead' && options.autoAssign ? instance.rules.assignmentQueueId : null
  const created = { Id: existing?.Id ?? instance.tables.nextId(object), CreatedDate: at, CreatedById: options.userId }
  return {
    ...created,
    ...merged,
    ...(queue === null ? {} : { OwnerId: queue }),
    ...(object.name === 'Task' ? deriveTask(instance, existing ?? {}, merged, at) : {}),
    ...derivedName(object.name, merged),
    LastModifiedDate: at,
    LastModifiedById: options.userId,
    SystemModstamp: at,
  }
}

function derivedName(object: string, merged: Values): Values {
  if (object !== 'Lead' && object !== 'Contact') return {}
  return { Name: [merged.FirstName, merged.LastName].filter((part) => part != null).join(' ') }
}
