import type { SoqlValue } from '../soql/org.ts'
import type { ObjectDefinition } from './catalog/object-definition.ts'
import type { Instance } from './instance.ts'
import type { RowError } from './org.ts'
import { problem } from './problem.ts'
import type { Row } from './tables.ts'

/** Asks of every id that a write sets: the right kind, there, not deleted, and as an owner active. */
export function checkReferences(
  instance: Instance,
  object: ObjectDefinition,
  changes: Readonly<Record<string, SoqlValue>>,
): RowError[] {
  const { say, schema, tables } = instance
  const problems: RowError[] = []
  for (const field of object.fields) {
    const id = changes[field.name]
    if (field.type !== 'reference' || typeof id !== 'string') continue
    const target = schema.objectOf(id)
    const fields = [field.name]
    if (target === undefined || !field.referenceTo.includes(target.name)) {
      problems.push(problem('FIELD_INTEGRITY_EXCEPTION', say.badId(field.label, id), fields))
      continue
    }
    const row = tables.find(target.name, id)
    if (row === undefined) problems.push(problem('INVALID_CROSS_REFERENCE_KEY', say.noSuchReference(), fields))
    else problems.push(...checkTarget(instance, object, field.name, target.name, row))
  }
  return problems
}

function checkTarget(instance: Instance, object: ObjectDefinition, field: string, targetName: string, target: Row): RowError[] {
  const { say } = instance
  if (target.IsDeleted === true) return [problem('ENTITY_IS_DELETED', say.deleted(), [field])]
  if (field === 'OwnerId' && targetName === 'User' && target.IsActive === false) {
    return [problem('INACTIVE_OWNER_OR_USER', say.inactiveOwner(target.Id), [field])]
  }
  if (field === 'OwnerId' && targetName === 'Group' && !serves(instance, target, object.name)) {
    return [problem('INVALID_CROSS_REFERENCE_KEY', say.noSuchReference(), [field])]
  }
  return []
}

/** A queue may own only the objects that it was made for. */
function serves(instance: Instance, queue: Row, object: string): boolean {
  const served = [...instance.tables.rows('QueueSobject')].filter((row) => row.QueueId === queue.Id)
  return served.some((row) => row.SobjectType === object)
}
