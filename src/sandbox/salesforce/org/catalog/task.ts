import { defineField, picklist, readOnlyField, reference } from '../field.ts'
import { defineObject, deletedField, type ObjectDefinition, ownerField } from './object-definition.ts'
import { taskStatuses } from './picklists.ts'

export function taskObject(): ObjectDefinition {
  const defaulted = { nillable: false, defaultedOnCreate: true }
  return defineObject({
    name: 'Task',
    keyPrefix: '00T',
    fields: [
      deletedField(),
      reference('WhoId', ['Contact', 'Lead'], { label: 'Name ID' }),
      reference('WhatId', ['Account'], { label: 'Related To ID' }),
      defineField('Subject', 'combobox', { length: 255 }),
      defineField('ActivityDate', 'date', { label: 'Due Date Only' }),
      defineField('Status', 'picklist', {
        ...defaulted,
        defaultValue: 'Not Started',
        picklistValues: picklist(taskStatuses, 'Not Started'),
      }),
      defineField('Priority', 'picklist', {
        ...defaulted,
        defaultValue: 'Normal',
        picklistValues: picklist(['High', 'Normal', 'Low'], 'Normal'),
      }),
      readOnlyField('IsHighPriority', 'boolean', { nillable: false }),
      ownerField(['Group', 'User']),
      defineField('Description', 'textarea', { label: 'Comments', length: 32_000 }),
      defineField('Type', 'picklist', { picklistValues: picklist(['Call', 'Meeting', 'Other']) }),
      reference('AccountId', ['Account'], { createable: false, updateable: false, permissionable: false }),
      readOnlyField('IsClosed', 'boolean', { label: 'Closed', nillable: false }),
      readOnlyField('IsArchived', 'boolean', { label: 'Archived', nillable: false }),
      defineField('TaskSubtype', 'picklist', {
        length: 40,
        updateable: false,
        restrictedPicklist: true,
        defaultedOnCreate: true,
        defaultValue: 'Task',
        picklistValues: picklist(['Task', 'Email', 'ListEmail', 'Cadence', 'Call', 'LinkedIn'], 'Task'),
      }),
      readOnlyField('CompletedDateTime', 'datetime'),
    ],
  })
}
