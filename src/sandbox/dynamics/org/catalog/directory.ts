import { boolean, defineColumn, integer, lookup, memo, readOnly, text } from '../column.ts'
import { primaryId, stamps, states } from './system-columns.ts'
import { defineDirectory, type TableDefinition } from './table-definition.ts'

/** Users and what belongs to them, currencies and campaigns, and where customizations live. */
export function directoryTables(): readonly TableDefinition[] {
  return [
    userTable(),
    teamTable(),
    queueTable(),
    unitTable(),
    currencyTable(),
    campaignTable(),
    publisherTable(),
    solutionTable(),
    messageFilterTable(),
  ]
}

function userTable(): TableDefinition {
  return defineDirectory({
    logicalName: 'systemuser',
    schemaName: 'SystemUser',
    entitySet: 'systemusers',
    label: 'User',
    labelPlural: 'Users',
    objectTypeCode: 8,
    primaryName: 'fullname',
    ownership: 'BusinessOwned',
    privilege: 'User',
    columns: [
      primaryId('systemuserid', 'User'),
      readOnly(text('fullname', 'Full Name', 200)),
      text('firstname', 'First Name', 256),
      text('lastname', 'Last Name', 256),
      text('domainname', 'User Name', 1024),
      text('internalemailaddress', 'Primary Email', 100, { format: 'Email' }),
      boolean('isdisabled', 'Status', false, ['Enabled', 'Disabled']),
      defineColumn('applicationid', 'Uniqueidentifier', { label: 'Application ID' }),
      defineColumn('azureactivedirectoryobjectid', 'Uniqueidentifier', { label: 'Azure AD Object ID' }),
      lookup('businessunitid', 'Business Unit', 'businessunit'),
      lookup('queueid', 'Default Queue', 'queue'),
      ...stamps(),
    ],
  })
}

function teamTable(): TableDefinition {
  return defineDirectory({
    logicalName: 'team',
    schemaName: 'Team',
    entitySet: 'teams',
    label: 'Team',
    labelPlural: 'Teams',
    objectTypeCode: 9,
    ownership: 'BusinessOwned',
    columns: [
      primaryId('teamid', 'Team'),
      text('name', 'Team Name', 160),
      boolean('isdefault', 'Is Default'),
      lookup('businessunitid', 'Business Unit', 'businessunit'),
      ...stamps(),
    ],
  })
}

function queueTable(): TableDefinition {
  return defineDirectory({
    logicalName: 'queue',
    schemaName: 'Queue',
    entitySet: 'queues',
    label: 'Queue',
    labelPlural: 'Queues',
    objectTypeCode: 2020,
    columns: [primaryId('queueid', 'Queue'), text('name', 'Name', 200), memo('description', 'Description', 2000), ...stamps()],
  })
}

function unitTable(): TableDefinition {
  return defineDirectory({
    logicalName: 'businessunit',
    schemaName: 'BusinessUnit',
    entitySet: 'businessunits',
    label: 'Business Unit',
    labelPlural: 'Business Units',
    objectTypeCode: 10,
    columns: [primaryId('businessunitid', 'Business Unit'), text('name', 'Name', 160), ...stamps()],
  })
}

function currencyTable(): TableDefinition {
  return defineDirectory({
    logicalName: 'transactioncurrency',
    schemaName: 'TransactionCurrency',
    entitySet: 'transactioncurrencies',
    label: 'Currency',
    labelPlural: 'Currencies',
    objectTypeCode: 9105,
    primaryName: 'currencyname',
    columns: [
      primaryId('transactioncurrencyid', 'Transaction Currency'),
      text('currencyname', 'Currency Name', 100),
      text('isocurrencycode', 'Currency Code', 5),
      text('currencysymbol', 'Currency Symbol', 13),
      integer('currencyprecision', 'Currency Precision', 0, 4),
      ...stamps(),
    ],
  })
}

function campaignTable(): TableDefinition {
  return defineDirectory({
    logicalName: 'campaign',
    schemaName: 'Campaign',
    entitySet: 'campaigns',
    label: 'Campaign',
    labelPlural: 'Campaigns',
    objectTypeCode: 4400,
    writable: true,
    columns: [
      primaryId('campaignid', 'Campaign'),
      text('name', 'Name', 128),
      text('codename', 'Campaign Code', 32),
      ...states([
        { state: 'Active', reasons: [[0, 'Proposed']] },
        { state: 'Inactive', reasons: [[1, 'Completed']] },
      ]),
      ...stamps(),
    ],
  })
}

function publisherTable(): TableDefinition {
  return defineDirectory({
    logicalName: 'publisher',
    schemaName: 'Publisher',
    entitySet: 'publishers',
    label: 'Publisher',
    labelPlural: 'Publishers',
    objectTypeCode: 7101,
    primaryName: 'friendlyname',
    writable: true,
    columns: [
      primaryId('publisherid', 'Publisher'),
      text('uniquename', 'Name', 256),
      text('friendlyname', 'Display Name', 256),
      text('description', 'Description', 2000),
      text('customizationprefix', 'Prefix', 8),
      integer('customizationoptionvalueprefix', 'Option Value Prefix', 10_000, 99_999),
      ...stamps(),
    ],
  })
}

function solutionTable(): TableDefinition {
  return defineDirectory({
    logicalName: 'solution',
    schemaName: 'Solution',
    entitySet: 'solutions',
    label: 'Solution',
    labelPlural: 'Solutions',
    objectTypeCode: 7100,
    primaryName: 'friendlyname',
    writable: true,
    columns: [
      primaryId('solutionid', 'Solution'),
      text('uniquename', 'Name', 65),
      text('friendlyname', 'Display Name', 256),
      text('description', 'Description', 2000),
      text('version', 'Version', 256, { defaultValue: '1.0.0.0' }),
      readOnly(boolean('ismanaged', 'Package Type')),
      lookup('publisherid', 'Publisher', 'publisher'),
      ...stamps(),
    ],
  })
}

/** Which table has which message. Its filter goes over the message's name: one column stands for the path. */
function messageFilterTable(): TableDefinition {
  return defineDirectory({
    logicalName: 'sdkmessagefilter',
    schemaName: 'SdkMessageFilter',
    entitySet: 'sdkmessagefilters',
    label: 'Sdk Message Filter',
    labelPlural: 'Sdk Message Filters',
    objectTypeCode: 4607,
    primaryName: 'primaryobjecttypecode',
    columns: [
      primaryId('sdkmessagefilterid', 'Sdk Message Filter'),
      text('primaryobjecttypecode', 'Primary Object Type Code', 64),
      text('sdkmessageid/name', 'Message', 256),
    ],
  })
}
