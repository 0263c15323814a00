import type { SoqlValue } from '../soql/org.ts'
import type { Instance } from './instance.ts'
import type { RowError } from './org.ts'
import { problem } from './problem.ts'

type Values = Readonly<Record<string, SoqlValue>>

/** What must be unique in setup rows; the platform knows these rows by the pair, not by a unique field. */
const identities: Readonly<Record<string, readonly string[]>> = {
  PermissionSet: ['Name'],
  PermissionSetAssignment: ['AssigneeId', 'PermissionSetId'],
  FieldPermissions: ['ParentId', 'Field'],
  ObjectPermissions: ['ParentId', 'SobjectType'],
}

export function checkPermissionRow(instance: Instance, object: string, merged: Values, id: string | null): RowError[] {
  const twin = findTwin(instance, object, merged, id)
  if (twin !== null) {
    // That a name taken is this code, and not DUPLICATE_VALUE, is an assumption from the Metadata API.
    if (object === 'PermissionSet') {
      return [problem('DUPLICATE_DEVELOPER_NAME', instance.say.nameTaken(String(merged.Name)), ['Name'])]
    }
    return [problem('DUPLICATE_VALUE', instance.say.duplicateValue('<unknown>', '<unknown>'), [])]
  }
  return object === 'FieldPermissions' ? checkFieldPermission(instance, merged) : []
}

function findTwin(instance: Instance, object: string, merged: Values, id: string | null): string | null {
  const identity = identities[object]
  if (identity === undefined) return null
  const same = (row: Values): boolean =>
    identity.every((name) => String(row[name]).toLowerCase() === String(merged[name]).toLowerCase())
  return [...instance.tables.rows(object)].find((row) => row.Id !== id && same(row))?.Id ?? null
}

function checkFieldPermission({ schema, say }: Instance, merged: Values): RowError[] {
  const [objectName = '', fieldName = ''] = String(merged.Field).split('.')
  const object = schema.object(objectName)
  const field = object === undefined ? undefined : schema.field(object, fieldName)
  const belongs = object?.name.toLowerCase() === String(merged.SobjectType).toLowerCase()
  if (!belongs || field === undefined || !field.permissionable) {
    const message = say.badPicklist('Field Name', String(merged.Field))
    return [problem('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, ['Field'])]
  }
  if (merged.PermissionsEdit === true && merged.PermissionsRead !== true) {
    return [problem('FIELD_INTEGRITY_EXCEPTION', say.editNeedsRead(), ['PermissionsEdit'])]
  }
  return []
}
