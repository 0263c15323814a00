import type { QueryableField } from '../soql/org.ts'

export interface PicklistValue {
  readonly active: boolean
  readonly defaultValue: boolean
  readonly label: string
  readonly validFor: null
  readonly value: string
}

/** One field as describe answers it; `filterable`, `relationshipName` and `referenceTo` are what SOQL needs. */
export interface FieldDefinition extends QueryableField {
  readonly label: string
  readonly length: number
  readonly byteLength: number
  readonly precision: number
  readonly scale: number
  readonly digits: number
  readonly nillable: boolean
  readonly createable: boolean
  readonly updateable: boolean
  readonly defaultedOnCreate: boolean
  readonly defaultValue: string | boolean | null
  readonly externalId: boolean
  readonly idLookup: boolean
  readonly unique: boolean
  readonly caseSensitive: boolean
  readonly calculated: boolean
  readonly autoNumber: boolean
  readonly restrictedPicklist: boolean
  readonly dependentPicklist: boolean
  readonly controllerName: string | null
  readonly picklistValues: readonly PicklistValue[]
  readonly custom: boolean
  readonly encrypted: boolean
  /** Whether field-level security can hide it. */
  readonly permissionable: boolean
  readonly compoundFieldName: string | null
  readonly nameField: boolean
  readonly sortable: boolean
  readonly groupable: boolean
  readonly inlineHelpText: string | null
}

export type FieldExtras = Partial<Omit<FieldDefinition, 'name' | 'type'>>

const lengths: Readonly<Record<string, number>> = { id: 18, reference: 18, email: 80, phone: 40, url: 255, picklist: 255 }

/** A field with what its type implies; `extras` win. A label that isn't given is the name in words. */
export function defineField(name: string, type: string, extras: FieldExtras = {}): FieldDefinition {
  const length = extras.length ?? lengths[type] ?? 0
  const boolean = type === 'boolean'
  const nillable = extras.nillable ?? !boolean
  const createable = extras.createable ?? true
  const long = type === 'textarea' && length > 255
  return {
    name,
    type,
    label: inWords(name),
    length,
    byteLength: length * 3,
    precision: 0,
    scale: 0,
    digits: 0,
    nillable,
    createable,
    updateable: createable,
    defaultedOnCreate: boolean,
    defaultValue: boolean ? false : null,
    externalId: false,
    idLookup: false,
    unique: false,
    caseSensitive: false,
    calculated: false,
    autoNumber: false,
    restrictedPicklist: false,
    dependentPicklist: false,
    controllerName: null,
    picklistValues: [],
    custom: false,
    encrypted: false,
    permissionable: createable && (nillable || boolean),
    compoundFieldName: null,
    nameField: false,
    sortable: !long,
    groupable: !long,
    inlineHelpText: null,
    filterable: !long,
    relationshipName: null,
    referenceTo: [],
    ...extras,
  }
}

/** A field that no write may name: the platform fills it. */
export function readOnlyField(name: string, type: string, extras: FieldExtras = {}): FieldDefinition {
  return defineField(name, type, { createable: false, updateable: false, permissionable: false, ...extras })
}

export function picklist(values: readonly string[], defaultValue?: string): readonly PicklistValue[] {
  return values.map((value) => ({ active: true, defaultValue: value === defaultValue, label: value, validFor: null, value }))
}

export function reference(name: string, referenceTo: readonly string[], extras: FieldExtras = {}): FieldDefinition {
  const relationshipName = name.replace(/Id$/, '')
  return defineField(name, 'reference', { label: `${inWords(relationshipName)} ID`, relationshipName, referenceTo, ...extras })
}

function inWords(name: string): string {
  return name
    .replace(/__c$/, '')
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
}
