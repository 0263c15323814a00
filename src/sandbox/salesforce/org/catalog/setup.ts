import { defineField, readOnlyField, reference } from '../field.ts'
import { defineObject, type ObjectDefinition } from './object-definition.ts'

const fixed = { permissionable: false } as const
const required = { nillable: false, permissionable: false } as const

function text(name: string, length = 80) {
  return defineField(name, 'string', { length, ...fixed })
}

function flag(name: string) {
  return defineField(name, 'boolean', fixed)
}

/** Users, queues, permissions and the lists of statuses: what clients read to find their way, and `provision` writes. */
export function setupObjects(): ObjectDefinition[] {
  return [
    organization(),
    user(),
    group(),
    queueObject(),
    permissionSet(),
    assignment(),
    objectPermissions(),
    fieldPermissions(),
    leadStatus(),
    taskStatus(),
  ]
}

function organization(): ObjectDefinition {
  return defineObject({
    name: 'Organization',
    keyPrefix: '00D',
    createable: false,
    fields: [
      text('Name'),
      text('OrganizationType', 40),
      text('InstanceName', 5),
      flag('IsSandbox'),
      text('LanguageLocaleKey', 40),
      text('DefaultLocaleSidKey', 40),
      text('TimeZoneSidKey', 40),
    ],
  })
}

function user(): ObjectDefinition {
  return defineObject({
    name: 'User',
    keyPrefix: '005',
    createable: false,
    fields: [
      defineField('Username', 'string', { length: 80, nillable: false, idLookup: true, permissionable: false }),
      text('LastName'),
      text('FirstName', 40),
      readOnlyField('Name', 'string', { label: 'Full Name', length: 121, nameField: true }),
      defineField('Email', 'email', { idLookup: true, ...fixed }),
      text('Alias', 8),
      flag('IsActive'),
      text('UserType', 40),
      text('TimeZoneSidKey', 40),
      text('LanguageLocaleKey', 40),
    ],
  })
}

function group(): ObjectDefinition {
  return defineObject({
    name: 'Group',
    keyPrefix: '00G',
    createable: false,
    fields: [text('Name', 40), text('DeveloperName'), text('Type', 40), defineField('Email', 'email', fixed)],
  })
}

function queueObject(): ObjectDefinition {
  return defineObject({
    name: 'QueueSobject',
    keyPrefix: '03g',
    createable: false,
    fields: [reference('QueueId', ['Group'], required), text('SobjectType', 40)],
  })
}

function permissionSet(): ObjectDefinition {
  return defineObject({
    name: 'PermissionSet',
    keyPrefix: '0PS',
    fields: [
      defineField('Name', 'string', { length: 80, ...required }),
      defineField('Label', 'string', { length: 80, ...required }),
      text('Description', 255),
      readOnlyField('IsOwnedByProfile', 'boolean', { nillable: false }),
      flag('PermissionsApiEnabled'),
      flag('PermissionsViewAllData'),
      flag('PermissionsModifyAllData'),
      flag('PermissionsCustomizeApplication'),
      flag('PermissionsConvertLeads'),
    ],
  })
}

function assignment(): ObjectDefinition {
  return defineObject({
    name: 'PermissionSetAssignment',
    keyPrefix: '0Pa',
    fields: [reference('AssigneeId', ['User'], required), reference('PermissionSetId', ['PermissionSet'], required)],
  })
}

function objectPermissions(): ObjectDefinition {
  return defineObject({
    name: 'ObjectPermissions',
    keyPrefix: '110',
    labelPlural: 'Object Permissions',
    fields: [
      reference('ParentId', ['PermissionSet'], required),
      defineField('SobjectType', 'picklist', { length: 40, ...required }),
      ...['Create', 'Read', 'Edit', 'Delete', 'ViewAllRecords', 'ModifyAllRecords', 'ViewAllFields'].map((right) =>
        flag(`Permissions${right}`),
      ),
    ],
  })
}

function fieldPermissions(): ObjectDefinition {
  return defineObject({
    name: 'FieldPermissions',
    keyPrefix: '01k',
    labelPlural: 'Field Permissions',
    fields: [
      reference('ParentId', ['PermissionSet'], required),
      defineField('SobjectType', 'picklist', { length: 40, ...required }),
      defineField('Field', 'picklist', { label: 'Field Name', length: 100, ...required }),
      flag('PermissionsRead'),
      flag('PermissionsEdit'),
    ],
  })
}

function leadStatus(): ObjectDefinition {
  return defineObject({
    name: 'LeadStatus',
    labelPlural: 'Lead Status Values',
    keyPrefix: '01J',
    createable: false,
    fields: [
      text('MasterLabel', 255),
      text('ApiName', 255),
      defineField('SortOrder', 'int', fixed),
      flag('IsDefault'),
      flag('IsConverted'),
    ],
  })
}

function taskStatus(): ObjectDefinition {
  return defineObject({
    name: 'TaskStatus',
    labelPlural: 'Task Status Values',
    keyPrefix: '01c',
    createable: false,
    fields: [
      text('MasterLabel', 255),
      text('ApiName', 255),
      defineField('SortOrder', 'int', fixed),
      flag('IsDefault'),
      flag('IsClosed'),
    ],
  })
}
