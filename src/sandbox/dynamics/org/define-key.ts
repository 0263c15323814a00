import type { TableDefinition } from './catalog/table-definition.ts'
import { badDefinition, checkSchemaName, readLabel } from './definition-body.ts'
import type { Instance } from './instance.ts'
import { queryNamesOf } from './keys.ts'
import { keyId } from './metadata-rows.ts'
import type { OrgError, RowValues, WriteResult } from './org.ts'
import { failed, problem } from './problem.ts'
import type { AlternateKey } from './schema.ts'

// https://learn.microsoft.com/power-apps/developer/data-platform/define-alternate-keys-entity
const keyTypes = ['Decimal', 'Integer', 'String', 'DateTime', 'DateOnly', 'Lookup', 'Picklist']
const maxKeys = 10
const maxColumns = 16
const maxBytes = 900

/** A POST of a key definition. Its index is built at once, or when somebody activates it, as the org is set. */
export function defineAlternateKey(instance: Instance, table: TableDefinition, body: RowValues): WriteResult {
  const { schema, say } = instance
  const columns = Array.isArray(body.KeyAttributes) ? body.KeyAttributes.map(String) : []
  const label = readLabel(body.DisplayName)
  const refusal =
    checkSchemaName(instance, body.SchemaName) ??
    (label === undefined ? badDefinition(instance, 'DisplayName', 'it must have a label.') : null) ??
    checkColumns(instance, table, columns)
  if (refusal !== null) return failed(refusal)
  const schemaName = String(body.SchemaName)
  const logicalName = schemaName.toLowerCase()
  if (schema.keys(table.logicalName).some((key) => key.logicalName === logicalName)) {
    return failed(problem(400, '0x80060884', say.existsAlready('key', logicalName)))
  }
  const key: AlternateKey = {
    table: table.logicalName,
    logicalName,
    schemaName,
    label: label ?? schemaName,
    columns,
    status: 'Pending',
  }
  schema.setKey(key)
  if (instance.rules.keyIndex === 'at-once') activateKey(instance, key)
  return { kind: 'created', id: keyId(key) }
}

/** Builds the index of a pending key: Active, or Failed when two rows have the same values. */
export function activateKey(instance: Instance, key: AlternateKey): boolean {
  const names = queryNamesOf(instance, key)
  const seen = new Set<string>()
  let unique = true
  for (const row of instance.store.rows(key.table)) {
    const values = names.map((name) => row[name])
    if (values.some((value) => value == null)) continue
    const entry = JSON.stringify(values).toLowerCase()
    unique &&= !seen.has(entry)
    seen.add(entry)
  }
  instance.schema.setKey({ ...key, status: unique ? 'Active' : 'Failed' })
  instance.store.index(key.table)
  return unique
}

function checkColumns(instance: Instance, table: TableDefinition, columns: readonly string[]): OrgError | null {
  if (!table.customizable) return badDefinition(instance, 'SchemaName', `${table.logicalName} takes no keys.`)
  if (columns.length === 0 || columns.length > maxColumns) {
    return badDefinition(instance, 'KeyAttributes', `it must name 1 to ${maxColumns} columns.`)
  }
  if (instance.schema.keys(table.logicalName).length >= maxKeys) {
    return badDefinition(instance, 'KeyAttributes', `a table has at most ${maxKeys} keys.`)
  }
  let bytes = 0
  for (const name of columns) {
    const column = instance.schema.column(table.logicalName, name)
    if (column === undefined) return badDefinition(instance, 'KeyAttributes', `there is no column ${name}.`)
    const isSecured = instance.rules.securedColumns.has(`${table.logicalName}.${name}`)
    if (!keyTypes.includes(column.type) || isSecured) {
      return badDefinition(instance, 'KeyAttributes', `the column ${name} can't be part of a key.`)
    }
    bytes += (column.maxLength ?? 8) * 2
  }
  return bytes > maxBytes
    ? badDefinition(instance, 'KeyAttributes', `a key has at most ${maxBytes} bytes, this one has ${bytes}.`)
    : null
}
