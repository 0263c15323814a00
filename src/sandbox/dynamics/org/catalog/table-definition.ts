import type { ColumnDefinition } from '../column.ts'

export interface TableDefinition {
  readonly logicalName: string
  readonly schemaName: string
  readonly entitySet: string
  readonly label: string
  readonly labelPlural: string
  readonly objectTypeCode: number
  readonly primaryId: string
  readonly primaryName: string
  readonly ownership: 'UserOwned' | 'OrganizationOwned' | 'BusinessOwned' | 'None'
  readonly isActivity: boolean
  /** What stands after `prvCreate` and its like: `Lead`; all activities share `Activity`. */
  readonly privilege: string
  /** False: the platform keeps it; a write through the Web API is refused. */
  readonly writable: boolean
  /** Can have alternate keys and columns of customers. */
  readonly customizable: boolean
  /** Sales data: listed among the records and forgotten by a reset. */
  readonly sales: boolean
  readonly columns: readonly ColumnDefinition[]
}

export type TableBasics = Pick<
  TableDefinition,
  'logicalName' | 'schemaName' | 'entitySet' | 'label' | 'labelPlural' | 'objectTypeCode' | 'columns'
> &
  Partial<TableDefinition>

/** A user-owned sales table unless `basics` say otherwise. */
export function defineTable(basics: TableBasics): TableDefinition {
  return {
    primaryId: `${basics.logicalName}id`,
    primaryName: 'name',
    ownership: 'UserOwned',
    isActivity: false,
    privilege: basics.schemaName,
    writable: true,
    customizable: true,
    sales: true,
    ...basics,
  }
}

/** A table that the organization has as it is: users, currencies. */
export function defineDirectory(basics: TableBasics): TableDefinition {
  const ownership = 'OrganizationOwned'
  return { ...defineTable({ ownership, ...basics }), writable: basics.writable ?? false, customizable: false, sales: false }
}
