import type { SoqlValue } from '../soql/org.ts'
import { provisionedFields, taskKeyField } from './catalog/leadsync-fields.ts'
import { leadStatuses, taskStatuses } from './catalog/picklists.ts'
import { toFullId } from './ids.ts'
import { toDatetime } from './instants.ts'
import type { OrgOptions } from './org.ts'
import type { Schema } from './schema.ts'
import type { Tables } from './tables.ts'

type Values = Readonly<Record<string, SoqlValue>>

export interface Seeded {
  readonly organizationId: string
  readonly assignmentQueueId: string
}

interface Seeding {
  readonly schema: Schema
  readonly tables: Tables
  readonly at: string
}

/** Fills an empty org: organization, users, queues, statuses, and the permission set that the integration users have. */
export function seedOrg(schema: Schema, tables: Tables, options: OrgOptions): Seeded {
  const seeding: Seeding = { schema, tables, at: toDatetime(options.now()) }
  if (options.provisioned ?? true) provision(schema, options.taskExternalId ?? true)
  const organizationId = toFullId(options.organizationId ?? '00DgL0000012345')
  if (organizationId === null)
    throw new Error(`organizationId ${options.organizationId} is no Salesforce id of 15 or 18 characters.`)
  insert(seeding, 'Organization', organization(), organizationId)
  for (const one of salespeople()) insert(seeding, 'User', one)
  queue(seeding, 'Marketplace Leads', 'Marketplace_Leads')
  const assignmentQueueId = queue(seeding, 'Web Leads', 'Web_Leads')
  statuses(seeding)
  const setId = permissionSet(seeding, options)
  for (const username of options.usernames) integrationUser(seeding, username, setId)
  return { organizationId, assignmentQueueId }
}

/** Adds the users that a restored org lacks, as when an app was added to it. */
export function seedMissingUsers(schema: Schema, tables: Tables, options: OrgOptions): void {
  const seeding: Seeding = { schema, tables, at: toDatetime(options.now()) }
  for (const one of salespeople()) {
    if (tables.holders('User', 'Username', String(one.Username)).length === 0) insert(seeding, 'User', one)
  }
  const setId = [...tables.rows('PermissionSet')].find((row) => row.Name === 'Sales_Integration')?.Id
  for (const username of options.usernames) {
    const known = tables.holders('User', 'Username', username).length > 0
    if (!known && setId !== undefined) integrationUser(seeding, username, setId)
  }
}

function provision(schema: Schema, taskExternalId: boolean): void {
  for (const field of provisionedFields()) for (const object of ['Lead', 'Contact']) schema.add(object, field)
  if (taskExternalId) schema.add('Task', taskKeyField())
}

function permissionSet(seeding: Seeding, options: OrgOptions): string {
  const set = { Name: 'Sales_Integration', Label: 'Sales Integration', IsOwnedByProfile: false, PermissionsApiEnabled: true }
  const more = { PermissionsViewAllData: false, PermissionsModifyAllData: false, PermissionsCustomizeApplication: true }
  const id = insert(seeding, 'PermissionSet', { ...set, ...more, PermissionsConvertLeads: false })
  for (const name of ['Lead', 'Contact', 'Account']) {
    const viewAll = name === 'Account' || (options.viewAll ?? true)
    const rights = { PermissionsCreate: true, PermissionsRead: true, PermissionsEdit: true, PermissionsDelete: true }
    const all = { PermissionsViewAllRecords: viewAll, PermissionsModifyAllRecords: false, PermissionsViewAllFields: false }
    insert(seeding, 'ObjectPermissions', { ParentId: id, SobjectType: name, ...rights, ...all })
  }
  const hidden = new Set((options.hiddenFields ?? []).map((name) => name.toLowerCase()))
  for (const object of seeding.schema.list()) {
    for (const field of object.fields) {
      const fullName = `${object.name}.${field.name}`
      if (!field.custom || hidden.has(fullName.toLowerCase())) continue
      const grant = { SobjectType: object.name, Field: fullName, PermissionsRead: true, PermissionsEdit: true }
      insert(seeding, 'FieldPermissions', { ParentId: id, ...grant })
    }
  }
  return id
}

function integrationUser(seeding: Seeding, username: string, permissionSetId: string): void {
  const user = { ...person('Leadsync', 'Integration', true), Username: username, Email: username }
  const id = insert(seeding, 'User', user)
  insert(seeding, 'PermissionSetAssignment', { AssigneeId: id, PermissionSetId: permissionSetId })
}

/** Two who sell, and one who has left. */
function salespeople(): Values[] {
  return [person('Olivia', 'Sales', true), person('Former', 'Sales', false), person('Kim', 'Sales', true)]
}

function person(first: string, last: string, active: boolean): Values {
  const email = `${first}.${last}@sandbox.example`.toLowerCase()
  const names = { FirstName: first, LastName: last, Name: `${first} ${last}`, Alias: first.slice(0, 8).toLowerCase() }
  const locale = { TimeZoneSidKey: 'America/Los_Angeles', LanguageLocaleKey: 'en_US' }
  return { ...names, ...locale, Username: email, Email: email, IsActive: active, UserType: 'Standard' }
}

/** A queue for Leads and Tasks; answers its id. */
function queue(seeding: Seeding, name: string, developerName: string): string {
  const id = insert(seeding, 'Group', { Name: name, DeveloperName: developerName, Type: 'Queue', Email: null })
  for (const object of ['Lead', 'Task']) insert(seeding, 'QueueSobject', { QueueId: id, SobjectType: object })
  return id
}

function statuses(seeding: Seeding): void {
  for (const [index, name] of leadStatuses.entries()) {
    const row = { MasterLabel: name, ApiName: name, SortOrder: index + 1, IsDefault: index === 0 }
    insert(seeding, 'LeadStatus', { ...row, IsConverted: name === 'Closed - Converted' })
  }
  for (const [index, name] of taskStatuses.entries()) {
    const row = { MasterLabel: name, ApiName: name, SortOrder: index + 1, IsDefault: index === 0 }
    insert(seeding, 'TaskStatus', { ...row, IsClosed: name === 'Completed' })
  }
}

function organization(): Values {
  const locale = { LanguageLocaleKey: 'en_US', DefaultLocaleSidKey: 'en_US', TimeZoneSidKey: 'America/Los_Angeles' }
  return { Name: 'Leadsync Sandbox', OrganizationType: 'Enterprise Edition', InstanceName: 'NA999', IsSandbox: false, ...locale }
}

function insert({ schema, tables, at }: Seeding, objectName: string, values: Values, id?: string): string {
  const object = schema.object(objectName)
  if (object === undefined) throw new Error(`The sandbox has no object ${objectName} to seed.`)
  const row = { Id: id ?? tables.nextId(object), ...values, CreatedDate: at, LastModifiedDate: at, SystemModstamp: at }
  tables.put(objectName, row)
  return row.Id
}
