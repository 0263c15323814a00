import { type Column, type ColumnOption, type Table, type TableName, tableOf } from './table.ts'

type Shape = Pick<Column, 'type'> & Partial<Column>
type Shapes = Readonly<Record<string, Shape>>

const flag: Shape = { type: 'Boolean' }
const number: Shape = { type: 'Integer' }
const money: Shape = { type: 'Money' }
const time: Shape = { type: 'DateTime' }
const readOnly = { createable: false, updateable: false }

const address: Shapes = {
  address1_line1: text(250),
  address1_line2: text(250),
  address1_line3: text(250),
  address1_city: text(80),
  address1_stateorprovince: text(50),
  address1_postalcode: text(20),
  address1_country: text(80),
}

const people: Shapes = {
  ...address,
  firstname: text(50),
  lastname: { ...text(50), required: true },
  middlename: text(50),
  salutation: text(100),
  fullname: { ...text(160), ...readOnly },
  jobtitle: text(100),
  emailaddress1: text(100),
  emailaddress2: text(100),
  emailaddress3: text(100),
  telephone1: text(50),
  telephone2: text(50),
  telephone3: text(50),
  fax: text(50),
  websiteurl: text(200),
  description: { type: 'Memo', length: 2000 },
  donotemail: flag,
  donotbulkemail: flag,
  donotphone: flag,
  donotfax: flag,
  donotpostalmail: flag,
  followemail: flag,
  preferredcontactmethodcode: choice(['Any', 'Email', 'Phone', 'Fax', 'Mail']),
  ownerid: { type: 'Owner', targets: ['systemuser', 'team'] },
  transactioncurrencyid: lookup('transactioncurrency'),
  overriddencreatedon: { ...time, updateable: false },
  importsequencenumber: { ...number, updateable: false },
  createdon: { ...time, ...readOnly },
  modifiedon: { ...time, ...readOnly },
  statecode: { type: 'State', createable: false },
}

/** As every environment has them before anybody changed anything. https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/lead */
const Columns: Readonly<Record<TableName, Shapes>> = {
  lead: {
    ...people,
    leadid: { type: 'Uniqueidentifier', updateable: false },
    subject: { ...text(300), required: true },
    companyname: text(100),
    mobilephone: text(20),
    qualificationcomments: { type: 'Memo', length: 2000 },
    industrycode: { type: 'Picklist' },
    numberofemployees: number,
    revenue: money,
    estimatedamount: money,
    leadsourcecode: choice([
      'Advertisement',
      'Employee Referral',
      'External Referral',
      'Partner',
      'Public Relations',
      'Seminar',
      'Trade Show',
      'Web',
      'Word of Mouth',
      'Other',
    ]),
    leadqualitycode: choice(['Hot', 'Warm', 'Cold']),
    statuscode: {
      type: 'Status',
      options: optionsOf(['New', 'Contacted', 'Qualified', 'Lost', 'Cannot Contact', 'No Longer Interested', 'Canceled']),
    },
    campaignid: lookup('campaign'),
    parentaccountid: lookup('account'),
    parentcontactid: lookup('contact'),
    customerid: { type: 'Customer', targets: ['account', 'contact'] },
  },
  contact: {
    ...people,
    contactid: { type: 'Uniqueidentifier', updateable: false },
    mobilephone: text(50),
    statuscode: { type: 'Status', options: optionsOf(['Active', 'Inactive']) },
    parentcustomerid: { type: 'Customer', targets: ['account', 'contact'] },
    originatingleadid: lookup('lead'),
  },
  task: {
    activityid: { type: 'Uniqueidentifier', updateable: false },
    subject: { ...text(200), required: true },
    description: { type: 'Memo', length: 2000 },
    category: text(250),
    scheduledstart: time,
    scheduledend: time,
    prioritycode: { type: 'Picklist', options: optionsOf(['Low', 'Normal', 'High'], 0) },
    percentcomplete: number,
    actualdurationminutes: number,
    statecode: { type: 'State', createable: false },
    statuscode: {
      type: 'Status',
      options: optionsOf(['Not Started', 'In Progress', 'Waiting', 'Completed', 'Canceled', 'Deferred'], 2),
    },
    regardingobjectid: lookup('lead', 'contact'),
    ownerid: { type: 'Owner', targets: ['systemuser', 'team'] },
  },
}

/** Table → lookup → table it points to → navigation property, as every environment has them. */
const Navigation: Readonly<Record<string, Readonly<Record<string, string | Readonly<Record<string, string>>>>>> = {
  lead: {
    ownerid: 'ownerid',
    transactioncurrencyid: 'transactioncurrencyid',
    campaignid: 'campaignid',
    parentaccountid: 'parentaccountid',
    parentcontactid: 'parentcontactid',
    customerid: { account: 'customerid_account', contact: 'customerid_contact' },
  },
  contact: {
    ownerid: 'ownerid',
    transactioncurrencyid: 'transactioncurrencyid',
    originatingleadid: 'originatingleadid',
    parentcustomerid: { account: 'parentcustomerid_account', contact: 'parentcustomerid_contact' },
  },
  task: {
    // Activities share one table of owners, so each kind of activity has a property of its own.
    ownerid: 'ownerid_task',
    regardingobjectid: { lead: 'regardingobjectid_lead_task', contact: 'regardingobjectid_contact_task' },
  },
  annotation: {
    ownerid: 'ownerid',
    objectid: { lead: 'objectid_lead', contact: 'objectid_contact' },
  },
}

/** What stands for a definition that can't be had. */
export function shippedTable(name: TableName, state: 'forbidden' | 'unread' | 'absent'): Table {
  return tableOf(name, state, Object.entries(Columns[name]).map(columnOf))
}

export function shippedNavigation(table: string, column: string, target: string): string | null {
  const named = Navigation[table]?.[column]
  return (typeof named === 'object' ? named[target] : named) ?? null
}

function columnOf([name, shape]: [string, Shape]): Column {
  const defaults = { length: null, createable: true, updateable: true, required: false, options: null, targets: [] }
  return { name, ...defaults, ...shape }
}

function text(length: number): Shape {
  return { type: 'String', length }
}

function lookup(...targets: readonly string[]): Shape {
  return { type: 'Lookup', targets }
}

function choice(labels: readonly string[]): Shape {
  return { type: 'Picklist', options: optionsOf(labels) }
}

function optionsOf(labels: readonly string[], first = 1): ColumnOption[] {
  return labels.map((label, index) => ({ value: first + index, label, labels: [label] }))
}
