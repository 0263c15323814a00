import type { TableDefinition } from './catalog/table-definition.ts'
import { guidOf } from './guid.ts'
import type { Instance } from './instance.ts'
import type { OrgError } from './org.ts'
import { problem } from './problem.ts'

export type Verb = 'Create' | 'Read' | 'Write' | 'Delete' | 'Append' | 'AppendTo' | 'Assign' | 'Share'

const verbs: readonly Verb[] = ['Create', 'Read', 'Write', 'Delete', 'Append', 'AppendTo', 'Assign', 'Share']
const customization = [
  'prvReadEntity',
  'prvReadAttribute',
  'prvReadRelationship',
  'prvReadOptionSet',
  'prvCreateAttribute',
  'prvWriteEntity',
  'prvPublishCustomization',
]

/** 403 0x80040220 when the role lacks it. */
export function checkPrivilege(
  { rules, say }: Instance,
  table: Pick<TableDefinition, 'privilege' | 'logicalName'>,
  verb: Verb,
  userId: string,
): OrgError | null {
  return refuse(rules.missingPrivileges, `prv${verb}${table.privilege}`, (name) =>
    say.missingPrivilege(userId, name, table.logicalName),
  )
}

/** For definitions: `prvReadEntity`, `prvCreateAttribute` and their like. */
export function checkCustomization({ rules, say }: Instance, privilege: string, table: string): OrgError | null {
  return refuse(rules.missingPrivileges, privilege, (name) => say.missingPrivilege(guidOf('application user'), name, table))
}

/**
 * What RetrieveUserPrivileges answers: everything but what is missing, at the depth Global.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveuserprivileges
 */
export function listPrivileges({ schema, rules, businessUnitId }: Instance) {
  const names = [...new Set(schema.tables().map((table) => table.privilege))]
  const all = [...names.flatMap((name) => verbs.map((verb) => `prv${verb}${name}`)), ...customization]
  return all
    .filter((name) => !rules.missingPrivileges.has(name))
    .map((name) => ({
      Depth: 'Global',
      PrivilegeId: guidOf(`privilege ${name}`),
      BusinessUnitId: businessUnitId,
      PrivilegeName: name,
      RecordFilterId: '00000000-0000-0000-0000-000000000000',
      RecordFilterUniqueName: '',
    }))
}

function refuse(missing: ReadonlySet<string>, name: string, message: (name: string) => string): OrgError | null {
  return missing.has(name) ? problem(403, '0x80040220', message(name)) : null
}
