import type { ColumnType } from '../odata/table.ts'
import type { ColumnDefinition } from './column.ts'
import { guidOf } from './guid.ts'

export type Properties = Readonly<Record<string, ColumnType | null>>

/** One subtype of AttributeMetadata. */
export interface AttributeType {
  /** `StringAttributeMetadata` */
  readonly name: string
  /** What it has besides the common properties; null: complex. */
  readonly properties: Properties
  readonly expandable: readonly string[]
  values(column: ColumnDefinition, table: string): Readonly<Record<string, unknown>>
}

const optionSets = ['OptionSet', 'GlobalOptionSet']

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/attributemetadata */
export const attributeTypes: readonly AttributeType[] = [
  {
    name: 'StringAttributeMetadata',
    properties: { MaxLength: 'Integer', DatabaseLength: 'Integer', Format: 'String', FormatName: null },
    expandable: [],
    values: ({ maxLength, format }) => ({
      MaxLength: maxLength ?? 100,
      DatabaseLength: (maxLength ?? 100) * 2,
      Format: format,
      FormatName: { Value: format },
    }),
  },
  {
    name: 'MemoAttributeMetadata',
    properties: { MaxLength: 'Integer', Format: 'String', FormatName: null },
    expandable: [],
    values: ({ maxLength, format }) => ({ MaxLength: maxLength, Format: format, FormatName: { Value: format } }),
  },
  {
    name: 'IntegerAttributeMetadata',
    properties: { MinValue: 'Integer', MaxValue: 'Integer', Format: 'String' },
    expandable: [],
    values: ({ minValue, maxValue, format }) => ({ MinValue: minValue, MaxValue: maxValue, Format: format }),
  },
  {
    name: 'BigIntAttributeMetadata',
    properties: { MinValue: 'BigInt', MaxValue: 'BigInt' },
    expandable: [],
    values: () => ({ MinValue: null, MaxValue: null }),
  },
  ...['DecimalAttributeMetadata', 'MoneyAttributeMetadata'].map(
    (name): AttributeType => ({
      name,
      properties: { MinValue: 'Decimal', MaxValue: 'Decimal', Precision: 'Integer' },
      expandable: [],
      values: ({ minValue, maxValue, precision }) => ({ MinValue: minValue, MaxValue: maxValue, Precision: precision }),
    }),
  ),
  {
    name: 'DateTimeAttributeMetadata',
    properties: { Format: 'String', DateTimeBehavior: null },
    expandable: [],
    values: ({ format, type }) => ({
      Format: format,
      DateTimeBehavior: { Value: type === 'DateOnly' ? 'DateOnly' : 'UserLocal' },
    }),
  },
  {
    name: 'BooleanAttributeMetadata',
    properties: { DefaultValue: 'Boolean' },
    expandable: optionSets,
    values: (column, table) => ({ DefaultValue: column.defaultValue === true, ...booleanSet(column, table) }),
  },
  ...[
    'PicklistAttributeMetadata',
    'MultiSelectPicklistAttributeMetadata',
    'StateAttributeMetadata',
    'StatusAttributeMetadata',
  ].map(
    (name): AttributeType => ({
      name,
      properties: { DefaultFormValue: 'Integer' },
      expandable: optionSets,
      values: (column, table) => ({ DefaultFormValue: column.defaultValue ?? -1, ...optionSet(column, table) }),
    }),
  ),
  {
    name: 'LookupAttributeMetadata',
    properties: { Targets: null, Format: 'String' },
    expandable: [],
    values: ({ targets, format }) => ({ Targets: targets.map(({ table }) => table), Format: format }),
  },
  { name: 'UniqueIdentifierAttributeMetadata', properties: {}, expandable: [], values: () => ({}) },
]

/** The name of the subtype that a column has. */
export function attributeTypeOf({ type }: Pick<ColumnDefinition, 'type'>): string {
  if (type === 'DateOnly') return 'DateTimeAttributeMetadata'
  if (type === 'Owner') return 'LookupAttributeMetadata'
  if (type === 'Uniqueidentifier') return 'UniqueIdentifierAttributeMetadata'
  return `${type}AttributeMetadata`
}

/** `AttributeType`, an AttributeTypeCode. */
export function typeCodeOf({ type, targets }: Pick<ColumnDefinition, 'type' | 'targets'>): string {
  if (type === 'DateOnly') return 'DateTime'
  if (type === 'MultiSelectPicklist') return 'Virtual'
  const isCustomer = targets.length === 2 && targets.every(({ table }) => table === 'account' || table === 'contact')
  return type === 'Lookup' && isCustomer ? 'Customer' : type
}

/** A label in English, the org's only language. */
export function labelOf(text: string): Readonly<Record<string, unknown>> {
  const localized = { Label: text, LanguageCode: 1033, IsManaged: true, MetadataId: guidOf(`label ${text}`), HasChanged: null }
  return { LocalizedLabels: [localized], UserLocalizedLabel: localized }
}

function optionSet(column: ColumnDefinition, table: string): Readonly<Record<string, unknown>> {
  const name = `${table}_${column.logicalName}`
  const options = column.options.map(({ value, label, state }) => ({
    Value: value,
    Color: null,
    IsManaged: !column.custom,
    MetadataId: null,
    Label: labelOf(label),
    ...(state === undefined ? {} : { State: state }),
  }))
  return {
    OptionSet: {
      MetadataId: guidOf(`options ${name}`),
      Name: name,
      IsGlobal: false,
      OptionSetType: column.type,
      Options: options,
    },
    GlobalOptionSet: null,
  }
}

function booleanSet(column: ColumnDefinition, table: string): Readonly<Record<string, unknown>> {
  const name = `${table}_${column.logicalName}`
  const [no, yes] = [0, 1].map((value) => ({
    Value: value,
    Label: labelOf(column.options.find((option) => option.value === value)?.label ?? ''),
  }))
  return {
    OptionSet: {
      MetadataId: guidOf(`options ${name}`),
      Name: name,
      IsGlobal: false,
      OptionSetType: 'Boolean',
      FalseOption: no,
      TrueOption: yes,
    },
    GlobalOptionSet: null,
  }
}
