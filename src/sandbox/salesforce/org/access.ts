import type { ObjectDefinition } from './catalog/object-definition.ts'
import type { FieldDefinition } from './field.ts'
import type { Row, Tables } from './tables.ts'

/** What the integration users may see and do: field-level security and sharing. */
export interface Access {
  readable(object: ObjectDefinition, field: FieldDefinition): boolean
  editable(object: ObjectDefinition, field: FieldDefinition): boolean
  /** False for a Lead or Contact of somebody else while no permission set has View All. */
  sees(object: string, row: Row): boolean
}

interface Grants {
  readonly version: number
  readonly read: ReadonlySet<string>
  readonly edit: ReadonlySet<string>
  readonly viewAll: ReadonlySet<string>
}

/** `hidden` are standard fields (`Lead.DoNotCall`) that need a grant as custom fields always do. */
export function createAccess(tables: Tables, userIds: () => readonly string[], hidden: readonly string[]): Access {
  const needsGrant = new Set(hidden.map((name) => name.toLowerCase()))
  let known: Grants | null = null

  function grants(): Grants {
    const version = ['FieldPermissions', 'ObjectPermissions', 'PermissionSetAssignment', 'PermissionSet', 'User']
      .map((object) => tables.version(object))
      .reduce((sum, one) => sum + one, 0)
    if (known?.version !== version) known = readGrants(tables, userIds(), version)
    return known
  }

  function open(object: ObjectDefinition, field: FieldDefinition): boolean {
    if (!field.permissionable) return true
    return !field.custom && !needsGrant.has(fullName(object, field))
  }

  return {
    readable: (object, field) => open(object, field) || grants().read.has(fullName(object, field)),
    editable: (object, field) => open(object, field) || grants().edit.has(fullName(object, field)),
    sees(object, row) {
      if (object !== 'Lead' && object !== 'Contact') return true
      return grants().viewAll.has(object.toLowerCase()) || userIds().includes(String(row.OwnerId))
    },
  }
}

function readGrants(tables: Tables, userIds: readonly string[], version: number): Grants {
  const assigned = [...tables.rows('PermissionSetAssignment')].filter((row) => userIds.includes(String(row.AssigneeId)))
  const sets = new Set(assigned.map((row) => row.PermissionSetId))
  const fields = [...tables.rows('FieldPermissions')].filter((row) => sets.has(row.ParentId ?? null))
  const objects = [...tables.rows('ObjectPermissions')].filter((row) => sets.has(row.ParentId ?? null))
  const all = [...tables.rows('PermissionSet')].some((row) => sets.has(row.Id) && row.PermissionsViewAllData === true)
  const viewAll = objects.filter((row) => row.PermissionsViewAllRecords === true).map((row) => lower(row.SobjectType))
  return {
    version,
    read: new Set(fields.filter((row) => row.PermissionsRead === true).map((row) => lower(row.Field))),
    edit: new Set(fields.filter((row) => row.PermissionsEdit === true).map((row) => lower(row.Field))),
    viewAll: new Set(all ? ['lead', 'contact'] : viewAll),
  }
}

function fullName(object: ObjectDefinition, field: FieldDefinition): string {
  return lower(`${object.name}.${field.name}`)
}

function lower(value: unknown): string {
  return String(value).toLowerCase()
}
