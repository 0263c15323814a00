import { defineField, type FieldDefinition, type FieldExtras, picklist } from './field.ts'
import { makeId } from './ids.ts'
import type { Instance } from './instance.ts'
import type { RowError, RowResult } from './org.ts'
import { failed, problem } from './problem.ts'

type Metadata = Readonly<Record<string, unknown>>

interface TypeRule {
  readonly type: string
  /** Allowed lengths where the metadata must give one. */
  readonly lengths?: readonly [number, number]
  readonly fixedLength?: number
  readonly mayBeKey?: boolean
  /** Metadata that must be there besides `type` and `label`. */
  readonly needs?: readonly string[]
}

// https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_field_types.htm
const types: Readonly<Record<string, TypeRule>> = {
  Text: { type: 'string', lengths: [1, 255], mayBeKey: true },
  TextArea: { type: 'textarea', fixedLength: 255 },
  LongTextArea: { type: 'textarea', lengths: [256, 131_072], needs: ['visibleLines'] },
  DateTime: { type: 'datetime' },
  Date: { type: 'date' },
  Number: { type: 'double', needs: ['precision', 'scale'], mayBeKey: true },
  Currency: { type: 'currency', needs: ['precision', 'scale'] },
  Percent: { type: 'percent', needs: ['precision', 'scale'] },
  Checkbox: { type: 'boolean', needs: ['defaultValue'] },
  Email: { type: 'email', mayBeKey: true },
  Phone: { type: 'phone' },
  Url: { type: 'url' },
  Picklist: { type: 'picklist', needs: ['valueSet'] },
}

const customizable = ['Lead', 'Contact', 'Account', 'Activity']

/** The Tooling API's CustomField create. The new field is visible to nobody until a FieldPermissions row grants it. */
export function addCustomField(instance: Instance, fullName: string, metadata: Metadata): RowResult {
  const [objectName = '', name = ''] = fullName.split('.')
  // Fields of tasks and events are made on Activity and show on both: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_task.htm
  const object = instance.schema.object(objectName === 'Activity' ? 'Task' : objectName)
  if (object === undefined || !customizable.includes(objectName)) {
    return refuse(
      'INVALID_CROSS_REFERENCE_KEY',
      `Entity Enumeration Or ID: bad value for restricted picklist field: ${objectName}`,
    )
  }
  const found = checkName(name) ?? checkMetadata(metadata, objectName, instance.rules.taskExternalId)
  if (found !== null) return failed(found)
  if (instance.schema.field(object, name) !== undefined) {
    return refuse('DUPLICATE_DEVELOPER_NAME', `There is already a field named ${name.replace(/__c$/, '')} on ${objectName}.`)
  }
  const field = toField(name, metadata)
  instance.schema.add(object.name, field)
  if (field.type === 'boolean') fillRows(instance, object.name, field)
  return { success: true, id: makeId('00N', instance.schema.added().length), created: true }
}

function checkName(name: string): RowError | null {
  if (/^[A-Za-z](?:_?[A-Za-z0-9])*__c$/.test(name) && name.length <= 43) return null
  const message = `Custom Field Name: the name must end in __c, begin with a letter, hold letters, digits and single underscores, at most 40: ${name}`
  return problem('FIELD_INTEGRITY_EXCEPTION', message, ['FullName'])
}

function checkMetadata(metadata: Metadata, objectName: string, taskExternalId: boolean): RowError | null {
  const rule = types[String(metadata.type)]
  if (rule === undefined) return problem('INVALID_FIELD', `Invalid field type: ${String(metadata.type)}`, ['type'])
  const missing = ['label', ...(rule.needs ?? [])].filter((name) => metadata[name] === undefined || metadata[name] === null)
  if (missing.length > 0)
    return problem('REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, missing)
  const length = Number(metadata.length)
  const [least, most] = rule.lengths ?? [0, Number.POSITIVE_INFINITY]
  if (rule.lengths !== undefined && !(length >= least && length <= most)) {
    return integrity(`Length must be between ${least} and ${most} for ${String(metadata.type)}`, 'length')
  }
  const key = metadata.externalId === true || metadata.unique === true
  if (key && rule.mayBeKey !== true)
    return integrity(`Cannot specify 'externalId' or 'unique' for a CustomField of type ${String(metadata.type)}`, 'externalId')
  if (key && objectName === 'Activity' && !taskExternalId)
    return integrity('Activity fields cannot be external ids', 'externalId')
  return null
}

function toField(name: string, metadata: Metadata): FieldDefinition {
  const rule = types[String(metadata.type)]
  const key = metadata.externalId === true
  const length = rule?.fixedLength ?? (rule?.lengths === undefined ? null : Number(metadata.length))
  const extras: FieldExtras = {
    custom: true,
    label: String(metadata.label),
    ...(length === null ? {} : { length }),
    precision: Number(metadata.precision ?? 0),
    scale: Number(metadata.scale ?? 0),
    externalId: key,
    idLookup: key,
    unique: metadata.unique === true,
    caseSensitive: metadata.caseSensitive === true,
    ...(metadata.required === true ? { nillable: false } : {}),
    ...(typeof metadata.inlineHelpText === 'string' ? { inlineHelpText: metadata.inlineHelpText } : {}),
    ...(rule?.type === 'boolean' ? { defaultValue: String(metadata.defaultValue) === 'true' } : {}),
    ...(rule?.type === 'picklist' ? picklistExtras(metadata.valueSet) : {}),
  }
  return defineField(name, rule?.type ?? 'string', extras)
}

/** `valueSet: { restricted, valueSetDefinition: { value: [{ fullName, label, default }] } }` */
function picklistExtras(valueSet: unknown): FieldExtras {
  const { restricted, valueSetDefinition } = asRecord(valueSet)
  const values = asRecord(valueSetDefinition).value
  const names = Array.isArray(values) ? values.map((one) => String(asRecord(one).fullName)) : []
  return { restrictedPicklist: restricted === true, picklistValues: picklist(names) }
}

/** A checkbox is never empty: records from before it have its default. */
function fillRows({ tables }: Instance, object: string, field: FieldDefinition): void {
  for (const row of [...tables.rows(object)]) tables.put(object, { ...row, [field.name]: field.defaultValue })
}

function asRecord(value: unknown): Metadata {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function integrity(message: string, field: string): RowError {
  return problem('FIELD_INTEGRITY_EXCEPTION', message, [field])
}

function refuse(code: string, message: string): RowResult {
  return failed(problem(code, message))
}
