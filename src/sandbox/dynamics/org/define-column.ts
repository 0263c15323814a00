import type { ColumnType } from '../odata/table.ts'
import type { TableDefinition } from './catalog/table-definition.ts'
import { type ColumnExtras, type ColumnOption, defineColumn, queryNameOf } from './column.ts'
import { asRecord, badDefinition, checkSchemaName, readLabel } from './definition-body.ts'
import type { Instance } from './instance.ts'
import { attributeId } from './metadata-rows.ts'
import type { OrgError, RowValues, WriteResult } from './org.ts'
import { failed, isProblem, problem } from './problem.ts'

interface TypeRule {
  readonly type: ColumnType
  /** Reads what only this type has. */
  read(instance: Instance, body: RowValues): ColumnExtras | OrgError
}

// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-update-column-definitions-using-web-api
const rules: Readonly<Record<string, TypeRule>> = {
  StringAttributeMetadata: { type: 'String', read: (instance, body) => readLength(instance, body, 4000, 'Text') },
  MemoAttributeMetadata: { type: 'Memo', read: (instance, body) => readLength(instance, body, 1_048_576, 'TextArea') },
  IntegerAttributeMetadata: { type: 'Integer', read: (_instance, body) => readRange(body, 2_147_483_647) },
  DecimalAttributeMetadata: { type: 'Decimal', read: (_instance, body) => readRange(body, 100_000_000_000) },
  MoneyAttributeMetadata: { type: 'Money', read: (_instance, body) => readRange(body, 100_000_000_000_000) },
  DateTimeAttributeMetadata: { type: 'DateTime', read: (_instance, body) => ({ format: String(body.Format ?? 'DateAndTime') }) },
  BooleanAttributeMetadata: { type: 'Boolean', read: readBoolean },
  PicklistAttributeMetadata: { type: 'Picklist', read: readOptions },
  MultiSelectPicklistAttributeMetadata: { type: 'MultiSelectPicklist', read: readOptions },
}

/** A POST of an attribute definition. The rows that are there have the new column, empty. */
export function defineCustomColumn(instance: Instance, table: TableDefinition, body: RowValues): WriteResult {
  const { schema, store, say } = instance
  const typeName = String(body['@odata.type'] ?? '').replace(/^#?Microsoft\.Dynamics\.CRM\./, '')
  const rule = rules[typeName]
  if (rule === undefined) {
    return failed(badDefinition(instance, '@odata.type', 'it must name the type of a column that can be created.'))
  }
  const label = readLabel(body.DisplayName)
  const refusal =
    checkSchemaName(instance, body.SchemaName) ??
    (label === undefined ? badDefinition(instance, 'DisplayName', 'it must have a label.') : null)
  if (refusal !== null) return failed(refusal)
  if (!table.customizable) return failed(badDefinition(instance, 'SchemaName', `${table.logicalName} takes no columns.`))
  const extras = rule.read(instance, body)
  if (isProblem(extras)) return failed(extras)
  const schemaName = String(body.SchemaName)
  const logicalName = schemaName.toLowerCase()
  if (schema.column(table.logicalName, logicalName) !== undefined) {
    return failed(problem(400, '0x80047013', say.existsAlready('column', logicalName)))
  }
  const isDay = asRecord(body.DateTimeBehavior).Value === 'DateOnly'
  const column = defineColumn(logicalName, isDay ? 'DateOnly' : rule.type, {
    schemaName,
    label: label ?? logicalName,
    custom: true,
    ...extras,
  })
  schema.addColumn(table.logicalName, column)
  for (const row of [...store.rows(table.logicalName)]) {
    store.put(table.logicalName, String(row[table.primaryId]), { ...row, [queryNameOf(column)]: column.defaultValue })
  }
  return { kind: 'created', id: attributeId(table.logicalName, logicalName) }
}

function readLength(instance: Instance, body: RowValues, most: number, format: string): ColumnExtras | OrgError {
  const maxLength = body.MaxLength
  if (typeof maxLength !== 'number' || !Number.isInteger(maxLength) || maxLength < 1 || maxLength > most) {
    return badDefinition(instance, 'MaxLength', `it must be a number from 1 to ${most}.`)
  }
  return { maxLength, format: String(asRecord(body.FormatName).Value ?? body.Format ?? format) }
}

function readRange(body: RowValues, bound: number): ColumnExtras {
  return {
    minValue: Number(body.MinValue ?? -bound),
    maxValue: Number(body.MaxValue ?? bound),
    precision: Number(body.Precision ?? 2),
  }
}

function readBoolean(_instance: Instance, body: RowValues): ColumnExtras {
  const { TrueOption, FalseOption } = asRecord(body.OptionSet)
  const words = [readLabel(asRecord(FalseOption).Label) ?? 'No', readLabel(asRecord(TrueOption).Label) ?? 'Yes']
  return { defaultValue: body.DefaultValue === true, options: words.map((label, value) => ({ value, label })) }
}

function readOptions(instance: Instance, body: RowValues): ColumnExtras | OrgError {
  const listed = asRecord(body.OptionSet).Options
  const options: ColumnOption[] = []
  for (const one of Array.isArray(listed) ? listed : []) {
    const value = asRecord(one).Value
    const label = readLabel(asRecord(one).Label)
    if (typeof value !== 'number' || label === undefined) {
      return badDefinition(instance, 'OptionSet', 'each option must have a number as Value and a Label.')
    }
    options.push({ value, label })
  }
  return { options }
}
