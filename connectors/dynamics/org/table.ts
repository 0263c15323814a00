import type { CatalogField } from '../../../src/core/index.ts'

/** Object kinds that people are entered as, in our words. They are the logical names of the tables too. */
export type Kind = 'lead' | 'contact'
export type TableName = Kind | 'task'

/** One column as the user of this connection may write it. */
export interface Column {
  /** The logical name, in lower case: the only spelling that Dataverse takes. */
  readonly name: string
  /** Dataverse's `AttributeType`; `DateOnly` for a time that is a day alone, `MultiSelectPicklist` for what it calls `Virtual`. */
  readonly type: string
  /** Most UTF-16 units of a text; null for every other type. */
  readonly length: number | null
  readonly createable: boolean
  readonly updateable: boolean
  /** Forms insist on it; the API does not. */
  readonly required: boolean
  /** Of a choice; null for every other type. */
  readonly options: readonly ColumnOption[] | null
  /** Logical names of the tables that a lookup may point to. */
  readonly targets: readonly string[]
}

export interface ColumnOption {
  readonly value: number
  /** In the user's language. */
  readonly label: string
  /** In every language of the environment. */
  readonly labels: readonly string[]
}

export interface AlternateKey {
  readonly name: string
  readonly columns: readonly string[]
  /** `Active` once its index is built; before that, and for ever after `Failed`, nothing can be addressed by it. */
  readonly status: string
}

export interface Table {
  readonly name: TableName
  /**
   * `read`: these are all columns there are. `forbidden`: the user may not read the definition, `unread`: nobody has asked yet; both have
   * the columns that every environment has, and what is not among them may be there. `absent`: the environment has no such table.
   */
  readonly state: 'read' | 'forbidden' | 'unread' | 'absent'
  readonly columns: readonly Column[]
  readonly keys: readonly AlternateKey[]
  /** In any letter case, so that a misspelt name can be told from one that is not there. */
  column(name: string): Column | undefined
}

/** The sets that the tables are addressed by, and the columns that hold their ids. */
export const SetNames = { lead: 'leads', contact: 'contacts', task: 'tasks' } as const
export const IdColumns = { lead: 'leadid', contact: 'contactid', task: 'activityid' } as const

const LookupTypes = new Set(['Lookup', 'Owner', 'Customer'])

export function tableOf(
  name: TableName,
  state: Table['state'],
  columns: readonly Column[],
  keys: readonly AlternateKey[] = [],
): Table {
  const byName = new Map(columns.map((column) => [column.name, column]))
  return { name, state, columns, keys, column: (wanted) => byName.get(wanted.toLowerCase()) }
}

/** Whether it points to another record: read as `_NAME_value`, written as `NAVIGATION@odata.bind`. */
export function isLookup({ type }: Column): boolean {
  return LookupTypes.has(type)
}

/** The number of an option by its number or by its label in any language and letter case; null where there is none such, or several. */
export function optionValue({ options }: Column, said: string | number): number | null {
  const wanted = String(said).trim().toLowerCase()
  const byValue = options?.find(({ value }) => String(value) === wanted)
  if (byValue) return byValue.value
  const byLabel = options?.filter(({ labels }) => labels.some((label) => label.trim().toLowerCase() === wanted)) ?? []
  return byLabel.length === 1 ? (byLabel[0]?.value ?? null) : null
}

/** Whether each value of a column stands for one record at most, and records can be addressed by it. */
export function isKey({ keys }: Table, column: string): boolean {
  return keys.some(({ columns, status }) => status === 'Active' && columns.length === 1 && columns[0] === column)
}

/** Labels are taken as well as numbers, so both are among the options. */
export function catalogField(column: Column, isUnique: boolean): CatalogField {
  const { name, type, createable, updateable, length, options } = column
  return {
    name,
    type,
    writable: createable && updateable,
    unique: isUnique,
    length,
    options: options === null ? null : [...options.map(({ value }) => String(value)), ...options.flatMap(({ labels }) => labels)],
  }
}
