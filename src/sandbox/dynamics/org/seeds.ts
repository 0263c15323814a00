import type { TableDefinition } from './catalog/table-definition.ts'
import { leadsyncColumns } from './custom-columns.ts'
import { activateKey } from './define-key.ts'
import { completeRow, freshRow, reference } from './derived.ts'
import { guidOf } from './guid.ts'
import type { Instance } from './instance.ts'
import type { OrgOptions, OrgRow } from './org.ts'
import type { AlternateKey } from './schema.ts'

export const businessUnitId = guidOf('business unit')

/** Salespeople; the second has left. */
export const salespeople = [
  { id: guidOf('user sam.sales@contoso.example'), firstname: 'Sam', lastname: 'Sales', isdisabled: false },
  { id: guidOf('user gone.away@contoso.example'), firstname: 'Gone', lastname: 'Away', isdisabled: true },
  { id: guidOf('user kim.sales@contoso.example'), firstname: 'Kim', lastname: 'Sales', isdisabled: false },
] as const

export const salesTeamId = guidOf('team Sales')

const systemUserId = guidOf('user SYSTEM')

/** The application user of an app registration has the same id in every run. */
export function applicationUserId(applicationId: string): string {
  return guidOf(`application user ${applicationId.toLowerCase()}`)
}

/** Leadsync's columns and key, as its provisioning would have left them. */
export function seedSchema(instance: Instance, options: OrgOptions): void {
  if (options.provisioned === false) return
  for (const table of ['lead', 'contact']) {
    for (const column of leadsyncColumns()) instance.schema.addColumn(table, column)
    if (options.alternateKey === true) addKey(instance, table)
  }
}

/** Users, team, queue and currency that aren't there yet. */
export function seedRows(instance: Instance, options: OrgOptions): void {
  seed(instance, 'businessunit', businessUnitId, { name: 'Contoso' })
  seed(instance, 'systemuser', systemUserId, { firstname: null, lastname: 'SYSTEM' })
  for (const applicationId of options.applicationUser === false ? [] : options.applicationIds) {
    seed(instance, 'systemuser', applicationUserId(applicationId), {
      firstname: '#',
      lastname: 'Leadsync',
      applicationid: applicationId.toLowerCase(),
    })
  }
  for (const { id, ...person } of salespeople) {
    const domainname = `${person.firstname}.${person.lastname}@contoso.example`.toLowerCase()
    seed(instance, 'systemuser', id, { ...person, domainname, internalemailaddress: domainname })
  }
  seed(instance, 'team', salesTeamId, { name: 'Sales', isdefault: false })
  seed(instance, 'queue', guidOf('queue Web Leads'), { name: 'Web Leads' })
  seed(instance, 'transactioncurrency', guidOf('currency USD'), {
    currencyname: 'US Dollar',
    isocurrencycode: 'USD',
    currencysymbol: '$',
    currencyprecision: 2,
  })
  seedMessages(instance)
  seed(instance, 'publisher', guidOf('publisher default'), {
    uniquename: 'DefaultPublishercontoso',
    friendlyname: 'Default Publisher for contoso',
    customizationprefix: 'new',
    customizationoptionvalueprefix: 10_000,
  })
}

/** The bulk messages that a table has: https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations */
function seedMessages(instance: Instance): void {
  for (const { logicalName } of instance.schema.tables().filter((table) => table.sales)) {
    const names = ['CreateMultiple', 'UpdateMultiple', ...(logicalName === 'task' ? [] : ['UpsertMultiple'])]
    for (const name of names) {
      const values = { primaryobjecttypecode: logicalName, 'sdkmessageid/name': name }
      seed(instance, 'sdkmessagefilter', guidOf(`message ${name} ${logicalName}`), values)
    }
  }
}

function addKey(instance: Instance, table: string): void {
  const name = 'leadsync_contactid_key'
  const key: AlternateKey = {
    table,
    logicalName: name,
    schemaName: name,
    label: 'Leadsync contact id',
    columns: ['leadsync_contactid'],
    status: 'Pending',
  }
  if (instance.schema.keys(table).some((one) => one.logicalName === name)) return
  instance.schema.setKey(key)
  activateKey(instance, key)
}

function seed(instance: Instance, name: string, id: string, values: OrgRow): void {
  const table = instance.schema.byName(name)
  if (table === undefined || instance.store.find(name, id) !== undefined) return
  const row = { ...freshRow(instance, table, id, systemUserId), ...values, ...unitOf(table) }
  instance.store.put(name, id, completeRow(instance, table, row, null, systemUserId))
}

function unitOf(table: TableDefinition): OrgRow {
  const has = table.columns.some((column) => column.logicalName === 'businessunitid' && column.type === 'Lookup')
  return has ? reference('businessunitid', businessUnitId, 'businessunit') : {}
}
