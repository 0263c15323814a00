import { attributeTypeOf, attributeTypes } from './attribute-types.ts'
import type { TableDefinition } from './catalog/table-definition.ts'
import { defineCustomColumn } from './define-column.ts'
import { defineAlternateKey } from './define-key.ts'
import type { Instance } from './instance.ts'
import {
  attributeProperties,
  attributeRow,
  entityProperties,
  entityRow,
  keyProperties,
  keyRow,
  namespace,
  relationshipProperties,
  relationshipRows,
} from './metadata-rows.ts'
import type { MetadataSet, OrgError, OrgMetadata, RowValues, WriteResult } from './org.ts'
import { checkCustomization } from './privileges.ts'
import { failed, problem } from './problem.ts'

const nested = ['Attributes', 'Keys', 'ManyToOneRelationships']

/** The definitions of the tables as the Web API's metadata requests answer them. */
export function createMetadata(instance: Instance, changed: () => void): OrgMetadata {
  function read(logicalName: string, answer: (table: TableDefinition) => MetadataSet | OrgError): MetadataSet | OrgError {
    const refusal = readRefusal(instance, logicalName)
    if (refusal !== null) return refusal
    const table = instance.schema.byName(logicalName)
    return table === undefined ? unknown(instance, logicalName) : answer(table)
  }

  function define(logicalName: string, act: (table: TableDefinition) => WriteResult): WriteResult {
    const table = instance.schema.byName(logicalName)
    if (table === undefined) return failed(unknown(instance, logicalName))
    const refusal = checkCustomization(instance, 'prvCreateAttribute', logicalName)
    if (refusal !== null) return failed(refusal)
    const result = act(table)
    changed()
    return result
  }

  return {
    entities() {
      const refusal = readRefusal(instance, 'entity')
      if (refusal !== null) return refusal
      return entitySetOf(instance.schema.tables().map((table) => entityWithAll(instance, table)))
    },
    entity: (name) => read(name, (table) => entitySetOf([entityWithAll(instance, table)])),
    attributes: (name, cast) => read(name, (table) => attributesOf(instance, table, cast)),
    keys: (name) => read(name, (table) => ({ ...set('EntityKeyMetadata', keyProperties), rows: keyRows(instance, table) })),
    manyToOneRelationships: (name) =>
      read(name, (table) => ({
        ...set('OneToManyRelationshipMetadata', relationshipProperties),
        rows: relationshipRows(instance.schema, table),
      })),
    defineColumn: (name, body: RowValues) => define(name, (table) => defineCustomColumn(instance, table, body)),
    defineKey: (name, body: RowValues) => define(name, (table) => defineAlternateKey(instance, table, body)),
  }
}

function attributesOf(instance: Instance, table: TableDefinition, cast: string | null): MetadataSet | OrgError {
  const rows = attributeRows(instance, table)
  if (cast === null) return { ...set('AttributeMetadata', attributeProperties), rows }
  const name = cast.startsWith(namespace) ? cast.slice(namespace.length) : cast
  const type = attributeTypes.find((one) => one.name === name)
  // EnumAttributeMetadata is a type too, and a cast to it is refused: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
  if (type === undefined) return problem(400, '0x80060888', instance.say.unknownCast(`${namespace}${name}`))
  const fitting = table.columns.filter((column) => attributeTypeOf(column) === name).map((column) => column.logicalName)
  return {
    ...set(name, { ...attributeProperties, ...type.properties }),
    expandable: type.expandable,
    rows: rows.filter((row) => fitting.includes(String(row.LogicalName))),
  }
}

function entityWithAll(instance: Instance, table: TableDefinition): Readonly<Record<string, unknown>> {
  return {
    ...entityRow(table),
    Attributes: attributeRows(instance, table),
    Keys: keyRows(instance, table),
    ManyToOneRelationships: relationshipRows(instance.schema, table),
  }
}

function entitySetOf(rows: readonly Readonly<Record<string, unknown>>[]): MetadataSet {
  return { ...set('EntityMetadata', entityProperties), expandable: nested, rows }
}

function attributeRows({ rules }: Instance, table: TableDefinition) {
  return table.columns.map((column) =>
    attributeRow(table, column, rules.securedColumns.has(`${table.logicalName}.${column.logicalName}`)),
  )
}

function keyRows({ schema }: Instance, table: TableDefinition) {
  return schema.keys(table.logicalName).map(keyRow)
}

function set(name: string, properties: MetadataSet['properties']) {
  return { type: `${namespace}${name}`, properties, expandable: [] }
}

function readRefusal(instance: Instance, table: string): OrgError | null {
  return checkCustomization(instance, 'prvReadEntity', table) ?? checkCustomization(instance, 'prvReadAttribute', table)
}

function unknown({ say }: Instance, logicalName: string): OrgError {
  return problem(404, '0x80040217', say.unknownDefinition(logicalName))
}
