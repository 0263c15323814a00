import { z } from 'zod'
import type { CatalogField } from '../../../src/core/index.ts'

/** One field as the user of this connection may see and write it. */
export interface OrgField {
  /** As Salesforce spells it; it takes any letter case. */
  readonly name: string
  readonly type: string
  readonly createable: boolean
  readonly updateable: boolean
  readonly nillable: boolean
  readonly defaultedOnCreate: boolean
  readonly unique: boolean
  readonly externalId: boolean
  readonly caseSensitive: boolean
  readonly filterable: boolean
  /** In characters; 0 where the type has none. */
  readonly length: number
  readonly restrictedPicklist: boolean
  /** The active values of a picklist; null for every other type. */
  readonly options: readonly PicklistOption[] | null
  readonly referenceTo: readonly string[]
}

export interface PicklistOption {
  readonly value: string
  readonly label: string
}

export interface OrgObject {
  /** Salesforce's own name, e.g. `Lead`. */
  readonly name: string
  /** Whether the user may make such records, and change them. */
  readonly createable: boolean
  readonly updateable: boolean
  readonly fields: readonly OrgField[]
  /** In any letter case, as Salesforce takes it. */
  field(name: string): OrgField | undefined
}

const Flag = z.boolean().nullish().catch(null)
const Text = z.string().nullish().catch(null)

const WireOption = z.object({ value: z.string(), label: Text, active: Flag })

const WireField = z.object({
  name: z.string(),
  type: z.string().catch('string'),
  createable: Flag,
  updateable: Flag,
  nillable: Flag,
  defaultedOnCreate: Flag,
  unique: Flag,
  externalId: Flag,
  caseSensitive: Flag,
  filterable: Flag,
  length: z.number().nullish().catch(null),
  restrictedPicklist: Flag,
  picklistValues: z.array(WireOption).nullish().catch(null),
  referenceTo: z.array(z.string()).nullish().catch(null),
})

/** The answer of `GET …/sobjects/NAME/describe`. */
export const DescribeAnswer = z.object({
  name: z.string(),
  createable: Flag,
  updateable: Flag,
  fields: z.array(WireField).min(1),
})
export type DescribeAnswer = z.infer<typeof DescribeAnswer>

export function orgObject(answer: DescribeAnswer): OrgObject {
  const fields = answer.fields.map(orgField)
  const byName = new Map(fields.map((field) => [field.name.toLowerCase(), field]))
  return {
    name: answer.name,
    createable: answer.createable !== false,
    updateable: answer.updateable !== false,
    fields,
    field: (name) => byName.get(name.toLowerCase()),
  }
}

/** Whether records can be upserted by this field: each value stands for one record at most, and a new record can be given one. */
export function isKey(field: OrgField | undefined): boolean {
  return field?.externalId === true && field.unique && field.createable && field.updateable
}

// Numbers, times and references have a length too, of their text on a page.
const TextTypes = new Set(['string', 'textarea', 'email', 'phone', 'url', 'picklist', 'multipicklist', 'combobox'])

/** A picklist that is not restricted takes any text from an API. */
export function catalogField(field: OrgField): CatalogField {
  return {
    name: field.name,
    type: field.type,
    writable: field.createable && field.updateable,
    unique: field.unique,
    length: TextTypes.has(field.type) && field.length > 0 ? field.length : null,
    options: field.restrictedPicklist && field.options !== null ? field.options.map(({ value }) => value) : null,
  }
}

function orgField(field: z.infer<typeof WireField>): OrgField {
  const isPicklist = field.type === 'picklist' || field.type === 'multipicklist'
  return {
    name: field.name,
    type: field.type,
    createable: field.createable === true,
    updateable: field.updateable === true,
    // What is not said must not look like a requirement.
    nillable: field.nillable !== false,
    defaultedOnCreate: field.defaultedOnCreate === true,
    unique: field.unique === true,
    externalId: field.externalId === true,
    caseSensitive: field.caseSensitive === true,
    filterable: field.filterable !== false,
    length: field.length ?? 0,
    restrictedPicklist: field.restrictedPicklist === true,
    options: isPicklist ? activeOptions(field.picklistValues ?? []) : null,
    referenceTo: field.referenceTo ?? [],
  }
}

function activeOptions(values: readonly z.infer<typeof WireOption>[]): PicklistOption[] {
  return values.filter(({ active }) => active !== false).map(({ value, label }) => ({ value, label: label ?? value }))
}
