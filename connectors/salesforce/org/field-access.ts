import type { Api } from '../api.ts'
import { protocolError, type Refusal } from '../errors.ts'
import { query } from '../requests/query.ts'
import { literal } from '../requests/soql.ts'
import { CollectionRow, type WireRecord } from '../wire.ts'
import { longId } from './ids.ts'

/** The permission set that lets a user see and edit what `provision` makes. */
export const PermissionSetName = 'Leadsync'

export interface AccessContext {
  readonly api: Api
  readonly crm: string
  readonly signal: AbortSignal
}

/** Lets the user of this connection see and edit fields: a field made through the API is hidden from everybody, its maker included. */
export interface FieldAccess {
  /** `object` and `field` as Salesforce spells them. */
  grant(object: string, field: string): Promise<void>
}

/** Finds or makes the permission set and assigns it to the user; what is there already is left alone. Rejects with a DeliveryError. */
export async function openFieldAccess(context: AccessContext): Promise<FieldAccess> {
  const { api, signal } = context
  const { user } = await api.who(signal)
  const setId = await permissionSet(context)
  const assigned = `SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = ${literal(setId)} AND AssigneeId = ${literal(longId(user))}`
  if ((await ask(assigned, context)).length === 0)
    await makeOnce('PermissionSetAssignment', { PermissionSetId: setId, AssigneeId: user }, context)
  const permissions = `SELECT Id, Field, PermissionsEdit FROM FieldPermissions WHERE ParentId = ${literal(setId)}`
  const granted = new Map((await ask(permissions, context)).map((one) => [String(one.Field).toLowerCase(), one]))
  return {
    async grant(object, field) {
      const whole = `${object}.${field}`
      const known = granted.get(whole.toLowerCase())
      const edit = { PermissionsRead: true, PermissionsEdit: true }
      if (known?.PermissionsEdit === true) return
      if (known) await change('FieldPermissions', String(known.Id), edit, context)
      else await makeOnce('FieldPermissions', { ParentId: setId, SobjectType: object, Field: whole, ...edit }, context)
    },
  }
}

async function permissionSet(context: AccessContext): Promise<string> {
  const wanted = `SELECT Id FROM PermissionSet WHERE Name = ${literal(PermissionSetName)}`
  const [known] = await ask(wanted, context)
  if (known) return String(known.Id)
  const made = { Name: PermissionSetName, Label: PermissionSetName, Description: 'Fields that Leadsync writes.' }
  const id = await makeOnce('PermissionSet', made, context)
  if (id !== null) return id
  const [other] = await ask(wanted, context)
  if (other) return String(other.Id)
  throw protocolError(context.crm, `it has a permission set ${PermissionSetName} and does not show it. Please report it.`)
}

async function ask(soql: string, context: AccessContext): Promise<readonly WireRecord[]> {
  const [found = []] = await query([{ soql }], context)
  if (!(found instanceof Error)) return found
  throw found
}

/** The new record's id; null where somebody made it a moment ago. */
async function makeOnce(object: string, fields: object, { api, crm, signal }: AccessContext): Promise<string | null> {
  const reply = await api.create('POST', `${api.paths.root}/sobjects/${object}`, fields, signal)
  if (reply.kind === 'refused') {
    if (isThere(reply)) return null
    throw reply.error
  }
  const id = CollectionRow.safeParse(reply.body).data?.id
  if (!id) throw protocolError(crm, `its answer to a new ${object} could not be read. Please report it.`, reply.status)
  return id
}

async function change(object: string, id: string, fields: object, { api, signal }: AccessContext): Promise<void> {
  const reply = await api.send('PATCH', `${api.paths.root}/sobjects/${object}/${id}`, fields, signal)
  if (reply.kind === 'refused') throw reply.error
}

/** Whether a refusal says that such a one exists already. */
export function isThere({ statusCode }: Refusal): boolean {
  return statusCode === 'DUPLICATE_DEVELOPER_NAME' || statusCode === 'DUPLICATE_VALUE'
}
