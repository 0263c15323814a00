import { type ColumnDefinition, createOnly, defineColumn, instant, integer, lookup, readOnly } from '../column.ts'

/** The primary id. A client may choose it when it creates the row, never later. */
export function primaryId(logicalName: string, label: string): ColumnDefinition {
  return createOnly(defineColumn(logicalName, 'Uniqueidentifier', { label, requiredLevel: 'SystemRequired' }))
}

/** Stamps that every table has. `suffix` ends the navigation names of activities: `createdby_task`. */
export function stamps(suffix = ''): readonly ColumnDefinition[] {
  return [
    readOnly(instant('createdon', 'Created On')),
    readOnly(instant('modifiedon', 'Modified On')),
    readOnly(lookup('createdby', 'Created By', 'systemuser', `createdby${suffix}`)),
    readOnly(lookup('modifiedby', 'Modified By', 'systemuser', `modifiedby${suffix}`)),
    readOnly(defineColumn('versionnumber', 'BigInt', { label: 'Version Number' })),
    createOnly(instant('overriddencreatedon', 'Record Created On', { format: 'DateOnly' })),
    createOnly(integer('importsequencenumber', 'Import Sequence Number', -2_147_483_648, 2_147_483_647)),
  ]
}

/**
 * The owner, a user or a team: one navigation property binds both. On activities it is `ownerid_task`.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/task#single-valued-navigation-properties
 */
export function ownership(suffix = ''): readonly ColumnDefinition[] {
  const navigation = `ownerid${suffix}`
  const targets = ['systemuser', 'team'].map((table) => ({ table, navigation }))
  return [
    defineColumn('ownerid', 'Owner', { label: 'Owner', targets, requiredLevel: 'SystemRequired' }),
    readOnly(lookup('owninguser', 'Owning User', 'systemuser', `owninguser${suffix}`)),
    readOnly(lookup('owningteam', 'Owning Team', 'team', `owningteam${suffix}`)),
    readOnly(lookup('owningbusinessunit', 'Owning Business Unit', 'businessunit', `owningbusinessunit${suffix}`)),
  ]
}

interface StateChoice {
  readonly state: string
  /** Status reasons by number; the first is the state's default. */
  readonly reasons: readonly (readonly [number, string])[]
}

/** `statecode` and `statuscode`. A new row is in state 0, whatever it was created with. */
export function states(choices: readonly StateChoice[]): readonly ColumnDefinition[] {
  const stateOptions = choices.map(({ state }, value) => ({ value, label: state }))
  const statusOptions = choices.flatMap(({ reasons }, state) => reasons.map(([value, label]) => ({ value, label, state })))
  return [
    defineColumn('statecode', 'State', {
      label: 'Status',
      options: stateOptions,
      validForCreate: false,
      requiredLevel: 'SystemRequired',
      defaultValue: 0,
    }),
    defineColumn('statuscode', 'Status', {
      label: 'Status Reason',
      options: statusOptions,
      defaultValue: statusOptions[0]?.value ?? null,
    }),
  ]
}
