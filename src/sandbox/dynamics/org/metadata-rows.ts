import { attributeTypeOf, attributeTypes, labelOf, type Properties, typeCodeOf } from './attribute-types.ts'
import type { TableDefinition } from './catalog/table-definition.ts'
import type { ColumnDefinition } from './column.ts'
import { guidOf } from './guid.ts'
import type { AlternateKey, Schema } from './schema.ts'

type Row = Readonly<Record<string, unknown>>

export const namespace = 'Microsoft.Dynamics.CRM.'

export const entityProperties: Properties = {
  MetadataId: 'Uniqueidentifier',
  LogicalName: 'String',
  SchemaName: 'String',
  EntitySetName: 'String',
  LogicalCollectionName: 'String',
  PrimaryIdAttribute: 'String',
  PrimaryNameAttribute: 'String',
  ObjectTypeCode: 'Integer',
  OwnershipType: 'String',
  IsActivity: 'Boolean',
  IsCustomEntity: 'Boolean',
  IsOptimisticConcurrencyEnabled: 'Boolean',
  DisplayName: null,
  DisplayCollectionName: null,
  IsDuplicateDetectionEnabled: null,
}

export const attributeProperties: Properties = {
  MetadataId: 'Uniqueidentifier',
  LogicalName: 'String',
  SchemaName: 'String',
  EntityLogicalName: 'String',
  AttributeType: 'String',
  AttributeTypeName: null,
  AttributeOf: 'String',
  DisplayName: null,
  Description: null,
  RequiredLevel: null,
  IsValidForCreate: 'Boolean',
  IsValidForUpdate: 'Boolean',
  IsValidForRead: 'Boolean',
  IsCustomAttribute: 'Boolean',
  IsPrimaryId: 'Boolean',
  IsPrimaryName: 'Boolean',
  IsSecured: 'Boolean',
  IsLogical: 'Boolean',
}

export const keyProperties: Properties = {
  MetadataId: 'Uniqueidentifier',
  LogicalName: 'String',
  SchemaName: 'String',
  EntityLogicalName: 'String',
  KeyAttributes: null,
  EntityKeyIndexStatus: 'String',
  DisplayName: null,
}

export const relationshipProperties: Properties = {
  MetadataId: 'Uniqueidentifier',
  SchemaName: 'String',
  RelationshipType: 'String',
  ReferencingEntity: 'String',
  ReferencingAttribute: 'String',
  ReferencingEntityNavigationPropertyName: 'String',
  ReferencedEntity: 'String',
  ReferencedAttribute: 'String',
  IsCustomRelationship: 'Boolean',
}

export function entityRow(table: TableDefinition): Row {
  return {
    MetadataId: guidOf(`table ${table.logicalName}`),
    LogicalName: table.logicalName,
    SchemaName: table.schemaName,
    EntitySetName: table.entitySet,
    LogicalCollectionName: table.entitySet,
    PrimaryIdAttribute: table.primaryId,
    PrimaryNameAttribute: table.primaryName,
    ObjectTypeCode: table.objectTypeCode,
    OwnershipType: table.ownership,
    IsActivity: table.isActivity,
    IsCustomEntity: false,
    IsOptimisticConcurrencyEnabled: true,
    DisplayName: labelOf(table.label),
    DisplayCollectionName: labelOf(table.labelPlural),
    IsDuplicateDetectionEnabled: {
      Value: true,
      CanBeChanged: true,
      ManagedPropertyLogicalName: 'canmodifyduplicatedetectionsettings',
    },
  }
}

/** With `@odata.type` and the properties of the column's own subtype. */
export function attributeRow(table: TableDefinition, column: ColumnDefinition, secured: boolean): Row {
  const typeName = attributeTypeOf(column)
  const typeCode = typeCodeOf(column)
  const own = attributeTypes.find(({ name }) => name === typeName)
  return {
    '@odata.type': `#${namespace}${typeName}`,
    MetadataId: attributeId(table.logicalName, column.logicalName),
    LogicalName: column.logicalName,
    SchemaName: column.schemaName,
    EntityLogicalName: table.logicalName,
    AttributeType: typeCode,
    AttributeTypeName: { Value: `${typeCode === 'Virtual' ? 'MultiSelectPicklist' : typeCode}Type` },
    AttributeOf: null,
    DisplayName: labelOf(column.label),
    Description: labelOf(''),
    RequiredLevel: {
      Value: column.requiredLevel,
      CanBeChanged: column.requiredLevel !== 'SystemRequired',
      ManagedPropertyLogicalName: 'canmodifyrequirementlevelsettings',
    },
    IsValidForCreate: column.validForCreate,
    IsValidForUpdate: column.validForUpdate,
    IsValidForRead: true,
    IsCustomAttribute: column.custom,
    IsPrimaryId: column.logicalName === table.primaryId,
    IsPrimaryName: column.logicalName === table.primaryName,
    IsSecured: secured,
    IsLogical: false,
    ...own?.values(column, table.logicalName),
  }
}

export function attributeId(table: string, column: string): string {
  return guidOf(`column ${table}.${column}`)
}

export function keyId(key: Pick<AlternateKey, 'table' | 'logicalName'>): string {
  return guidOf(`key ${key.table}.${key.logicalName}`)
}

export function keyRow(key: AlternateKey): Row {
  return {
    MetadataId: keyId(key),
    LogicalName: key.logicalName,
    SchemaName: key.schemaName,
    EntityLogicalName: key.table,
    KeyAttributes: key.columns,
    EntityKeyIndexStatus: key.status,
    DisplayName: labelOf(key.label),
  }
}

/** One row for each table that a lookup points to; an owner is one of `owner`, whatever it binds. */
export function relationshipRows(schema: Schema, table: TableDefinition): Row[] {
  const rows: Row[] = []
  for (const column of table.columns) {
    const targets =
      column.type === 'Owner' ? column.targets.slice(0, 1).map((one) => ({ ...one, table: 'owner' })) : column.targets
    for (const target of targets) {
      const schemaName = `${target.table}_${table.entitySet}_${column.logicalName}`
      rows.push({
        MetadataId: guidOf(`relationship ${schemaName}`),
        SchemaName: column.type === 'Owner' ? `owner_${table.entitySet}` : schemaName,
        RelationshipType: 'OneToManyRelationship',
        ReferencingEntity: table.logicalName,
        ReferencingAttribute: column.logicalName,
        ReferencingEntityNavigationPropertyName: target.navigation,
        ReferencedEntity: target.table,
        ReferencedAttribute: schema.byName(target.table)?.primaryId ?? `${target.table}id`,
        IsCustomRelationship: column.custom,
      })
    }
  }
  return rows
}
