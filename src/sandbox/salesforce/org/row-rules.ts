import type { SoqlValue } from '../soql/org.ts'
import type { ObjectDefinition } from './catalog/object-definition.ts'
import { checkDuplicates } from './duplicates.ts'
import type { Instance } from './instance.ts'
import type { RowError, WriteOptions } from './org.ts'
import { checkPermissionRow } from './permission-rules.ts'
import { problem } from './problem.ts'
import { checkReferences } from './references.ts'
import type { Row } from './tables.ts'
import { checkTask } from './task-rules.ts'

type Values = Readonly<Record<string, SoqlValue>>

/** One row as it would be after the write. */
export interface RowPlan {
  readonly object: ObjectDefinition
  readonly existing: Row | null
  readonly changes: Values
  readonly merged: Values
}

/**
 * The rules about a whole row, in Salesforce's order of execution: required fields and references, the admin's validation rule,
 * duplicate rules, and at last what the database refuses. The first kind that finds something ends it.
 */
export function checkRow(instance: Instance, plan: RowPlan, options: WriteOptions): readonly RowError[] {
  const steps = [
    () => checkRequired(instance, plan),
    () => checkReferences(instance, plan.object, plan.changes),
    () => (plan.object.name === 'Task' ? checkTask(instance, plan.changes, plan.merged) : []),
    () => checkPermissionRow(instance, plan.object.name, plan.merged, plan.existing?.Id ?? null),
    () => checkValidationRule(instance, plan),
    () => checkDuplicates(instance, plan.object.name, plan.merged, plan.changes, options) ?? [],
    () => checkUnique(instance, plan),
  ]
  for (const step of steps) {
    const found = [step()].flat()
    if (found.length > 0) return found
  }
  return []
}

function checkRequired(instance: Instance, { object, existing, changes, merged }: RowPlan): RowError[] {
  const needed = object.fields.filter((field) => field.createable && !field.nillable && field.type !== 'boolean')
  const missing = needed
    .filter((field) => (existing === null || field.name in changes) && merged[field.name] == null)
    .map((field) => field.name)
  return missing.length === 0 ? [] : [problem('REQUIRED_FIELD_MISSING', instance.say.required(missing), missing)]
}

function checkValidationRule({ rules, say }: Instance, { object, merged }: RowPlan): RowError[] {
  const rule = rules.validationRule
  if (rule === null || rule.object !== object.name || merged[rule.field] !== rule.forbidden) return []
  return [problem('FIELD_CUSTOM_VALIDATION_EXCEPTION', say.validationRule())]
}

function checkUnique(instance: Instance, { object, existing, changes }: RowPlan): RowError[] {
  const { access, say, tables } = instance
  for (const field of object.fields) {
    const value = changes[field.name]
    if (!field.unique || value == null) continue
    const holder = tables.holders(object.name, field.name, value).find((row) => row.Id !== existing?.Id)
    if (holder === undefined) continue
    // A holder that the user can't see is not named.
    const id = access.sees(object.name, holder) ? holder.Id : '<unknown>'
    return [problem('DUPLICATE_VALUE', say.duplicateValue(field.name, id))]
  }
  return []
}
