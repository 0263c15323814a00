import type { SoqlValue } from '../soql/org.ts'
import type { ObjectDefinition } from './catalog/object-definition.ts'
import type { FieldDefinition } from './field.ts'
import type { Instance } from './instance.ts'
import type { RowError, RowValues } from './org.ts'
import { problem } from './problem.ts'
import { checkValue } from './values.ts'

export interface CheckedValues {
  readonly changes: Readonly<Record<string, SoqlValue>>
  readonly problems: readonly RowError[]
}

/** Checks the values of one write, field by field, and names the fields as describe does. */
export function checkRowValues(
  instance: Instance,
  object: ObjectDefinition,
  values: RowValues,
  creating: boolean,
): CheckedValues {
  const changes: Record<string, SoqlValue> = {}
  const problems: RowError[] = []
  const blocked: string[] = []
  for (const [name, raw] of Object.entries(values)) {
    const field = instance.schema.field(object, name)
    if (field === undefined) {
      const parent = checkForeignKey(instance, object, name, raw)
      if ('code' in parent) problems.push(parent)
      else changes[parent.field] = parent.id
      continue
    }
    if (field.name === 'Id') problems.push(problem('INVALID_FIELD', instance.say.idGiven(), ['Id']))
    else if (!writable(instance, object, field, creating)) blocked.push(field.name)
    else {
      const verdict = checkValue(field, raw, instance.say)
      if ('code' in verdict) problems.push(verdict)
      else changes[field.name] = verdict.value
    }
  }
  if (blocked.length > 0) problems.unshift(problem('INVALID_FIELD_FOR_INSERT_UPDATE', instance.say.notWritable(blocked), blocked))
  return { changes, problems }
}

function writable(instance: Instance, object: ObjectDefinition, field: FieldDefinition, creating: boolean): boolean {
  return (creating ? field.createable : field.updateable) && instance.access.editable(object, field)
}

/** A parent named by its own key instead of its id: `"Account": {"Ext__c": "a1"}`. */
function checkForeignKey(
  instance: Instance,
  object: ObjectDefinition,
  name: string,
  raw: unknown,
): RowError | { readonly field: string; readonly id: string } {
  const unknown = problem('INVALID_FIELD', instance.say.unknownField(name, object.name), [name])
  const field = object.fields.find((one) => one.relationshipName?.toLowerCase() === name.toLowerCase())
  if (field === undefined || !field.createable || typeof raw !== 'object' || raw === null) return unknown
  const entries = Object.entries(raw).filter(([key]) => key !== 'attributes')
  const [key, value] = entries[0] ?? ['', '']
  for (const parentName of field.referenceTo) {
    const parent = instance.schema.object(parentName)
    const keyField = parent === undefined ? undefined : instance.schema.field(parent, key)
    if (keyField === undefined || !(keyField.externalId || keyField.idLookup)) continue
    const id = instance.tables.holders(parentName, keyField.name, String(value))[0]?.Id
    if (id !== undefined) return { field: field.name, id }
    return problem('INVALID_FIELD', instance.say.noForeignKey(String(value), key, parentName))
  }
  return unknown
}
