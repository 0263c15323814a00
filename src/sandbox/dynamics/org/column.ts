import type { ColumnType } from '../odata/table.ts'

export interface ColumnOption {
  readonly value: number
  readonly label: string
  /** Of a status reason: the state it belongs to. */
  readonly state?: number
}

/** A table that a lookup may point to. */
export interface LookupTarget {
  /** Logical name. */
  readonly table: string
  /** The navigation property that binds it, in its own case. */
  readonly navigation: string
}

export type RequiredLevel = 'None' | 'ApplicationRequired' | 'SystemRequired' | 'Recommended'

export interface ColumnDefinition {
  readonly logicalName: string
  readonly schemaName: string
  readonly label: string
  readonly type: ColumnType
  /** String and Memo, in UTF-16 units. */
  readonly maxLength: number | null
  /** Text, Email, Url, Phone, TextArea, DateAndTime, DateOnly, None. */
  readonly format: string
  readonly minValue: number | null
  readonly maxValue: number | null
  /** Digits after the decimal point. */
  readonly precision: number
  readonly options: readonly ColumnOption[]
  readonly targets: readonly LookupTarget[]
  readonly requiredLevel: RequiredLevel
  readonly validForCreate: boolean
  readonly validForUpdate: boolean
  readonly defaultValue: unknown
  readonly custom: boolean
}

export type ColumnExtras = Partial<Omit<ColumnDefinition, 'logicalName' | 'type'>>

/** A column with what its type implies; `extras` win. */
export function defineColumn(logicalName: string, type: ColumnType, extras: ColumnExtras = {}): ColumnDefinition {
  return {
    logicalName,
    schemaName: logicalName,
    label: logicalName,
    type,
    maxLength: null,
    format: 'None',
    minValue: null,
    maxValue: null,
    precision: 0,
    options: [],
    targets: [],
    requiredLevel: 'None',
    validForCreate: true,
    validForUpdate: true,
    defaultValue: null,
    custom: false,
    ...extras,
  }
}

export function text(logicalName: string, label: string, maxLength: number, extras: ColumnExtras = {}): ColumnDefinition {
  return defineColumn(logicalName, 'String', { label, maxLength, format: 'Text', ...extras })
}

export function memo(logicalName: string, label: string, maxLength: number, extras: ColumnExtras = {}): ColumnDefinition {
  return defineColumn(logicalName, 'Memo', { label, maxLength, format: 'TextArea', ...extras })
}

export function integer(logicalName: string, label: string, minValue: number, maxValue: number): ColumnDefinition {
  return defineColumn(logicalName, 'Integer', { label, minValue, maxValue })
}

export function money(logicalName: string, label: string): ColumnDefinition {
  // https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/account#BKMK_Revenue
  return defineColumn(logicalName, 'Money', { label, minValue: 0, maxValue: 100_000_000_000_000, precision: 2 })
}

export function boolean(logicalName: string, label: string, defaultValue = false, words = ['No', 'Yes']): ColumnDefinition {
  const options = words.map((word, value) => ({ value, label: word }))
  return defineColumn(logicalName, 'Boolean', { label, defaultValue, options })
}

export function instant(logicalName: string, label: string, extras: ColumnExtras = {}): ColumnDefinition {
  return defineColumn(logicalName, 'DateTime', { label, format: 'DateAndTime', ...extras })
}

/** Choices are numbered from 1, unless their numbers are given. */
export function picklist(
  logicalName: string,
  label: string,
  choices: readonly string[] | Readonly<Record<number, string>>,
  extras: ColumnExtras = {},
): ColumnDefinition {
  return defineColumn(logicalName, 'Picklist', { label, options: toOptions(choices), ...extras })
}

/** A lookup of one table; its navigation property has the column's name unless one is given. */
export function lookup(logicalName: string, label: string, table: string, navigation = logicalName): ColumnDefinition {
  return defineColumn(logicalName, 'Lookup', { label, targets: [{ table, navigation }] })
}

/** A lookup of one of several tables: one navigation property for each, `<name>_<table>` and `suffix`. */
export function lookupOfAny(logicalName: string, label: string, tables: readonly string[], suffix = ''): ColumnDefinition {
  const targets = tables.map((table) => ({ table, navigation: `${logicalName}_${table}${suffix}` }))
  return defineColumn(logicalName, 'Lookup', { label, targets })
}

/** What the platform fills in. A write that names it is taken and the value ignored. */
export function readOnly(column: ColumnDefinition): ColumnDefinition {
  return { ...column, validForCreate: false, validForUpdate: false }
}

export function createOnly(column: ColumnDefinition): ColumnDefinition {
  return { ...column, validForUpdate: false }
}

/** A form asks for it, the API doesn't. */
export function businessRequired(column: ColumnDefinition): ColumnDefinition {
  return { ...column, requiredLevel: 'ApplicationRequired' }
}

/** The column's name in rows and queries. */
export function queryNameOf({ logicalName, type }: Pick<ColumnDefinition, 'logicalName' | 'type'>): string {
  return type === 'Lookup' || type === 'Owner' ? `_${logicalName}_value` : logicalName
}

/** Where a row says which table a lookup points to. */
export function targetNameOf(queryName: string): string {
  return `${queryName}@Microsoft.Dynamics.CRM.lookuplogicalname`
}

function toOptions(choices: readonly string[] | Readonly<Record<number, string>>): ColumnOption[] {
  if (Array.isArray(choices)) return choices.map((label: string, at) => ({ value: at + 1, label }))
  return Object.entries(choices).map(([value, label]) => ({ value: Number(value), label }))
}
